import type { Database } from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AuditView } from '../../../../src/core/audit.ts';
import { SEALED } from '../../../../src/store/chain.ts';
import { prepareRecord, verify } from '../../../../src/store/sqlite/audit.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { prepareTextCheck } from '../../../../src/store/sqlite/texts.ts';
import { ended, ERASURE, idOf, textOf } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { unguarded } from './tampering.ts';

const ENDED = idOf(1);
const ERASED = idOf(2);
const TEXT = textOf('quote and more of 1').sha256;

let db: Database;
beforeEach(async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const store = await openSqliteStore({ file, clock: new FakeClock() });
  for (const id of [ENDED, ERASED]) await ended(store, id === ENDED ? 1 : 2);
  await store.workflows.erase(ERASED, ERASURE);
  await store.close();
  db = unguarded(file);
});

async function audit(task_id: string): Promise<AuditView | null> {
  const record = prepareRecord(db)(task_id);
  return record === null ? null : verify(record, prepareTextCheck(db));
}

async function wheres(task_id: string): Promise<readonly string[]> {
  return ((await audit(task_id))?.findings ?? []).map(({ where }) => where);
}

describe('a finding names the row', () => {
  const own = `task_id = '${ENDED}'`;
  const TAMPERED: readonly (readonly [sql: string, where: readonly string[]])[] = [
    [`UPDATE events SET event_data = '{}' WHERE ${own} AND seq = 1`, ['events seq 1']],
    [`UPDATE events SET data_hash = 'x' WHERE ${own} AND seq = 1`, ['events seq 1', 'events seq 1']],
    [`UPDATE events SET hash = 'x' WHERE ${own} AND seq = 1`, ['events seq 1']],
    [`UPDATE events SET id = id + 1000 WHERE ${own} AND seq = 2`, ['events seq 2']],
    [`UPDATE events SET agent_id = 'x' WHERE ${own} AND seq = 2`, ['events seq 2']],
    [`DELETE FROM events WHERE ${own} AND seq = 1`, ['events seq 1']],
    [`UPDATE steps SET output = '{"found":4}' WHERE ${own} AND step_id = 'collect'`, ['steps collect']],
    [`DELETE FROM steps WHERE ${own} AND step_id = 'collect'`, ['steps collect']],
    [
      `INSERT INTO steps SELECT task_id, CAST(step_id AS BLOB), kind, agent_id, status, idempotency_key, input_hash, input,
        output, error, attempts, failures, available_at, started_at, completed_at, adopted_from
        FROM steps WHERE ${own} AND step_id = 'collect'`,
      ['steps collect', 'steps collect'],
    ],
    [`UPDATE sources SET step_id = 'x' WHERE ${own}`, ['sources s1']],
    [`UPDATE passages SET score = score + 1e-9 WHERE ${own}`, ['passages belter-1.p1']],
    [`UPDATE claims SET label = 'unsupported' WHERE ${own}`, ['claims belter-1.1']],
    [
      `INSERT INTO claims SELECT task_id, 'belter-1.2', position, agent_id, source_id, text, quote, "start", "end", label,
        location, heading, score, objective, step_id FROM claims WHERE ${own}`,
      ['claims belter-1.2'],
    ],
    [`UPDATE results SET result = result || ' ' WHERE ${own}`, ['results']],
    [`UPDATE results SET total_cost = 9e999 WHERE ${own}`, ['results']],
    [`DELETE FROM results WHERE ${own}`, ['results']],
    [`UPDATE workflows SET deadline_at = NULL WHERE ${own}`, ['workflows']],
    [`UPDATE workflows SET title = 'x' WHERE ${own}`, ['workflows', 'workflows']],
    [`UPDATE workflows SET head = 'x' WHERE ${own}`, ['workflows']],
    [`UPDATE workflows SET last_seq = 3 WHERE ${own}`, ['events seq 3']],
    [`UPDATE seals SET list = list || ' ' WHERE ${own}`, ['seals']],
    [`UPDATE seals SET list = 'x' WHERE ${own}`, ['seals', 'seals']],
    [`DELETE FROM seals WHERE ${own}`, ['seals']],
    [`UPDATE texts SET layout = x'00' WHERE sha256 = '${TEXT}'`, [`texts ${TEXT}/markdown`]],
    [`DELETE FROM texts WHERE sha256 = '${TEXT}'`, [`texts ${TEXT}/markdown`]],
    [`INSERT INTO tombstones SELECT '${ENDED}', reason, created_at, owner, kind FROM tombstones`, ['tombstones']],
    [`DELETE FROM workflows WHERE ${own}`, ['workflows']],
  ];
  test.each(TAMPERED)('%s', async (sql, where) => {
    expect(db.prepare(sql).run().changes).toBe(1);
    expect(await audit(ENDED)).toMatchObject({ sound: false });
    expect(await wheres(ENDED)).toEqual(where);
    expect(await audit(ERASED)).toMatchObject({ sound: true });
  });

  const skeleton = `task_id = '${ERASED}'`;
  const DISTURBED: readonly (readonly [sql: string, where: readonly string[]])[] = [
    [`UPDATE events SET event_data = '{}' WHERE ${skeleton} AND seq = 1`, ['events seq 1']],
    [`UPDATE events SET timestamp = 'x' WHERE ${skeleton} AND seq = 1`, ['events seq 1']],
    [`DELETE FROM events WHERE ${skeleton} AND seq = 3`, ['events seq 3']],
    [`UPDATE workflows SET completed_at = 'x' WHERE ${skeleton}`, ['events seq 3']],
    [`UPDATE workflows SET task = 'x' WHERE ${skeleton}`, ['events seq 3']],
    [`UPDATE workflows SET seal = 'x' WHERE ${skeleton}`, ['events seq 2']],
    [`UPDATE workflows SET genesis = 'x' WHERE ${skeleton}`, ['events seq 1']],
    [`UPDATE tombstones SET reason = 'x'`, ['tombstones']],
    [`UPDATE tombstones SET owner = 'x'`, ['tombstones']],
    [`DELETE FROM tombstones`, ['tombstones']],
    [`INSERT INTO seals VALUES ('${ERASED}', '[]')`, ['seals']],
    [`INSERT INTO results VALUES ('${ERASED}', '{}', 0, 0, '')`, ['results']],
  ];
  test.each(DISTURBED)('of the skeleton: %s', async (sql, where) => {
    expect(db.prepare(sql).run().changes).toBe(1);
    expect(await wheres(ERASED)).toEqual(expect.arrayContaining([...where]));
    expect(await audit(ENDED)).toMatchObject({ sound: true });
  });
});

