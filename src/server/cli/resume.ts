/** `beltalowda resume` and `beltalowda status`: a workflow that is there already. */

import path from 'node:path';
import type { StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import type { ResumeCommand, StatusCommand } from './command-line.ts';
import { display } from './display.ts';
import { follow } from './follow.ts';
import { renderFrame } from './frame.ts';
import { deliver, EXIT, exitCode } from './outcome.ts';
import { prepareFolder } from './report-file.ts';
import type { Session } from './session.ts';
import { paints } from './style.ts';
import { oneLine } from './width.ts';
import { wrap } from './wrap.ts';

/** Continues to the report; prints that of an ended workflow. Resolves to the exit code. */
export async function resume(session: Session, command: ResumeCommand): Promise<number> {
  const { terminal, orchestrator } = session;
  const { task_id } = command;
  session.warn();
  let view = await orchestrator.status(task_id, USER);
  if (command.out !== null) await prepareFolder(path.resolve(command.out));
  if (isTerminal(view.status)) {
    if (!command.quiet) terminal.err(`This workflow has ended already (${view.status}); here is what it left.\n`);
  } else {
    await orchestrator.resume(task_id, USER);
    view = await follow(session, { task_id, display: display(terminal, command.quiet), interrupt: 'cancel' });
  }
  if (session.left.aborted) return EXIT.partial;
  return deliver(session, view, command);
}

/** Prints the status; with --follow takes the workflow up and watches it to its end first. Resolves to the exit code. */
export async function status(session: Session, command: StatusCommand): Promise<number> {
  const { terminal, orchestrator } = session;
  const { task_id } = command;
  session.warn();
  let view = await orchestrator.status(task_id, USER);
  if (command.follow && !isTerminal(view.status)) {
    await orchestrator.resume(task_id, USER);
    view = await follow(session, { task_id, display: display(terminal, false), interrupt: 'detach' });
    if (session.left.aborted) return EXIT.partial;
  }
  terminal.out(command.json ? `${JSON.stringify(view, null, 2)}\n` : statusText(session, view));
  if (!command.follow) return EXIT.done;
  if (!isTerminal(view.status)) return EXIT.partial;
  const { completeness } = await orchestrator.result(task_id, USER, { detail: 'summary' });
  return exitCode(view, completeness);
}

const WIDEST = 120;
/** Enough for the agents of any workflow. */
const EVERY_LINE = 1000;

function statusText(session: Session, view: StatusView): string {
  const { terminal } = session;
  const page = { width: Math.min(WIDEST, terminal.columns) - 1, paint: paints(terminal.color.out) };
  const frame = renderFrame(view, {
    width: page.width,
    height: EVERY_LINE,
    now: terminal.now(),
    tick: null,
    since: 0,
    color: terminal.color.out,
    unicode: terminal.unicode,
  });
  const facts = [
    ['task_id', view.task_id],
    ['status', view.status],
    ['model', oneLine(view.model_note)],
    ['created', view.created_at],
    ...(view.resumed === 0 ? [] : [['carried on', view.resumed === 1 ? 'once' : `${view.resumed} times`]]),
    ...(view.error === undefined ? [] : [['error', `${view.error.code}: ${oneLine(view.error.message)}`]]),
    ['next', next(session, view)],
  ];
  // In a pipe a fact is one line, whole for whoever searches in it.
  const factWidth = terminal.stdoutIsTTY ? page.width : Infinity;
  const lines = facts.flatMap(([name = '', value = '']) => {
    const first = `  ${name.padEnd(10)}  `;
    return wrap([{ text: value, look: null }], { ...page, width: factWidth, first, rest: ' '.repeat(first.length) });
  });
  return `${[...frame, '', ...lines].join('\n')}\n`;
}

function next(session: Session, view: StatusView): string {
  const words = session.resumeWords(view.task_id);
  return isTerminal(view.status) ? `${words} prints the report` : `${words} continues it and prints the report`;
}
