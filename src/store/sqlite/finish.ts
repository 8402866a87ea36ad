/** The one terminal change: result, seal, terminal event and status together. */

import { iso } from '../../core/clock.ts';
import { terminalEvent } from '../../core/workflow.ts';
import { sealedWorkflow, sealHash, sealList } from '../chain.ts';
import type { Finish, Hold } from '../store.ts';
import { prepareGivingUp } from './calls.ts';
import type { WorkflowRow } from './rows.ts';
import { prepareSealing } from './seal.ts';
import { prepareSearch } from './search.ts';
import { appendEvents, held, known, type Session } from './session.ts';

export function prepareFinish(session: Session): (hold: Hold, finish: Finish) => void {
  const { db, clock } = session;
  const search = prepareSearch(db);
  const sealing = prepareSealing(db);
  const giveUp = prepareGivingUp(session);
  // A wish to stop that cannot be read has bound nobody: sealed, it would only keep what was found from being read.
  const end = db.prepare<object, WorkflowRow>(
    `UPDATE workflows SET phase = 'done', completed_at = @now, error = @error, error_record = @error_record,
       stop = iif(json_valid(stop), stop, NULL), lease_holder = NULL, lease_expires_at = NULL
     WHERE task_id = @task_id RETURNING *`,
  );
  const insert = db.prepare<[string, string, number, number | null, string]>(
    'INSERT INTO results (task_id, result, execution_time, total_cost, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  const keepSeal = db.prepare<[string, string]>('INSERT INTO seals (task_id, list) VALUES (?, ?)');
  const close = db.prepare<[string, string, string]>('UPDATE workflows SET status = ?, seal = ? WHERE task_id = ?');

  return (hold, finish) => {
    const { task_id } = hold;
    const { status, error, result } = finish;
    held(session, hold);
    const row = known(session, task_id);
    const now = iso(clock.now());
    giveUp({ task_id }, 'the workflow ended before its outcome was recorded');
    if (result !== null) {
      search.change(task_id, () => {
        insert.run(task_id, JSON.stringify(result), finish.execution_time, finish.total_cost, now);
      });
    }
    const error_record = error === null ? null : JSON.stringify(error);
    const ended = { ...row, ...end.get({ task_id, now, error: error?.message ?? null, error_record }), status };
    const list = sealList([sealedWorkflow(row.salt, ended), ...sealing(task_id, row.salt)]);
    const seal = sealHash(list);
    keepSeal.run(task_id, list);
    appendEvents(session, row, { events: [{ event_type: terminalEvent(status), data: finish.event }], cover: seal });
    // The status last: once it is terminal, the row's own trigger lets nothing change it.
    close.run(status, seal, task_id);
  };
}
