/** Pauses for a person: a workflow that waits for the outcome of a step that no process can make. */

import { createHash } from 'node:crypto';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { awaitsApproval } from '../../core/workflow.ts';
import { toWorkflow } from './rows.ts';
import type { WorkflowVerbs } from '../store.ts';
import { appendEvents, held, known, type Session } from './session.ts';

/** What a person gave the outcome of had no input but the plan, which is in the journal. */
const NO_INPUT = '{}';

export function pauseVerbs(session: Session): Pick<WorkflowVerbs, 'wait' | 'approve'> {
  const { db, writer, clock } = session;
  const pause = db.prepare<[string]>(
    'UPDATE workflows SET lease_holder = NULL, lease_expires_at = NULL, deadline_at = NULL WHERE task_id = ?',
  );
  const record = db.prepare(
    `INSERT INTO steps (task_id, step_id, kind, status, idempotency_key, input_hash, input, output, attempts, started_at,
       completed_at)
     VALUES (@task_id, @step_id, 'approval', 'succeeded', @idempotency_key, @input_hash, @input, @output, 1, @now, @now)`,
  );
  return {
    wait: (hold, { phase, events }) =>
      writer.write(() => {
        const row = held(session, hold);
        pause.run(row.task_id);
        appendEvents(session, row, { events, phase });
      }),
    approve: (task_id, { step_id, output, phase, events }) =>
      writer.write(() => {
        const row = known(session, task_id);
        if (!awaitsApproval(toWorkflow(row)))
          throw new Fault('NOT_AWAITING_APPROVAL', `${task_id} does not wait for approval`);
        record.run({
          task_id,
          step_id,
          idempotency_key: `${task_id}/${step_id}`,
          input_hash: createHash('sha256').update(NO_INPUT).digest('hex'),
          input: NO_INPUT,
          output: JSON.stringify(output),
          now: iso(clock.now()),
        });
        appendEvents(session, row, { events, phase });
        return toWorkflow(known(session, task_id));
      }),
  };
}
