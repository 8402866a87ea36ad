/** `beltalowda events`: what happened, in order, one event a line. */

import type { WorkflowEvent } from '../../core/event.ts';
import type { StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import { eventWords } from './event-line.ts';
import { pageWidth } from './facts.ts';
import { patience, takeUp } from './follow.ts';
import { EXIT, exitCode } from './outcome.ts';
import { localDay, timeOfDay } from './phrases.ts';
import { awaitsApproval } from './plan-view.ts';
import type { Session } from './session.ts';
import { paints, signs } from './style.ts';
import { oneLine, truncate } from './width.ts';

/** Longest single wait; changes end it sooner. */
const WAIT_MS = 5000;
/** Events asked for at once. */
const PAGE = 1000;

/** Prints the events; with --follow takes the workflow up and goes on to the terminal one. Resolves to the exit code. */
export async function events(session: Session, task_id: string): Promise<number> {
  const { orchestrator, options, terminal } = session;
  session.warn();
  let view = await orchestrator.status(task_id, USER);
  if (options.follow) await takeUp(session, view);
  let told = await print(session, view, options.after);
  if (!options.follow) return EXIT.done;
  const detached = new AbortController();
  session.onStop(() => detached.abort());
  const signal = AbortSignal.any([session.left, detached.signal]);
  const bear = patience(session);
  let asked = false;
  while (!told.ended && !signal.aborted) {
    if (awaitsApproval(view) && !asked) {
      asked = true;
      terminal.err(`The plan waits for approval; ${session.typed(`status ${task_id}`)} shows it.\n`);
    }
    view = await orchestrator.status(task_id, USER, { wait_ms: WAIT_MS, since_version: view.version, signal });
    bear(view);
    if (!session.left.aborted) told = await print(session, view, told.last);
  }
  if (!told.ended) return EXIT.partial;
  const { status, completeness } = await orchestrator.result(task_id, USER, { detail: 'summary' });
  return exitCode({ status }, completeness);
}

/** Prints what came after that number. `last`: the number of the last one; `ended`: whether no more will come. */
async function print(
  session: Session,
  view: StatusView,
  after: number,
): Promise<{ readonly last: number; readonly ended: boolean }> {
  const { orchestrator, options, terminal } = session;
  let last = after;
  for (;;) {
    const page = await orchestrator.events(view.task_id, USER, { after: last, limit: PAGE });
    for (const event of page.events) {
      terminal.out(`${options.json ? JSON.stringify(event) : line(session, event, view)}\n`);
      last = event.seq;
    }
    // Read together with a terminal status, the events are all there.
    if (page.events.length < PAGE) return { last, ended: isTerminal(page.status) };
  }
}

/** On a terminal the time of day and words, cut at its edge; in a pipe the whole time, the type and all the words. */
function line({ terminal }: Session, event: WorkflowEvent, view: StatusView): string {
  const words = oneLine(eventWords(event, view));
  if (!terminal.stdoutIsTTY) return [event.seq, event.timestamp, event.event_type, words].join('\t');
  const paint = paints(terminal.color.out);
  const front = `${String(event.seq).padStart(4)}  ${localDay(event.timestamp)} ${timeOfDay(event.timestamp)}  `;
  const { ellipsis } = signs(terminal.unicode);
  return paint('faint', front) + truncate(words, Math.max(8, pageWidth(terminal) - front.length), ellipsis);
}
