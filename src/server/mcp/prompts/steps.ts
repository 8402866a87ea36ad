/** What the prompts have in common: how to start, follow, read, judge and tell. */

import { isStopword } from '../../../core/stopwords.ts';

/** A search finds what holds all its words, so few are better. */
const TELLING_WORDS = 2;

/** A call as the text of a step shows it, without what is undefined. */
export function call(tool: string, args: object): string {
  return `${tool} ${JSON.stringify(args)}`;
}

export function numbered(steps: readonly string[]): string {
  return steps.map((step, index) => `${index + 1}. ${step}`).join('\n');
}

/** Before anything is started: whether it was researched already. */
export function earlierWork(subject: string, task_id: string | undefined): string {
  if (task_id === undefined) {
    const telling = (subject.match(/[\p{L}\p{N}]{2,}/gu) ?? []).filter((word) => !isStopword(word.toLowerCase()));
    const query = telling.slice(0, TELLING_WORDS).join(' ');
    const instance = query === '' ? '' : `, for instance ${call('list_workflows', { query })}`;
    return `Look for earlier work with list_workflows and two or three telling words of the subject as query${instance}. Read what fits with get_result. If it answers everything, go to the last step; start nothing twice.`;
  }
  return `Read the earlier task first: ${call('get_result', { task_id })}. If it answers everything, go to the last step. If only its sources or the number of researchers fell short, go on from it with ${call('resume', { task_id })}, adding agents or sources, instead of starting anew: what it finished is not done again.`;
}

export const FOLLOW =
  'Follow it with get_status and wait_seconds 45 until the status is completed, failed or cancelled. Do not poll without waiting. If it fails, read the error and its hint, mend the cause, and resume the same task.';

export const READ =
  'Read the whole report with get_result, page by page with next_cursor. For every statement your answer rests on, look at its verbatim quote with detail "evidence"; the resource orchestrator://{task_id}/sources/{source_id} holds the text around it.';

export const JUDGE = [
  'Judge what you read:',
  '   - A claim labelled unsupported is not a finding: leave it out, or say that it is unverified. Prefer claims labelled quoted or numeric_match.',
  '   - Where sources contradict each other, give both sides with their numbers and dates. Take the newer one only where that decides the matter, and say what would settle it.',
  '   - missing and skipped say what was not covered. Close a gap that matters with resume (more agents, other sources) or one narrower question, twice at most; then name what stays open.',
  '   - That nothing was found is a result. Say what was searched; never fill the gap from memory without saying that it comes from no source.',
].join('\n');

export const CITE =
  'Cite by the numbers of the report, [1], [2], directly behind each statement, and end with the sources you cited: number, title, location. Every number must be in the list, every statement of fact must have one.';
