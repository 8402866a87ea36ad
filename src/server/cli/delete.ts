/** `beltalowda delete`: erase the content of a workflow for good, once it is sure that this is meant. */

import { count, digits } from '../../core/amount.ts';
import type { DeleteView } from '../../core/audit.ts';
import { Fault } from '../../core/errors.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import { statusUnlessDamaged } from './damaged.ts';
import { type Fact, factText } from './facts.ts';
import { EXIT, printJson } from './outcome.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';
import { oneLine, truncate } from './width.ts';

/** Characters of the task that are shown before it goes. */
const SHOWN = 200;

/** Resolves to the exit code. Throws WORKFLOW_ACTIVE before the end, INVALID_INPUT when it was not confirmed. */
export async function erase(session: Session, task_id: string): Promise<number> {
  const { terminal, orchestrator, options, typed } = session;
  session.warn();
  const view = await statusUnlessDamaged(session, task_id);
  if (view !== null && !isTerminal(view.status)) {
    throw new Fault('WORKFLOW_ACTIVE', `${task_id} is ${view.status}: only an ended workflow can be deleted`, {
      hint: `Stop it first: ${typed(`cancel ${task_id}`)}`,
    });
  }
  if (!options.yes) {
    const what =
      view === null
        ? `${task_id} is damaged, and cannot be shown`
        : `${task_id} (${view.status}, created ${view.created_at}): ${truncate(oneLine(view.task), SHOWN)}`;
    terminal.err(`${what}\n`);
    await confirm(terminal, task_id);
    if (session.left.aborted) return EXIT.partial;
  }
  const gone = await orchestrator.delete(task_id, USER, options.reason ?? undefined);
  if (options.json) printJson(terminal, gone);
  else terminal.out(goneText(terminal, gone));
  return EXIT.done;
}

async function confirm(terminal: Terminal, task_id: string): Promise<void> {
  if (!terminal.stdinIsTTY) {
    throw new Fault('INVALID_INPUT', 'nothing was deleted: there is no terminal to ask at', {
      hint: 'Add --yes to delete it without being asked.',
    });
  }
  terminal.err('Its content will be gone for good. Type the task_id to delete it: ');
  const typed = (await terminal.readLine()).trim();
  if (typed === task_id) return;
  throw new Fault('INVALID_INPUT', 'nothing was deleted: what was typed is not the task_id', {
    hint: `Type ${task_id}, or add --yes to delete it without being asked.`,
  });
}

function goneText(terminal: Terminal, { task_id, erased, head }: DeleteView): string {
  const { events, steps, calls, sources, passages, claims, results, texts, text_bytes } = erased;
  const rows = [
    count(results, 'result'),
    count(steps, 'step'),
    // One that thought with no model has none, and need not be told so.
    ...(calls === 0 ? [] : [count(calls, 'call')]),
    count(sources, 'source'),
    count(passages, 'passage'),
    count(claims, 'claim'),
    `the data of ${count(events, 'event')}`,
  ];
  const facts: Fact[] = [
    ['erased', rows.join(', ')],
    ['texts', `${count(texts, 'stored text')} (${digits(text_bytes)} bytes) that no other workflow uses`],
    ['left', 'a tombstone, and the skeleton of its chain of events'],
    ['head', head],
    ['not reached', 'backups and copies of the database, reports written to files, your documents themselves'],
  ];
  return `Deleted ${task_id}\n${factText(terminal, facts)}`;
}
