import SqliteDatabase, { type Database } from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { iso } from '../../../../src/core/clock.ts';
import { connect } from '../../../../src/store/sqlite/connection.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { begun, calling, end, idOf, intent, ROOM, running, submission } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

/** The analysis' tables: every column by its name and type, and nothing about columns of ours. */
const ANALYSIS: Record<string, Record<string, string>> = {
  workflows: {
    task_id: 'TEXT',
    orchestrator_type: 'TEXT',
    task: 'TEXT',
    status: 'TEXT',
    created_at: 'TIMESTAMP',
    started_at: 'TIMESTAMP',
    completed_at: 'TIMESTAMP',
    config: 'JSON',
    error: 'TEXT',
  },
  results: {
    task_id: 'TEXT',
    result: 'JSON',
    execution_time: 'REAL',
    total_cost: 'REAL',
    created_at: 'TIMESTAMP',
  },
  events: { id: 'INTEGER', task_id: 'TEXT', event_type: 'TEXT', event_data: 'JSON', timestamp: 'TIMESTAMP' },
};

/** What an erasure leaves in a workflow's row. */
const EMPTY = `UPDATE workflows SET task = '', title = NULL, config = '{}', error = NULL, error_record = NULL, stop = NULL,
  idempotency_key = NULL, input_hash = '', trace = NULL, salt = ''`;

async function migrated(): Promise<Database> {
  return connect(':memory:', { lockWaitMs: 0, at: iso(0) });
}

test('every column of a workflow that has ended is kept or emptied by its trigger, or written by the erasure', async () => {
  const db = await migrated();
  const columns = db.prepare<[], string>("SELECT name FROM pragma_table_info('workflows')").pluck().all();
  const trigger = db
    .prepare<[], string>("SELECT sql FROM sqlite_master WHERE name = 'terminal_workflows_never_change'")
    .pluck()
    .get();
  const written = ['last_seq', 'head'];
  expect(columns.filter((column) => !new RegExp(`NEW\\.${column} IS `).test(trigger ?? ''))).toEqual(written);
});

describe('the analysis’ schema', () => {
  test.each(Object.entries(ANALYSIS))('%s has each of its columns', async (table, columns) => {
    const db = await migrated();
    const rows = db.prepare<[string], { name: string; type: string }>('SELECT name, type FROM pragma_table_info(?)');
    const found = Object.fromEntries(rows.all(table).map(({ name, type }) => [name, type]));
    expect(found).toMatchObject(columns);
  });

  test.each([
    ['idx_workflows_status', 'status'],
    ['idx_workflows_created', 'created_at'],
    ['idx_events_task_time', 'task_id,timestamp'],
  ])('index %s is on %s', async (name, columns) => {
    const db = await migrated();
    const found = db.prepare('SELECT group_concat(name) FROM pragma_index_info(?)').pluck().get(name);
    expect(found).toBe(columns);
  });

  test('its example queries answer', async () => {
    const folder = await temporaryFolder();
    const file = `${folder}/a.db`;
    const clock = new FakeClock();
    const store = await openSqliteStore({ file, clock });
    const error = { code: 'ALL_AGENTS_FAILED', message: 'all failed', hint: '', retryable: false } as const;
    await store.workflows.finish(await running(store, 1), end({ status: 'failed', error, total_cost: 0.5 }));
    await store.workflows.finish(await running(store, 2), end({ total_cost: 2.5, execution_time: 4 }));
    clock.jump(25 * 3_600_000);
    await store.workflows.finish(await running(store, 3), end({ total_cost: 1.5, execution_time: 2 }));
    await store.close();
    const db = new SqliteDatabase(file, { readonly: true });
    const rows = (sql: string): unknown[] => db.prepare(sql).all();
    expect(
      rows("SELECT task_id, task, error FROM workflows WHERE orchestrator_type = 'beltalowda' AND status = 'failed';"),
    ).toEqual([{ task_id: idOf(1), task: 'question 1', error: 'all failed' }]);
    expect(rows('SELECT task_id, total_cost, execution_time FROM results ORDER BY total_cost DESC LIMIT 10;')).toEqual([
      { task_id: idOf(2), total_cost: 2.5, execution_time: 4 },
      { task_id: idOf(3), total_cost: 1.5, execution_time: 2 },
      { task_id: idOf(1), total_cost: 0.5, execution_time: 1.25 },
    ]);
    // NOW() - INTERVAL '24 hours', in SQLite's words and the stored spelling of time.
    const recent = db.prepare(
      "SELECT COUNT(*) FROM workflows WHERE completed_at > strftime('%Y-%m-%dT%H:%M:%fZ', ?, '-24 hours');",
    );
    expect(recent.pluck().get(iso(clock.now()))).toBe(1);
    expect(
      rows(
        `SELECT w.orchestrator_type, AVG(r.execution_time) as avg_time, AVG(r.total_cost) as avg_cost
         FROM workflows w JOIN results r ON w.task_id = r.task_id GROUP BY w.orchestrator_type;`,
      ),
    ).toEqual([{ orchestrator_type: 'beltalowda', avg_time: (4 + 2 + 1.25) / 3, avg_cost: 1.5 }]);
    expect(db.prepare("SELECT json_extract(result, '$.report') FROM results").pluck().get()).toBe('text');
    db.close();
  });
});

