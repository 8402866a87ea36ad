/** The answers about one workflow as text, for readers who see no structured content. The last line is the next call, ready to be made. */

import { count, digits } from '../../core/amount.ts';
import type { ErrorRecord } from '../../core/errors.ts';
import { DEFAULT_DETAIL, DEFAULT_MAX_CHARS } from '../../core/limits.ts';
import { DEFAULT_PATTERN } from '../../core/patterns.ts';
import type {
  AgentView,
  CancelView,
  ResultOptions,
  ResultView,
  StartRequest,
  StartView,
  StatusView,
} from '../../core/views.ts';
import { awaitsApproval, isTerminal } from '../../core/workflow.ts';
import { caps, clip, cost, type Line, lines, next, poll, used } from './text-parts.ts';

function modelLine(view: { readonly model: string; readonly model_note: string }): string {
  const named = view.model_note.startsWith(view.model);
  return `Model ${named ? '' : `${view.model}: `}${view.model_note}`;
}

function errorLine(error: ErrorRecord | undefined): Line {
  return error && `${error.code}: ${error.message} ${error.hint}`;
}

/** What was asked for, without the defaults that the schema filled in, as a call that starts it. */
function startCall(asked: StartRequest): string {
  const given = Object.entries({ ...asked, dry_run: false, trace: undefined }).filter(
    ([name, value]) => value !== false && value !== 0 && !(name === 'orchestrator_type' && value === DEFAULT_PATTERN),
  );
  return next('orchestrate_research', Object.fromEntries(given));
}

/** `asked`: the request that was estimated, for a dry run. */
export function startText(view: StartView, asked?: StartRequest): string {
  const { estimate, task_id } = view;
  const limits = `Up to ${count(estimate.agents, 'agent')}; with all their turns used about ${used(estimate)}; about ${count(estimate.minutes, 'minute')}.${estimate.note === undefined ? '' : ` ${estimate.note}`}`;
  if (task_id === undefined) {
    return lines(
      `Dry run (${view.orchestrator_type}): nothing was started.`,
      limits,
      modelLine(view),
      asked && startCall(asked),
    );
  }
  const ended = isTerminal(view.status);
  return lines(
    `${task_id} (${view.orchestrator_type}): ${view.status}, ${view.phase}; version ${view.version}, created ${view.created_at}.`,
    view.resumed_from !== undefined && `Goes on from ${view.resumed_from}; what that had finished is not done again.`,
    webhookLine(view),
    view.queue_position !== undefined && `Queue position ${view.queue_position}.`,
    view.broken_off !== undefined && `The same request was broken off before as ${view.broken_off}, which goes on too.`,
    limits,
    modelLine(view),
    !ended && `It is stored and goes on whether or not you wait; ask again in ${view.poll_after_seconds} s or later.`,
    afterStart(awaitsApproval(view), ended, task_id),
  );
}

function webhookLine({ webhook }: StartView): Line {
  if (webhook === undefined) return false;
  const secret =
    webhook.secret === undefined ? '' : `, signed with this secret, which is not shown again: ${webhook.secret}`;
  return `Its events go to the webhook ${webhook.webhook_id}${secret}.`;
}

function afterStart(awaiting: boolean, ended: boolean, task_id: string): string {
  if (ended) return next('get_result', { task_id });
  // Nothing to wait for: the plan to be approved is there.
  return awaiting ? next('get_status', { task_id }) : poll(task_id);
}

function agentLine(agent: AgentView): string {
  const role = agent.domain === undefined ? agent.role : `${agent.role}, ${agent.domain}`;
  const facts = [
    agent.claims !== null && count(agent.claims, 'claim'),
    agent.attempts > 1 && count(agent.attempts, 'attempt'),
    agent.tokens > 0 && `${count(agent.tokens, 'token')}, ${cost(agent.cost_usd)}`,
  ].filter((fact) => fact !== false);
  const tail = facts.length > 0 ? ` (${facts.join(', ')})` : '';
  const error = agent.error === undefined ? '' : `; ${errorLine(agent.error)}`;
  return `- ${agent.agent_id} (${role}) ${agent.status}: ${agent.activity}${tail}. Objective: ${clip(agent.objective)}${error}`;
}

function recentLine(view: StatusView): Line {
  const events = view.recent_events.map((event) => {
    const agent = event.agent_id === undefined ? '' : ` ${event.agent_id}`;
    return `${event.seq} ${event.event_type}${agent}`;
  });
  return events.length > 0 && `Recent events: ${events.join('; ')}.`;
}

/** The plan a person may approve or edit, and how. */
function planLines(view: StatusView): Line[] {
  if (view.plan === undefined) return [];
  return [
    'The plan awaits approval; no agent has started:',
    ...view.plan.map((subtask) => `- ${JSON.stringify(subtask)}`),
    'To change it, call resume with this task_id and plan: all of these subtasks, edited, removed or added to.',
  ];
}

function afterStatus(view: StatusView): string {
  const { task_id } = view;
  if (isTerminal(view.status)) return next('get_result', { task_id });
  return view.plan !== undefined ? next('resume', { task_id, approve: true }) : poll(task_id);
}

