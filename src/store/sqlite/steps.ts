/** Steps: intent before, outcome after. The first outcome recorded for a step wins, by primary key and trigger. */

import { hash } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { canonical } from '../../core/json.ts';
import type { StepRecord } from '../../core/step.ts';
import type { AdoptStep, BeginStep, FailStep, Hold, SettleStep, StepVerbs } from '../store.ts';
import { prepareGivingUp } from './calls.ts';
import { prepareCopies, prepareEvidence } from './evidence.ts';
import { type StepRow, toStep } from './rows.ts';
import { appendEvents, held, read, type Session } from './session.ts';

const ONE = 'SELECT * FROM steps WHERE task_id = ? AND step_id = ?';

export function stepVerbs(session: Session): StepVerbs {
  const { db, writer } = session;
  const one = db.prepare<[string, string], StepRow>(ONE);
  const all = db.prepare<[string], StepRow>('SELECT * FROM steps WHERE task_id = +? ORDER BY started_at, step_id');
  const succeeded = db
    .prepare<[string], number>("SELECT count(*) FROM steps WHERE task_id = ? AND status = 'succeeded'")
    .pluck();
  const begin = prepareBegin(session);
  const adopt = prepareAdopt(session);
  const { settle, fail } = prepareOutcomes(session, one);
  return {
    begin: (hold, step) => writer.write(() => begin(hold, step)),
    adopt: (hold, step) => writer.write(() => adopt(hold, step)),
    settle: (hold, step, ahead) => writer.write(() => settle(hold, step), ahead),
    fail: (hold, step, ahead) => writer.write(() => fail(hold, step), ahead),
    get: (task_id, step_id) =>
      read(session, () => {
        const row = one.get(task_id, step_id);
        return row === undefined ? null : toStep(row);
      }),
    list: (task_id) => read(session, () => all.all(task_id).map(toStep)),
    succeeded: (task_id) => read(session, () => succeeded.get(task_id) ?? 0),
  };
}

function prepareOutcomes(session: Session, one: Statement<[string, string], StepRow>) {
  const { db, clock } = session;
  const evidence = prepareEvidence(session);
  const giveUp = prepareGivingUp(session);
  const succeed = db.prepare<[string, string, string, string], StepRow>(
    `UPDATE steps SET status = 'succeeded', output = ?, error = NULL, available_at = NULL, completed_at = ?
     WHERE task_id = ? AND step_id = ? AND status = 'running' RETURNING *`,
  );
  const failed = db.prepare<[string, string, string | null, string | null, string, string], StepRow>(
    `UPDATE steps SET status = ?, error = ?, failures = failures + 1, available_at = ?, completed_at = ?
     WHERE task_id = ? AND step_id = ? AND status = 'running' RETURNING *`,
  );
  /** Where an outcome was recorded before: that one holds. */
  const recorded = (hold: Hold, step_id: string): StepRecord => {
    const row = one.get(hold.task_id, step_id);
    if (row !== undefined) return toStep(row);
    throw new Fault('INTERNAL', `${hold.task_id} has no step ${step_id} to record an outcome of`);
  };
  return {
    settle: (hold: Hold, step: SettleStep): StepRecord => {
      const workflow = held(session, hold);
      const { task_id } = hold;
      const row = succeed.get(JSON.stringify(step.output), iso(clock.now()), task_id, step.step_id);
      if (row === undefined) return recorded(hold, step.step_id);
      evidence({ task_id, step_id: step.step_id }, step.evidence);
      appendEvents(session, workflow, { events: step.events });
      return toStep(row);
    },
    fail: (hold: Hold, step: FailStep): StepRecord => {
      const workflow = held(session, hold);
      const final = step.available_at === null;
      const at = final ? iso(clock.now()) : null;
      const status = final ? 'failed' : 'running';
      const error = JSON.stringify(step.error);
      const row = failed.get(status, error, step.available_at, at, hold.task_id, step.step_id);
      if (row === undefined) return recorded(hold, step.step_id);
      giveUp({ task_id: hold.task_id, step_id: step.step_id }, 'the attempt of the step that made it has failed');
      appendEvents(session, workflow, { events: step.events });
      return toStep(row);
    },
  };
}

function prepareBegin(session: Session) {
  const { db, clock } = session;
  const giveUp = prepareGivingUp(session);
  const is = db.prepare<[string, string], 1>('SELECT 1 FROM steps WHERE task_id = ? AND step_id = ?').pluck();
  const insert = db.prepare<object, StepRow>(
    `INSERT INTO steps (task_id, step_id, kind, agent_id, status, idempotency_key, input_hash, input, attempts, started_at)
     VALUES (@task_id, @step_id, @kind, @agent_id, 'running', @idempotency_key, @input_hash, @input, 1, @now) RETURNING *`,
  );
  const again = db.prepare<[string, string], StepRow>(
    `UPDATE steps SET attempts = attempts + 1, available_at = NULL
     WHERE task_id = ? AND step_id = ? AND status = 'running' RETURNING *`,
  );
  return (hold: Hold, step: BeginStep): StepRecord | null => {
    const workflow = held(session, hold);
    const { spec } = step;
    if (is.get(hold.task_id, spec.step_id) !== undefined) {
      const row = again.get(hold.task_id, spec.step_id);
      if (row === undefined) return null;
      giveUp({ task_id: hold.task_id, step_id: spec.step_id }, 'the attempt of the step that made it was left');
      return toStep(row);
    }
    const row = insert.get({ ...intentOf(hold, step), now: iso(clock.now()) });
    appendEvents(session, workflow, { events: step.events, phase: spec.phase });
    return row === undefined ? null : toStep(row);
  };
}

/** The columns of a step that are known before anything of it was done. */
function intentOf(hold: Hold, { spec, idempotency_key }: Pick<BeginStep, 'spec' | 'idempotency_key'>) {
  const { step_id, kind, agent_id } = spec;
  const input = canonical(spec.input);
  const input_hash = hash('sha256', input, 'hex');
  return { task_id: hold.task_id, step_id, kind, agent_id, idempotency_key, input_hash, input };
}

function prepareAdopt(session: Session) {
  const { db, clock } = session;
  const one = db.prepare<[string, string], StepRow>(ONE);
  const copyEvidence = prepareCopies(session);
  const copy = db.prepare(
    `INSERT INTO steps (task_id, step_id, kind, agent_id, status, idempotency_key, input_hash, input, output, attempts,
       started_at, completed_at, adopted_from)
     SELECT @task_id, @step_id, @kind, @agent_id, 'succeeded', @idempotency_key, @input_hash, @input, output, 1,
       @now, @now, @from
     FROM steps WHERE task_id = @from AND step_id = @step_id AND status = 'succeeded'`,
  );
  return (hold: Hold, step: AdoptStep): StepRecord | null => {
    const workflow = held(session, hold);
    const { spec, from } = step;
    if (one.get(hold.task_id, spec.step_id) !== undefined) return null;
    const intent = intentOf(hold, step);
    // Erased since it was seen.
    if (copy.run({ ...intent, from, now: iso(clock.now()) }).changes === 0) return null;
    copyEvidence({ task_id: hold.task_id, step_id: spec.step_id }, from);
    appendEvents(session, workflow, { events: step.events, phase: spec.phase });
    const adopted = one.get(hold.task_id, spec.step_id);
    return adopted === undefined ? null : toStep(adopted);
  };
}