describe('what is written stays as it is, whoever connects', () => {
  let db: Database;
  beforeEach(async () => {
    const folder = await temporaryFolder();
    const store = await openSqliteStore({ file: `${folder}/a.db`, clock: new FakeClock() });
    const hold = await running(store);
    for (const id of ['done', 'open']) await store.steps.begin(hold, intent(id));
    await begun(store, hold, { step_id: 'open' });
    await store.steps.settle(hold, { step_id: 'done', output: 1, evidence: {}, events: [] });
    await store.workflows.finish(hold, end());
    const goesOn = await calling(store, 2);
    await begun(store, goesOn);
    await store.workflows.create(submission(3), ROOM);
    await store.close();
    // As any database browser opens it: without foreign keys.
    db = new SqliteDatabase(`${folder}/a.db`);
    db.pragma('foreign_keys = OFF');
  });

  const EVENT = "task_id, 'x', event_data, timestamp, seq, agent_id, data_hash, hash";
  const REFUSED: readonly (readonly [sql: string, because: string])[] = [
    ["UPDATE events SET event_data = '{}'", 'events are append-only'],
    ['UPDATE events SET seq = seq + 10', 'events are append-only'],
    ['DELETE FROM events', 'events are append-only'],
    ["UPDATE workflows SET status = 'running' WHERE status = 'completed'", 'a terminal workflow does not change'],
    ["UPDATE workflows SET title = 'x' WHERE status = 'completed'", 'a terminal workflow does not change'],
    ["DELETE FROM workflows WHERE status = 'completed'", 'a terminal workflow does not change'],
    ["UPDATE results SET result = '{}'", 'a result does not change'],
    ['DELETE FROM results', 'a result does not change'],
    ["UPDATE steps SET output = '2' WHERE status = 'succeeded'", 'a recorded outcome does not change'],
    ["DELETE FROM steps WHERE step_id = 'open'", 'a step stays'],
    ["UPDATE calls SET output = '2' WHERE status = 'failed'", 'a recorded call does not change'],
    ['DELETE FROM calls', 'a call stays'],
    ['REPLACE INTO calls SELECT * FROM calls', 'a call stays'],
    [`UPDATE workflows SET status = 'completed' WHERE task_id = '${idOf(2)}'`, 'a call of the workflow is under way'],
    [`INSERT INTO seals VALUES ('${idOf(2)}', '[["steps","agent:belter-1",""]]')`, 'older release'],
    [`REPLACE INTO events SELECT id, ${EVENT} FROM events`, 'append-only'],
    [`REPLACE INTO events SELECT 999, ${EVENT} FROM events`, 'append-only'],
    ["REPLACE INTO results SELECT task_id, '{}', 0, 0, created_at FROM results", 'a result does not change'],
    ['REPLACE INTO steps SELECT * FROM steps', 'a step stays'],
    ['REPLACE INTO workflows SELECT * FROM workflows', 'a workflow stays'],
    [
      "INSERT INTO events (task_id, event_type, timestamp, seq) SELECT task_id, 'x', '', 9 FROM results",
      'older release',
    ],
    ["INSERT INTO texts VALUES ('a', 'text', 'raw', x'', x'', 0, '', '', '')", 'older release'],
    [
      `INSERT INTO workflows (task_id, orchestrator_type, task, status, created_at, owner, phase, input_hash)
       VALUES ('wf', 'swarm', '', 'pending', '', '', '', '')`,
      'older release',
    ],
    ["UPDATE seals SET list = '[]'", 'a seal does not change'],
    ['DELETE FROM seals', 'a seal does not change'],
    ['REPLACE INTO seals SELECT * FROM seals', 'a seal does not change'],
    ['UPDATE events SET event_data = NULL', 'events are append-only'],
    ['UPDATE figures SET microusd = 1', 'figures follow from what ended'],
    ["INSERT INTO tombstones VALUES ('nobody', '', '', '', 'deleted')", 'only a workflow that ended is erased, once'],
    [
      "INSERT INTO tombstones SELECT task_id, '', '', '', 'deleted' FROM workflows WHERE status = 'pending'",
      'only a workflow that ended is erased, once',
    ],
  ];
  test.each(REFUSED)('%s is refused', (sql, because) => {
    const before = db.serialize();
    expect(() => db.exec(sql)).toThrow(because);
    expect(db.serialize().equals(before)).toBe(true);
    db.close();
  });

  test('what is still open may change', () => {
    expect(db.prepare("UPDATE workflows SET title = 'x' WHERE status = 'pending'").run().changes).toBe(1);
    expect(db.prepare("UPDATE steps SET attempts = 2 WHERE status = 'running'").run().changes).toBe(2);
    expect(db.prepare("UPDATE calls SET microusd = 1 WHERE status = 'running'").run().changes).toBe(1);
    db.close();
  });

  describe('a tombstone lets content go, and nothing else', () => {
    const ALLOWED: readonly string[] = [
      `UPDATE events SET event_data = NULL WHERE task_id = '${idOf(1)}'`,
      'DELETE FROM results',
      `DELETE FROM calls WHERE task_id = '${idOf(1)}'`,
      `DELETE FROM steps WHERE task_id = '${idOf(1)}'`,
      'DELETE FROM seals',
    ];
    const KEPT: readonly (readonly [sql: string, because: string])[] = [
      ['DELETE FROM events', 'events are append-only'],
      ["UPDATE events SET event_data = '{}'", 'events are append-only'],
      ['UPDATE events SET event_data = NULL, seq = seq + 10', 'events are append-only'],
      ["DELETE FROM workflows WHERE status = 'completed'", 'a terminal workflow does not change'],
      ["UPDATE workflows SET task = '' WHERE status = 'completed'", 'a terminal workflow does not change'],
      [`${EMPTY}, erased_at = 'another time' WHERE status = 'completed'`, 'a terminal workflow does not change'],
      [`${EMPTY}, erased_at = 'then', owner = 'x' WHERE status = 'completed'`, 'a terminal workflow does not change'],
      ["UPDATE tombstones SET reason = 'x'", 'a tombstone stays'],
      ['DELETE FROM tombstones', 'a tombstone stays'],
    ];
    beforeEach(() => {
      db.prepare("INSERT INTO tombstones VALUES (?, 'why', 'then', 'local', 'deleted')").run(idOf(1));
    });

    test.each(ALLOWED)('%s', (sql) => {
      expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
      db.close();
    });

    test.each(KEPT)('%s is refused', (sql, because) => {
      expect(() => db.exec(sql)).toThrow(because);
      db.close();
    });

    test('the workflow’s row is emptied once, and stays', () => {
      db.exec(`${EMPTY}, erased_at = 'then' WHERE status = 'completed'`);
      expect(() => db.exec(`${EMPTY}, erased_at = 'then' WHERE status = 'completed'`)).toThrow('does not change');
      expect(() => db.exec("REPLACE INTO tombstones VALUES ('x', '', '', '', 'deleted')")).toThrow('once');
      db.close();
    });
  });
});
