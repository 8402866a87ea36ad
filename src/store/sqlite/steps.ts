/** Steps: intent before, outcome after. The first outcome recorded for a step wins, by primary key and trigger. */

import { createHash } from 'node:crypto';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { canonical } from '../../core/json.ts';
import type { StepRecord } from '../../core/step.ts';
import type { BeginStep, FailStep, Hold, SettleStep, StepVerbs } from '../store.ts';
import { prepareEvidence } from './evidence.ts';
import { type StepRow, toStep } from './rows.ts';
import { appendEvents, held, read, type Session } from './session.ts';

export function stepVerbs(session: Session): StepVerbs {
  const { db, writer } = session;
  const one = db.prepare<[string, string], StepRow>('SELECT * FROM steps WHERE task_id = ? AND step_id = ?');
  const all = db.prepare<[string], StepRow>('SELECT * FROM steps WHERE task_id = ? ORDER BY started_at, step_id');
  const begin = prepareBegin(session);
  const evidence = prepareEvidence(session);
  const settle = db.prepare<[string, string, string, string]>(
    `UPDATE steps SET status = 'succeeded', output = ?, error = NULL, available_at = NULL, completed_at = ?
     WHERE task_id = ? AND step_id = ?`,
  );
  const fail = db.prepare<[string, string, string | null, string | null, string, string]>(
    `UPDATE steps SET status = ?, error = ?, failures = failures + 1, available_at = ?, completed_at = ?
     WHERE task_id = ? AND step_id = ?`,
  );

  const open = (hold: Hold, step_id: string): StepRow => {
    const row = one.get(hold.task_id, step_id);
    if (row === undefined)
      throw new Fault('INTERNAL', `${hold.task_id} has no step ${step_id} to record an outcome of`);
    return row;
  };
  const recorded = (hold: Hold, step_id: string): StepRecord => toStep(open(hold, step_id));

  return {
    begin: (hold, step) => writer.write(() => begin(hold, step)),
    settle: (hold, step: SettleStep) =>
      writer.write(() => {
        const workflow = held(session, hold);
        if (open(hold, step.step_id).status !== 'running') return recorded(hold, step.step_id);
        evidence(hold.task_id, step.evidence);
        settle.run(JSON.stringify(step.output), iso(session.clock.now()), hold.task_id, step.step_id);
        appendEvents(session, workflow, { events: step.events });
        return recorded(hold, step.step_id);
      }),
    fail: (hold, step: FailStep) =>
      writer.write(() => {
        const workflow = held(session, hold);
        if (open(hold, step.step_id).status !== 'running') return recorded(hold, step.step_id);
        const final = step.available_at === null;
        const at = final ? iso(session.clock.now()) : null;
        const status = final ? 'failed' : 'running';
        fail.run(status, JSON.stringify(step.error), step.available_at, at, hold.task_id, step.step_id);
        appendEvents(session, workflow, { events: step.events });
        return recorded(hold, step.step_id);
      }),
    list: (task_id) => read(session, () => all.all(task_id).map(toStep)),
  };
}

function prepareBegin(session: Session) {
  const { db, clock } = session;
  const one = db.prepare<[string, string], StepRow>('SELECT * FROM steps WHERE task_id = ? AND step_id = ?');
  const insert = db.prepare(
    `INSERT INTO steps (task_id, step_id, kind, agent_id, status, idempotency_key, input_hash, input, attempts, started_at)
     VALUES (@task_id, @step_id, @kind, @agent_id, 'running', @idempotency_key, @input_hash, @input, 1, @now)`,
  );
  const again = db.prepare<[string, string]>(
    'UPDATE steps SET attempts = attempts + 1, available_at = NULL WHERE task_id = ? AND step_id = ?',
  );
  return (hold: Hold, step: BeginStep): StepRecord | null => {
    const workflow = held(session, hold);
    const { spec } = step;
    const row = one.get(hold.task_id, spec.step_id);
    if (row !== undefined && row.status !== 'running') return null;
    if (row === undefined) {
      const input = canonical(spec.input);
      insert.run({
        task_id: hold.task_id,
        step_id: spec.step_id,
        kind: spec.kind,
        agent_id: spec.agent_id,
        idempotency_key: step.idempotency_key,
        input_hash: createHash('sha256').update(input).digest('hex'),
        input,
        now: iso(clock.now()),
      });
      appendEvents(session, workflow, { events: step.events, phase: spec.phase });
    } else {
      again.run(hold.task_id, spec.step_id);
    }
    const begun = one.get(hold.task_id, spec.step_id);
    return begun === undefined ? null : toStep(begun);
  };
}
