/** The wish to stop: recorded for whoever works on the workflow; carried out here where nobody can. */

import { type Fault, toFault } from '../../core/errors.ts';
import { goesFurther, isTerminal, type Stop, type Workflow } from '../../core/workflow.ts';
import type { Finish, Hold } from '../store.ts';
import { toWorkflow, type WorkflowRow } from './rows.ts';
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
    // Where two cancel at a time, the second must not hear of damage where the first was told of the end.
    if (isTerminal(row.status)) return damageOf(row) === null ? toWorkflow(row) : { status: row.status, stop: null };
    // A wish that cannot be read binds nobody: the one that takes its place can be.
    const damage = damageOf({ ...row, stop: null });
    if (damage !== null && wish.kind === 'cancel') return end(task_id, { wish, damage });
    const recorded = damageOf(row) === null ? toWorkflow(row).stop : null;
    if (goesFurther(wish, recorded)) record.run(JSON.stringify(wish), task_id);
    return toWorkflow(known(session, task_id));
  };
}

/** What keeps a row from being read; null where nothing does. */
function damageOf(row: WorkflowRow): Fault | null {
  try {
    toWorkflow(row);
    return null;
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code !== 'STORE_CORRUPT') throw thrown;
    return fault;
  }
}
