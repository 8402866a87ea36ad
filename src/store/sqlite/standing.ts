/** One look at a workflow as it stands. Who follows one asks again and again, so it takes few statements and few columns. */

import type { Statement } from 'better-sqlite3';
import type { Standing, StandingRequest } from '../standing.ts';
import type { WorkflowVerbs } from '../store.ts';
import { prepareSpending } from './calls.ts';
import { TOLD } from './events.ts';
import { type EventRow, type GlancedStepRow, toEvent, toSpending, toStep, toWorkflow, WAITING } from './rows.ts';
import { read, type Session } from './session.ts';

export function standingVerbs(session: Session): Pick<WorkflowVerbs, 'standing' | 'queuePosition'> {
  const { db, statements } = session;
  const position = db
    .prepare<[string], number>(
      `SELECT (SELECT 1 + count(*) FROM workflows WHERE ${WAITING} AND (created_at, rowid) < (me.created_at, me.rowid))
       FROM (SELECT created_at, rowid FROM workflows WHERE task_id = ? AND ${WAITING}) AS me`,
    )
    .pluck();
  const steps = prepareSteps(session);
  const latest = prepareLatest(session);
  const spending = prepareSpending(session);
  const look = db.transaction((request: StandingRequest): Standing | null => {
    const { task_id, owner } = request;
    const row = statements.workflow.get(task_id);
    // Before anything of it is read: that a stranger's is damaged is not for others to hear.
    if (row?.owner !== owner) return null;
    const rows = steps(request);
    return {
      workflow: toWorkflow(row),
      steps: rows.map(toStep),
      events: latest(request, rows).map(toEvent),
      spending: spending(task_id).map(toSpending),
      queue_position: row.status === 'pending' ? (position.get(task_id) ?? null) : null,
    };
  });
  return {
    standing: (request) => read(session, () => look(request)),
    queuePosition: (task_id) => read(session, () => position.get(task_id) ?? null),
  };
}

function prepareSteps({ db }: Session): (request: StandingRequest) => readonly GlancedStepRow[] {
  // The same numbers of kinds are asked for again and again.
  const prepared = new Map<string, Statement<string[], GlancedStepRow>>();
  return ({ task_id, inputs, outputs }) => {
    const kinds = `${inputs.length} ${outputs.length}`;
    const statement =
      prepared.get(kinds) ?? db.prepare<string[], GlancedStepRow>(stepsQuery(inputs.length, outputs.length));
    prepared.set(kinds, statement);
    const rows = statement.all(...inputs, ...outputs, task_id);
    // Steps that began together stay in the key's order. For so few rows SQLite's own sorting takes half as long as reading.
    return rows.sort((a, b) => (a.started_at === b.started_at ? 0 : a.started_at < b.started_at ? -1 : 1));
  };
}

type Glanced = readonly Pick<GlancedStepRow, 'agent_id' | 'completed_at'>[];

/** From the last one back, until a sign of each agent at work was met: with dozens of events, not with all that may be looked at. */
function prepareLatest({ db }: Session): (request: StandingRequest, steps: Glanced) => readonly EventRow[] {
  const back = db.prepare<[string, number], EventRow>(`${TOLD} AND task_id = +? ORDER BY seq DESC LIMIT +?`);
  return ({ task_id, events: { most, at_work, signs } }, steps) => {
    const sought = new Set(steps.filter((step) => step.completed_at === null).map(({ agent_id }) => agent_id));
    sought.delete(null);
    const rows: EventRow[] = [];
    for (const row of back.iterate(task_id, sought.size === 0 ? most : at_work)) {
      rows.push(row);
      if (signs.includes(row.event_type)) sought.delete(row.agent_id);
      if (rows.length >= most && sought.size === 0) break;
    }
    return rows.reverse();
  };
}

/** For so many kinds of inputs and of outputs. In the order of the key, which costs nothing. */
function stepsQuery(inputs: number, outputs: number): string {
  return `SELECT task_id, step_id, kind, agent_id, status, error, attempts, failures, available_at, started_at, completed_at,
      adopted_from, ${ofKinds('input', inputs)} AS input, ${ofKinds('output', outputs)} AS output
    FROM steps WHERE task_id = +? ORDER BY step_id`;
}

/** Not by IN, for which SQLite makes a table each time. */
function ofKinds(column: string, kinds: number): string {
  return kinds === 0 ? 'NULL' : `CASE kind ${`WHEN ? THEN ${column} `.repeat(kinds)}END`;
}
