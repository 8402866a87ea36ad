/** `beltalowda cancel`: stop a workflow and keep what it found. */

import { count } from '../../core/amount.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import { hasResult, statusUnlessDamaged } from './damaged.ts';
import { type Fact, factText } from './facts.ts';
import { EXIT, printJson } from './outcome.ts';
import type { Session } from './session.ts';

/** Resolves to the exit code: 0 also when it had ended before, since then nothing is left to stop. */
export async function cancel(session: Session, task_id: string): Promise<number> {
  const { terminal, orchestrator, options, typed } = session;
  session.warn();
  const before = await statusUnlessDamaged(session, task_id);
  const view = await orchestrator.cancel(task_id, USER, {
    reason: options.reason ?? undefined,
    finalize: options.finalize,
  });
  if (options.json) {
    printJson(terminal, view);
    return EXIT.done;
  }
  const { claims, sources, steps } = view.kept;
  const kept: Fact = [
    'kept',
    `${count(claims, 'claim')}, ${count(sources, 'source')}, ${count(steps, 'finished step')}`,
  ];
  const report: Fact = ['report', typed(`result ${task_id}`)];
  if (before === null && isTerminal(view.status)) {
    terminal.out(`${task_id} is damaged, and ${view.status}: nobody can go on with it.\n`);
    // Where a result can be read it may be the steps that are damaged, and without these it is not deleted.
    const isReadable = await hasResult(session, task_id);
    terminal.out(factText(terminal, isReadable ? [kept, report] : [['remove', typed(`delete ${task_id}`)]]));
  } else if (before !== null && isTerminal(before.status)) {
    terminal.out(`${task_id} had ended already (${before.status}); nothing was stopped.\n`);
    terminal.out(factText(terminal, [report]));
  } else if (isTerminal(view.status)) {
    terminal.out(`Stopped ${task_id}\n`);
    terminal.out(factText(terminal, [kept, report, ['go on', typed(`resume ${task_id}`)]]));
  } else {
    terminal.out(`${task_id} is stopping, and writes up what there is.\n`);
    terminal.out(factText(terminal, [kept, ['watch', typed(`status ${task_id} --follow`)]]));
  }
  return EXIT.done;
}
