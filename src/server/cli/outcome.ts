/** What a command leaves behind: the report, one JSON object, a file, a summary, an exit code. */

import path from 'node:path';
import { count } from '../../core/amount.ts';
import type { ResultOptions, ResultView, StartView, StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { spendWords } from './budget.ts';
import { USER } from '../callers.ts';
import { printRecord } from './fault-block.ts';
import { at, duration } from './phrases.ts';
import { awaitsApproval, planText } from './plan-view.ts';
import { writeReport } from './report-file.ts';
import { renderReport } from './report-view.ts';
import type { Session } from './session.ts';
import { paints, signs } from './style.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './width.ts';
import { wrap } from './wrap.ts';

export const EXIT = { done: 0, failed: 1, partial: 3 } as const;

/** Characters asked for at once; longer reports come in pages that are joined here. */
const PAGE_CHARS = 100_000;
/** Gaps named in the summary; the report names them all. */
const MOST_MISSING = 5;

/** One object on standard output. */
export function printJson(terminal: Terminal, value: object): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** The task_id of what was started, before anything else is said; then, unless quiet, sentences and what the model is. */
export function announce(session: Session, started: StartView, sentences: readonly string[]): void {
  const { terminal, options } = session;
  const paint = paints(terminal.color.err);
  terminal.err(`task_id: ${paint('strong', started.task_id ?? '')}\n`);
  session.warn();
  if (options.quiet) return;
  const all = [...sentences, oneLine(started.model_note)];
  // Wrapped on a terminal, one line each in a log.
  const lines = terminal.stderrIsTTY
    ? all.flatMap((text) => wrap([{ text, look: 'faint' }], { width: terminal.columns, paint }))
    : all.map((text) => paint('faint', text));
  terminal.err(`${lines.join('\n')}\n\n`);
}

/** The result as `get_result` tells it, with the whole text in one piece. */
export async function wholeResult(
  { orchestrator }: Session,
  task_id: string,
  selection: Pick<ResultOptions, 'section' | 'detail'> = {},
): Promise<ResultView> {
  const ask = (cursor?: string): Promise<ResultView> =>
    orchestrator.result(task_id, USER, { ...selection, max_chars: PAGE_CHARS, cursor });
  const { next_cursor: next, ...first } = await ask();
  let { text } = first;
  const claims = new Map((first.claims ?? []).map((claim) => [claim.claim_id, claim]));
  let cursor = next;
  while (cursor !== undefined) {
    const page = await ask(cursor);
    text += page.text;
    for (const claim of page.claims ?? []) claims.set(claim.claim_id, claim);
    cursor = page.next_cursor;
  }
  return { ...first, text, ...(first.claims === undefined ? {} : { claims: [...claims.values()] }) };
}

/** What a watched workflow came to: its report, or its plan, which is not done and says so. Resolves to the exit code. */
export async function conclude(session: Session, view: StatusView): Promise<number> {
  const { terminal, options } = session;
  if (!awaitsApproval(view)) return deliver(session, view);
  if (options.json) printJson(terminal, view);
  else terminal.out(planText(session, view));
  return EXIT.partial;
}

/** Prints the result of an ended workflow as the options ask for, and resolves to the exit code. */
export async function deliver(session: Session, view: StatusView): Promise<number> {
  const { terminal, options } = session;
  const result = await wholeResult(session, view.task_id);
  if (session.left.aborted) return EXIT.partial;
  if (!options.quiet) summarise(session, view, result);
  if (view.error !== undefined) printRecord(terminal, view.error);
  if (options.json) printJson(terminal, result);
  else await printText(terminal, result.text);
  await keepFile(session, result.text);
  return exitCode(view, result.completeness);
}

/** With --out: the report as a file, and where it is. */
export async function keepFile({ terminal, options }: Session, text: string): Promise<void> {
  if (options.out === null || text === '') return;
  const file = await writeReport(path.resolve(options.out), text);
  terminal.err(`Report written to ${file}\n`);
}

/** 0 done, also when nothing was found; 3 partial; 1 failed. */
export function exitCode(view: Pick<StatusView, 'status'>, completeness: ResultView['completeness']): number {
  if (view.status === 'failed') return EXIT.failed;
  return view.status === 'completed' && completeness !== 'partial' ? EXIT.done : EXIT.partial;
}

/** The report: for reading in a terminal, as it is in a pipe. */
export async function printText(terminal: Terminal, text: string): Promise<void> {
  if (text === '') {
    terminal.err('There is no report.\n');
    return;
  }
  if (!terminal.stdoutIsTTY) {
    terminal.out(text.endsWith('\n') ? text : `${text}\n`);
    return;
  }
  const shown = await renderReport(text, {
    width: terminal.columns,
    color: terminal.color.out,
    unicode: terminal.unicode,
  });
  terminal.out(`\n${shown}`);
}

const ENDS = {
  completed: { sign: 'completed', look: 'good', word: 'Done' },
  failed: { sign: 'failed', look: 'bad', word: 'Failed' },
  cancelled: { sign: 'cancelled', look: 'caution', word: 'Stopped' },
  pending: { sign: 'pending', look: 'faint', word: 'Not started' },
  running: { sign: 'running', look: 'active', word: 'Running' },
} as const;

/** One line about how it ended, and what is missing. */
function summarise({ terminal, typed }: Session, view: StatusView, result: ResultView): void {
  const paint = paints(terminal.color.err);
  const { sign, look, word } = ENDS[view.status];
  // Then all is missing, which is said in one.
  const unbegun = view.status === 'cancelled' && view.agents.length === 0;
  const facts = [unbegun ? 'no agent had started' : count(view.agents.length, 'agent')];
  if (result.citations !== null) {
    facts.push(`${count(result.citations.total, 'citation')} from ${count(result.sources.length, 'source')}`);
  }
  if (result.completeness === 'partial') facts.push('partial report');
  const spent = spendWords(result.spend);
  if (spent !== '') facts.push(spent);
  const seconds = result.execution_time ?? elapsed(view);
  const time = seconds === null ? '' : ` ${view.status === 'completed' ? 'in' : 'after'} ${duration(seconds)}`;
  terminal.err(`${paint(look, `${signs(terminal.unicode)[sign]} ${word}`)}${time}: ${facts.join(', ')}\n`);
  const missing = unbegun ? [] : result.missing;
  for (const { what, why } of missing.slice(0, MOST_MISSING)) {
    terminal.err(`  ${paint('caution', 'missing:')} ${oneLine(what)} (${oneLine(why)})\n`);
  }
  const more = missing.length - MOST_MISSING;
  if (more > 0) terminal.err(`  and ${more} more, named in the report\n`);
  if (isTerminal(view.status) && view.status !== 'completed') {
    terminal.err(`To go on with it: ${typed(`resume ${view.task_id}`)}\n`);
  }
}

function elapsed(view: StatusView): number | null {
  const start = at(view.started_at);
  const end = at(view.completed_at);
  return start === null || end === null ? null : Math.max(0, end - start) / 1000;
}
