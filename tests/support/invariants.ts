/**
 * What holds of a database at every moment, whatever was killed, paused or cut off: plain SQL over the whole file. Each
 * query returns one row for each thing that is wrong.
 */

import SqliteDatabase, { type Database } from 'better-sqlite3';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';

const ENDED = "('completed', 'failed', 'cancelled')";
const TERMINAL_EVENTS = "('workflow_complete', 'workflow_error', 'workflow_cancelled')";

/** The event that commits with an outcome of each kind, where the kind alone names it. */
const COMPLETION = `CASE kind WHEN 'plan' THEN 'decomposition_complete' WHEN 'agent' THEN 'agent_complete'
  WHEN 'synthesis' THEN 'synthesis_complete' END`;

/** Which steps come after all of which: collect, plan, agents, Drummers, whoever writes the report. */
const RANK = `CASE WHEN kind = 'collect' THEN 1 WHEN kind = 'plan' THEN 2 WHEN kind = 'agent' THEN 3
  WHEN step_id LIKE 'synthesis:drummer-%' THEN 4 WHEN kind = 'synthesis' THEN 5 END`;

/** Of calls, whatever the workflow is about. */
const OF_CALLS: Readonly<Record<string, string>> = {
  'a call without its outcome, or an outcome without its call': `SELECT task_id, call_id, status FROM calls WHERE CASE status
    WHEN 'running' THEN output IS NOT NULL OR completed_at IS NOT NULL OR input_tokens + output_tokens + microusd <> 0
    WHEN 'succeeded' THEN output IS NULL OR completed_at IS NULL OR error IS NOT NULL
    ELSE error IS NULL OR completed_at IS NULL END`,
  'ended, and a call is under way': `SELECT task_id, call_id FROM calls JOIN workflows USING (task_id)
    WHERE calls.status = 'running' AND workflows.status IN ${ENDED}`,
};

