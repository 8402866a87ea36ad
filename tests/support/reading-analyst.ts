/** The analyst with one turn more: each of its researchers reads a page, and quotes it beside what the documents say. */

import type { ChatCompletionRequest, FixtureResponse } from '@copilotkit/aimock';
import { analyst, OBJECTIVES, USAGE } from './analyst.ts';

const READS = 'turn-2/fetch_page-1';

/** What the page says that a researcher reads by this call. */
export function pageRead(call: string): string {
  const at = Number(/belter-(\d+)/.exec(call)?.[1]) - 1;
  const [objective = ''] = OBJECTIVES[at] ?? [];
  return `Notes of the site\n\n${sentenceOn(objective)}\n\nWhat else is to be said on it stands elsewhere.\n`;
}

function sentenceOn(objective: string): string {
  return `${objective} is told by this page in one sentence.`;
}

/** Answers as the analyst; `site` is where the pages are. */
export function readingAnalyst(request: ChatCompletionRequest, site: string): FixtureResponse {
  const texts = request.messages.map(({ role, content }) => ({ role, text: plain(content) }));
  const results = texts.filter(({ role }) => role === 'tool');
  const asked = texts.find(({ text }) => text.includes('Your objective: '))?.text ?? '';
  const objective = /Your objective: (.*)/.exec(asked)?.[1] ?? '';
  const at = OBJECTIVES.findIndex(([each]) => each === objective);
  if (at === -1 || results.length === 0) return analyst(request);
  if (results.length === 1) {
    const url = `${site}/pages/agent:belter-${at + 1}/${READS}`;
    return { toolCalls: [{ name: 'fetch_page', arguments: JSON.stringify({ url }) }], usage: USAGE };
  }
  const page_id = /^(belter-\d+\.s\d+): /m.exec(results[1]?.text ?? '')?.[1] ?? 'none';
  return noted(analyst(request), { source_id: page_id, quote: sentenceOn(objective) });
}

function plain(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? '').replaceAll(String.raw`\n`, '\n');
}

/** What it notes, and that. */
function noted(answer: FixtureResponse, read: { readonly source_id: string; readonly quote: string }): FixtureResponse {
  if (!('toolCalls' in answer)) throw new Error('the analyst notes nothing');
  const toolCalls = (answer.toolCalls ?? []).map((call) => {
    const note = JSON.parse(call.arguments) as { readonly claims: readonly object[] };
    const claim = { ...read, statement: read.quote, confidence: 0.8 };
    return { ...call, arguments: JSON.stringify({ ...note, claims: [...note.claims, claim] }) };
  });
  return { ...answer, toolCalls };
}
