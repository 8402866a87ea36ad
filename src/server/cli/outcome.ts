/** What a command leaves behind: the report, one JSON object, a file, a summary, an exit code. */

import path from 'node:path';
import { count } from '../../core/amount.ts';
import type { ResultView, StatusView } from '../../core/views.ts';
import { USER } from '../callers.ts';
import type { OutputFlags } from './command-line.ts';
import { printRecord } from './fault-block.ts';
import { at, duration } from './phrases.ts';
import { writeReport } from './report-file.ts';
import { renderReport } from './report-view.ts';
import type { Session } from './session.ts';
import { paints, signs } from './style.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './width.ts';

export const EXIT = { done: 0, failed: 1, partial: 3 } as const;

/** Characters asked for at once; longer reports come in pages that are joined here. */
const PAGE_CHARS = 100_000;
/** Gaps named in the summary; the report names them all. */
const MOST_MISSING = 5;

/** The result as `get_result` tells it, with the whole text in one piece. */
async function wholeResult(session: Session, task_id: string): Promise<ResultView> {
  const ask = (cursor?: string): Promise<ResultView> =>
    session.orchestrator.result(task_id, USER, { detail: 'report', max_chars: PAGE_CHARS, cursor });
  const { next_cursor: next, ...first } = await ask();
  let text = first.text;
  let cursor = next;
  while (cursor !== undefined) {
    const page = await ask(cursor);
    text += page.text;
    cursor = page.next_cursor;
  }
  return { ...first, text };
}

/** Prints the result of an ended workflow as the flags ask for, and resolves to the exit code. */
export async function deliver(session: Session, view: StatusView, flags: OutputFlags): Promise<number> {
  const { terminal } = session;
  const result = await wholeResult(session, view.task_id);
  if (session.left.aborted) return EXIT.partial;
  if (!flags.quiet) summarise(terminal, view, result);
  if (view.error !== undefined) printRecord(terminal, view.error);
  if (flags.json) terminal.out(`${JSON.stringify(result, null, 2)}\n`);
  else await printText(terminal, result.text);
  if (flags.out !== null && result.text !== '') {
    const file = await writeReport(path.resolve(flags.out), result.text);
    terminal.err(`Report written to ${file}\n`);
  }
  return exitCode(view, result.completeness);
}

/** 0 done, also when nothing was found; 3 partial; 1 failed. */
export function exitCode(view: StatusView, completeness: ResultView['completeness']): number {
  if (view.status === 'failed') return EXIT.failed;
  return view.status === 'completed' && completeness !== 'partial' ? EXIT.done : EXIT.partial;
}

async function printText(terminal: Terminal, text: string): Promise<void> {
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
function summarise(terminal: Terminal, view: StatusView, result: ResultView): void {
  const paint = paints(terminal.color.err);
  const { sign, look, word } = ENDS[view.status];
  const facts = [count(view.agents.length, 'agent')];
  if (result.citations !== null) {
    facts.push(`${count(result.citations.total, 'citation')} from ${count(result.sources.length, 'source')}`);
  }
  if (result.completeness === 'partial') facts.push('partial report');
  const seconds = result.execution_time ?? elapsed(view);
  const time = seconds === null ? '' : ` ${view.status === 'completed' ? 'in' : 'after'} ${duration(seconds)}`;
  terminal.err(`${paint(look, `${signs(terminal.unicode)[sign]} ${word}`)}${time}: ${facts.join(', ')}\n`);
  for (const { what, why } of result.missing.slice(0, MOST_MISSING)) {
    terminal.err(`  ${paint('caution', 'missing:')} ${oneLine(what)} (${oneLine(why)})\n`);
  }
  const more = result.missing.length - MOST_MISSING;
  if (more > 0) terminal.err(`  and ${more} more, named in the report\n`);
}

function elapsed(view: StatusView): number | null {
  const start = at(view.started_at);
  const end = at(view.completed_at);
  return start === null || end === null ? null : Math.max(0, end - start) / 1000;
}