test('an honest chain takes one hash of each event, however long it is', async () => {
  const row = db.prepare<[string], object>('SELECT * FROM events WHERE task_id = ? AND seq = 1').get(ENDED);
  const insert = db.prepare(
    `INSERT INTO events VALUES (@id, @task_id, 'agent_progress', @event_data, @timestamp, @seq, NULL, 'x', 'x')`,
  );
  db.transaction(() => {
    for (let n = 0; n < 20_000; n += 1) insert.run({ ...row, id: 1000 + n, seq: 3 + n });
  })();
  // With a hash of each for each, these would be 200 million: minutes, and no test takes that.
  expect(await audit(ENDED)).toMatchObject({ sound: false, events: 20_002 });
});

test('a seal covers every column there is', () => {
  /** What holds the proof, follows from it, or names the workflow. */
  const BESIDE = new Set(['salt', 'genesis', 'head', 'seal', 'last_seq', 'erased_at']);
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  for (const [table, { columns: sealed }] of Object.entries(SEALED)) {
    if (table === 'texts') continue;
    const all = columns.all(table).filter((column) => !BESIDE.has(column));
    const expected = table === 'workflows' ? all : all.filter((column) => column !== 'task_id');
    expect([...sealed].sort()).toEqual(expected.sort());
  }
});