/** At every moment, also of workflows that nobody works on. */
const ALWAYS: Readonly<Record<string, string>> = {
  ...OF_CALLS,
  'completed without a result': `SELECT task_id FROM workflows w WHERE status = 'completed'
    AND NOT EXISTS (SELECT 1 FROM results r WHERE r.task_id = w.task_id)`,
  'a result, and not ended': `SELECT task_id FROM results JOIN workflows USING (task_id) WHERE status NOT IN ${ENDED}`,
  'not completed, and its result is not partial': `SELECT task_id FROM results JOIN workflows USING (task_id)
    WHERE status IN ('failed', 'cancelled') AND json_extract(result, '$.report.completeness') IS NOT 'partial'`,
  'events are not numbered 1 to last_seq': `SELECT w.task_id, last_seq, count(seq), min(seq), max(seq) FROM workflows w
    LEFT JOIN events USING (task_id) GROUP BY w.task_id
    HAVING count(seq) <> last_seq OR coalesce(max(seq), 0) <> last_seq OR coalesce(min(seq), 1) <> 1`,
  'events of no workflow': `SELECT task_id FROM events WHERE task_id NOT IN (SELECT task_id FROM workflows)`,
  'ended, and its last event is not its one terminal event': `SELECT task_id, status FROM workflows w
    WHERE status IN ${ENDED} AND (SELECT group_concat(seq || event_type) FROM events e
      WHERE e.task_id = w.task_id AND event_type IN ${TERMINAL_EVENTS}) IS NOT last_seq || CASE status
        WHEN 'completed' THEN 'workflow_complete' WHEN 'failed' THEN 'workflow_error' ELSE 'workflow_cancelled' END`,
  'a terminal event, and not ended': `SELECT task_id FROM events JOIN workflows USING (task_id)
    WHERE event_type IN ${TERMINAL_EVENTS} AND status NOT IN ${ENDED}`,
  'a step completed other than once': `SELECT s.task_id, step_id, count(e.seq) FROM steps s
    LEFT JOIN events e ON e.task_id = s.task_id AND event_type = ${COMPLETION} AND e.agent_id IS s.agent_id
    WHERE kind IN ('plan', 'agent', 'synthesis') GROUP BY s.task_id, step_id
    HAVING count(e.seq) <> (s.status = 'succeeded')`,
  'a step begun other than once': `SELECT s.task_id, step_id, count(e.seq) FROM steps s
    LEFT JOIN events e ON e.task_id = s.task_id AND e.agent_id IS s.agent_id AND event_type = CASE kind
      WHEN 'plan' THEN 'decomposition_start' WHEN 'agent' THEN 'agent_start' ELSE 'synthesis_start' END
    WHERE kind IN ('plan', 'agent', 'synthesis') GROUP BY s.task_id, step_id HAVING count(e.seq) <> 1`,
  'sources read, and not told': `SELECT task_id FROM steps s WHERE kind = 'collect' AND (status = 'succeeded') <>
    (SELECT count(*) FROM events e WHERE e.task_id = s.task_id AND event_type = 'agent_progress'
      AND json_extract(event_data, '$.characters') IS NOT NULL)`,
  'an outcome without its row, or a row without its outcome': `SELECT task_id, step_id, status FROM steps WHERE CASE status
    WHEN 'running' THEN output IS NOT NULL OR completed_at IS NOT NULL
    WHEN 'succeeded' THEN output IS NULL OR completed_at IS NULL OR error IS NOT NULL
    ELSE error IS NULL OR completed_at IS NULL END`,
  'evidence of a step without an outcome': `SELECT task_id, step_id FROM (
      SELECT task_id, step_id FROM claims UNION SELECT task_id, step_id FROM passages
      UNION SELECT task_id, step_id FROM sources) found
    WHERE NOT EXISTS (SELECT 1 FROM steps s WHERE s.task_id = found.task_id AND s.step_id = found.step_id
      AND s.status = 'succeeded')`,
  'an agent has other claims than its outcome says': `SELECT task_id, step_id FROM steps s
    WHERE kind = 'agent' AND status = 'succeeded' AND json_extract(output, '$.claims') <>
      (SELECT count(*) FROM claims c WHERE c.task_id = s.task_id AND c.step_id = s.step_id)`,
  'other sources than were collected': `SELECT task_id FROM steps s WHERE kind = 'collect' AND status = 'succeeded'
    AND json_extract(output, '$.sources') <>
      (SELECT count(*) FROM sources x WHERE x.task_id = s.task_id AND x.step_id = s.step_id)`,
  'a step began before one it builds on had an outcome': `SELECT later.task_id, later.step_id, sooner.step_id
    FROM (SELECT *, ${RANK} AS rank FROM steps) later JOIN (SELECT *, ${RANK} AS rank FROM steps) sooner
      ON sooner.task_id = later.task_id AND sooner.rank < later.rank AND sooner.status = 'running'
    JOIN workflows w ON w.task_id = later.task_id WHERE w.stop IS NULL`,
  'completed, and a step is open or missing': `SELECT task_id, step_id FROM steps JOIN workflows w USING (task_id)
      WHERE w.status = 'completed' AND steps.status = 'running'
    UNION ALL SELECT task_id, value ->> '$.agent_id' FROM steps p JOIN workflows w USING (task_id),
      json_each(p.output, '$.subtasks') WHERE w.status = 'completed' AND p.step_id = 'plan' AND NOT EXISTS
        (SELECT 1 FROM steps a WHERE a.task_id = p.task_id AND a.step_id = 'agent:' || (value ->> '$.agent_id'))
    UNION ALL SELECT task_id, 'plan' FROM workflows w WHERE status = 'completed' AND NOT EXISTS
      (SELECT 1 FROM steps p WHERE p.task_id = w.task_id AND p.step_id = 'plan' AND p.status = 'succeeded')`,
  'taken up other than told': `SELECT task_id, fence, resumed FROM workflows w WHERE fence <> (SELECT count(*)
      FROM events e WHERE e.task_id = w.task_id AND event_type IN ('workflow_start', 'workflow_resumed'))
    OR resumed <> (SELECT count(*) FROM events e WHERE e.task_id = w.task_id AND event_type = 'workflow_resumed')`,
  'ended, and still held or not sealed': `SELECT task_id FROM workflows w WHERE status IN ${ENDED}
    AND (lease_holder IS NOT NULL OR NOT EXISTS (SELECT 1 FROM seals s WHERE s.task_id = w.task_id))`,
  'sealed, and not ended': `SELECT task_id FROM seals JOIN workflows USING (task_id) WHERE status NOT IN ${ENDED}`,
  'not to be found by search': `SELECT task_id FROM workflows WHERE task_id NOT IN (SELECT task_id FROM search_entries)`,
  'integrity check': `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
  'foreign key check': `SELECT "table", rowid, parent FROM pragma_foreign_key_check`,
};

/** Opens the file for a look at what is committed. */
export function inDatabase<T>(file: string, look: (db: Database) => T): T {
  const db = new SqliteDatabase(file, { readonly: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** What is wrong in the database as it stands, in words; empty when nothing is. */
export function unsound(file: string): readonly string[] {
  return brokenRules(file, ALWAYS);
}

/** What is wrong with its calls as they stand. */
export function unsoundCalls(file: string): readonly string[] {
  return brokenRules(file, OF_CALLS);
}

function brokenRules(file: string, rules: Readonly<Record<string, string>>): readonly string[] {
  return inDatabase(file, (db) =>
    Object.entries(rules).flatMap(([what, query]) =>
      db
        .prepare<[], unknown[]>(query)
        .raw()
        .all()
        .map((row) => `${what}: ${row.join(', ')}`),
    ),
  );
}

/** What is wrong once all work is done: anything at all, a workflow that has not ended, an audit that finds something. */
export async function unsoundAtRest(file: string): Promise<readonly string[]> {
  const open = inDatabase(file, (db) =>
    db.prepare<[], string>(`SELECT task_id FROM workflows WHERE status NOT IN ${ENDED}`).pluck().all(),
  );
  return [...unsound(file), ...open.map((task_id) => `${task_id} has not ended`), ...(await unproven(file))];
}

async function unproven(file: string): Promise<readonly string[]> {
  const ids = inDatabase(file, (db) => db.prepare<[], string>('SELECT task_id FROM workflows').pluck().all());
  const store = await openSqliteStore({ file, clock: systemClock });
  try {
    const views = await Promise.all(ids.map(async (task_id) => ({ task_id, view: await store.audit.verify(task_id) })));
    return views.flatMap(({ task_id, view }) =>
      view?.sound === true
        ? []
        : [`the audit of ${task_id} finds ${JSON.stringify(view?.findings ?? 'nothing at all')}`],
    );
  } finally {
    await store.close();
  }
}

/** A step as it stands in the journal, every column. */
export interface StepRow {
  readonly task_id: string;
  readonly step_id: string;
  readonly status: string;
  readonly attempts: number;
  readonly adopted_from: string | null;
}

/** Every step of every workflow, or of one. */
export function stepRows(file: string, task_id?: string): readonly StepRow[] {
  return inDatabase(file, (db) =>
    db
      .prepare<[string | null], StepRow>(
        'SELECT * FROM steps WHERE task_id = coalesce(?, task_id) ORDER BY task_id, step_id',
      )
      .all(task_id ?? null),
  );
}

/** Outcomes that were there and are not any more, or not to the letter. */
export function changedOutcomes(before: readonly StepRow[], now: readonly StepRow[]): readonly string[] {
  const rows = new Map(now.map((row) => [`${row.task_id} ${row.step_id}`, JSON.stringify(row)]));
  return before
    .filter((row) => row.status !== 'running')
    .filter((row) => rows.get(`${row.task_id} ${row.step_id}`) !== JSON.stringify(row))
    .map((row) => `a recorded outcome changed: ${row.task_id} ${row.step_id}`);
}

/** Workflows that somebody was told of and that are not there. */
export function lostWorkflows(file: string, acknowledged: readonly string[]): readonly string[] {
  const known = inDatabase(file, (db) => db.prepare<[], string>('SELECT task_id FROM workflows').pluck().all());
  return acknowledged.filter((id) => !known.includes(id)).map((id) => `acknowledged and lost: ${id}`);
}