export function statusText(view: StatusView): string {
  const { task_id } = view;
  const waits = !isTerminal(view.status) && view.plan === undefined;
  return lines(
    `${task_id} (${view.orchestrator_type}): ${view.status}, ${view.phase}, ${Math.floor(view.progress * 100)} %; version ${view.version}.`,
    `Task: ${clip(view.task)}`,
    view.queue_position !== undefined && `Queue position ${view.queue_position}.`,
    view.interrupted === true &&
      'Interrupted: no process works on it now; it carries on as soon as there is a place for it.',
    view.resumed > 0 && `Carried on after an interruption: ${count(view.resumed, 'time')}.`,
    view.resumed_from !== undefined && `Goes on from ${view.resumed_from}.`,
    view.agents.map((agent) => agentLine(agent)),
    recentLine(view),
    `Created ${view.created_at}, started ${view.started_at ?? 'not yet'}, ended ${view.completed_at ?? 'not yet'}.`,
    `Spent ${used(view.spend)}. Budget: ${caps(view.budget)}.`,
    modelLine(view),
    view.error &&
      `${isTerminal(view.status) ? '' : 'Held up; it goes on by itself once this is mended. '}${errorLine(view.error)}`,
    planLines(view),
    waits && `Poll again in ${view.poll_after_seconds} s, or wait:`,
    afterStatus(view),
  );
}

/** A tool that is charged for stands among the models, without calls and tokens. */
function partLine(part: ResultView['spend']['by_model'][number]): string {
  return `${part.model} ${part.model_calls === 0 ? cost(part.cost_usd) : used(part)}`;
}

function headLines(view: ResultView): Line[] {
  const seconds = view.execution_time === null ? '' : ` in ${view.execution_time} s`;
  const extent = view.completeness === null ? 'no report' : `${view.completeness} report`;
  const cited = view.citations;
  return [
    `${view.task_id}: ${view.status}${seconds}, ${extent}. Spent ${used(view.spend)}.`,
    view.title !== null && `Title: ${view.title}`,
    cited &&
      `Citations: ${cited.total} (${cited.quoted} quoted, ${cited.supported} supported, ${cited.unsupported} unsupported).`,
    ...view.missing.map((missing) => `Missing: ${missing.what}: ${missing.why}`),
    view.spend.by_model.length > 1 && `By model: ${view.spend.by_model.map(partLine).join('; ')}.`,
    view.spend.by_agent.length > 1 &&
      `By agent: ${view.spend.by_agent.map((part) => `${part.agent_id} ${cost(part.cost_usd)}`).join(', ')}.`,
    modelLine(view),
    view.documents.length > 0 && `Files: ${view.documents.map(({ uri }) => uri).join(', ')}`,
    errorLine(view.error),
  ];
}

/** Sources whose mark stands on this page, when the page may not hold the report's own list. */
function citedHere(view: ResultView): string[] {
  const marks = new Set([...view.text.matchAll(/\[(\d+)\]/g)].map((mark) => Number(mark[1])));
  const cited = view.sources.filter((source) => marks.has(source.number));
  return cited.map((source) => `[${source.number}] ${source.title} (${source.location})`);
}

function pageLines(view: ResultView, asked: ResultOptions): Line[] {
  const whole = asked.section === undefined && asked.cursor === undefined && view.next_cursor === undefined;
  const sources = whole && asked.detail !== 'summary' ? [] : citedHere(view);
  const claims = (view.claims ?? []).map(
    (claim) =>
      `- ${claim.claim_id} [${claim.label}] ${claim.source_id} ${claim.start}-${claim.end} (${claim.location}): ${JSON.stringify(claim.quote)}`,
  );
  return [
    view.text !== '' && `\n${view.text.trimEnd()}\n`,
    ...(sources.length > 0 ? ['Sources cited here:', ...sources] : []),
    ...(claims.length > 0 ? ['Claims:', ...claims] : []),
    view.sections.length > 0 &&
      `Sections: ${view.sections.map((section) => `${section.id} (${section.heading}, ${digits(section.chars)} characters)`).join('; ')}.`,
  ];
}

/** What the caller chose, without the defaults that the schema filled in. */
function chosen({ max_chars, detail, ...rest }: ResultOptions): ResultOptions {
  return {
    ...rest,
    ...(max_chars === DEFAULT_MAX_CHARS ? {} : { max_chars }),
    ...(detail === DEFAULT_DETAIL ? {} : { detail }),
  };
}

function afterResult(view: ResultView, asked: ResultOptions): string {
  const { task_id } = view;
  if (!isTerminal(view.status)) return poll(task_id);
  if (view.next_cursor !== undefined) {
    return `There is more.\n${next('get_result', { task_id, ...chosen(asked), cursor: view.next_cursor })}`;
  }
  if (view.completeness === null) {
    return view.error === undefined
      ? 'Nothing was kept. Next: orchestrate_research, to start anew.'
      : 'Nothing was kept. Next: orchestrate_research, once the cause above is mended.';
  }
  if (asked.detail === 'evidence') return 'That is all; no further call is needed.';
  return `That is all. For the quotes behind each mark: get_result ${JSON.stringify({ task_id, detail: 'evidence' })}`;
}

export function resultText(view: ResultView, asked: ResultOptions): string {
  const waiting =
    view.poll_after_seconds !== undefined && `Not finished: ask again in ${view.poll_after_seconds} s, or wait:`;
  return lines(headLines(view), pageLines(view, asked), waiting, afterResult(view, asked));
}

export function cancelText(view: CancelView): string {
  const { task_id, kept } = view;
  const amounts = `${count(kept.claims, 'claim')} from ${count(kept.sources, 'source')}, ${count(kept.steps, 'finished step')}`;
  return lines(
    `${task_id}: ${view.status}. Kept ${amounts}.`,
    isTerminal(view.status) ? next('get_result', { task_id }) : poll(task_id),
  );
}
