/** The wish to stop: recorded for whoever works on the workflow; carried out here where nobody can. */

import { Fault, toFault } from '../../core/errors.ts';
import { goesFurther, isTerminal, type Stop, type Workflow } from '../../core/workflow.ts';
import type { Finish, Hold } from '../store.ts';
import { stopOf, toWorkflow } from './rows.ts';
import { known, type Session } from './session.ts';

type Stopped = Pick<Workflow, 'status' | 'stop'>;

export function prepareStop(
  session: Session,
  finish: (hold: Hold, finish: Finish) => void,
): (task_id: string, wish: Stop) => Stopped {
  const { db } = session;
  const record = db.prepare<[string, string]>('UPDATE workflows SET stop = ? WHERE task_id = ?');
  // By a fence of its own: whoever still works on it, with what was read before the damage, can write no more.
  const seize = db
    .prepare<[string], number>(
      "UPDATE workflows SET status = 'running', fence = fence + 1 WHERE task_id = ? RETURNING fence",
    )
    .pluck();
  /** What is damaged would stay open for good: nobody may claim it, and no end can be made of what cannot be read. */
  const end = (task_id: string, { wish, damage }: { readonly wish: Stop; readonly damage: Fault }): Stopped => {
    record.run(JSON.stringify(wish), task_id);
    const fence = seize.get(task_id) ?? 0;
    const event = { error: { ...damage.toRecord() }, ...(wish.reason === null ? {} : { reason: wish.reason }) };
    const nothing = { error: null, result: null, execution_time: 0, total_cost: null };
    finish({ task_id, fence }, { status: 'cancelled', ...nothing, event });
    return { status: 'cancelled', stop: wish };
  };
  return (task_id, wish) => {
    const row = known(session, task_id);
    // A wish that cannot be read binds nobody: the one that takes its place can be.
    const stop = readable(() => stopOf(row));
    const recorded = stop instanceof Fault ? null : stop;
    const { status } = row;
    if (isTerminal(status)) return { status, stop: recorded };
    // Only whoever works on it tells that its time is up, and works on with what was read before the damage.
    const rest = wish.kind === 'cancel' ? readable(() => toWorkflow({ ...row, stop: null })) : null;
    if (rest instanceof Fault) return end(task_id, { wish, damage: rest });
    if (!goesFurther(wish, recorded)) return { status, stop: recorded };
    record.run(JSON.stringify(wish), task_id);
    return { status, stop: wish };
  };
}

/** What was read, or what kept it from being read. */
function readable<T>(look: () => T): T | Fault {
  try {
    return look();
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code !== 'STORE_CORRUPT') throw thrown;
    return fault;
  }
}
