/** Figures kept beside the rows: that a former release's workflows come into them, and that a check tells where they are wrong. */

import { describe, expect, onTestFinished, test } from 'vitest';
import type { CheckView } from '../../../../src/core/audit.ts';
import { migrate, MIGRATIONS } from '../../../../src/store/sqlite/migrate.ts';
import { countMore } from '../../../../src/store/sqlite/migrations/0006-figures.ts';
import { openSqliteStore, sqliteMaintenance } from '../../../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../../../src/store/store.ts';
import { end, ended, ERASURE, ERROR, idOf, ROOM, submission, take } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { raw } from '../../../support/raw.ts';
import { everyKind, FIRST_RELEASE, firstRelease } from './databases.ts';

const ALWAYS = { owner: 'local', since: null, until: null };
const DAY_MS = 86_400_000;

async function open(file: string): Promise<Store> {
  const store = await openSqliteStore({ file, clock: new FakeClock() });
  onTestFinished(() => store.close());
  return store;
}

function checked(file: string): Promise<CheckView> {
  return sqliteMaintenance({ file, clock: new FakeClock() }).check();
}

/** As the migration leaves a database that is too large to be counted while it is opened. */
function uncounted(file: string): void {
  raw(file, (db) => db.exec("DELETE FROM figures; INSERT INTO figures_to_come VALUES ('', '')"));
}

/** Twelve workflows of as many days. */
async function several(file: string): Promise<void> {
  const clock = new FakeClock();
  const store = await openSqliteStore({ file, clock });
  for (let n = 1; n <= 12; n += 1) {
    const failed = { status: 'failed', error: ERROR, result: null } as const;
    const change = { execution_time: n, total_cost: n / 10, ...(n % 4 === 0 ? failed : {}) };
    await ended(store, n, { finish: change, submission: { owner: n % 3 === 0 ? 'other' : 'local' } });
    clock.jump(DAY_MS * 9);
  }
  await store.close();
}

/** All that there is to ask, of one owner and of all, over everything and over a part that ends within days. */
async function everything(file: string): Promise<unknown> {
  const store = await openSqliteStore({ file, clock: new FakeClock() });
  const part = { since: '2026-01-05T00:00:00.001Z', until: '2026-03-20T12:00:00.000Z' };
  const page = { limit: 20, after: null };
  const { analytics } = store;
  const asked = [ALWAYS, { ...ALWAYS, owner: null }, { ...ALWAYS, ...part }, { ...part, owner: null }].map(
    (selection) =>
      Promise.all([
        analytics.figures('local', selection),
        analytics.summary(selection),
        analytics.workflows(selection, { limit: 20, before: null, ended_after: '' }),
        analytics.costs(selection, page),
        analytics.performance(selection, page),
      ]),
  );
  const answers = await Promise.all(asked);
  await store.close();
  return answers;
}

describe('workflows of a former release', () => {
  test('are counted while a small database is opened', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    await firstRelease(file);
    const store = await open(file);
    expect(await store.analytics.countMore()).toBe(false);
    const { by_status } = await store.analytics.summary(ALWAYS);
    expect(by_status).toEqual({
      pending: 0,
      running: 1,
      completed: FIRST_RELEASE.ended.length,
      failed: 0,
      cancelled: 0,
    });
    expect(raw(file, (db) => db.prepare('SELECT count(*) FROM figures').pluck().get())).toBe(2);
  });

  test('give the same answers before, while and after they are counted', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    await several(file);
    const counted = await everything(file);
    uncounted(file);
    expect(await everything(file)).toEqual(counted);
    for (const [more, there] of [
      [true, 5],
      [true, 10],
      [false, 12],
    ] as const) {
      expect(raw(file, (db) => db.transaction(() => countMore(db, 5))())).toBe(more);
      expect(raw(file, (db) => db.prepare('SELECT count(*) FROM figures').pluck().get())).toBe(there);
      expect(await everything(file)).toEqual(counted);
      expect(await checked(file)).toMatchObject({ sound: true, findings: [] });
    }
    expect(raw(file, (db) => countMore(db, 5))).toBe(false);
  });

  test('that ended or were erased meanwhile are counted once, and not at all', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    await several(file);
    const before = await open(file);
    await before.workflows.create(submission(20), ROOM);
    uncounted(file);
    await before.workflows.finish((await take(before, { task_id: idOf(20) })).hold, end());
    await before.workflows.erase(idOf(2), ERASURE);
    while (await before.analytics.countMore());
    expect((await before.analytics.summary(ALWAYS)).total_workflows).toBe(8);
    await before.close();
    expect(await checked(file)).toMatchObject({ sound: true, findings: [] });
  });

  test('are left for later where there are many, and counted by `db migrate`', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    raw(file, (db) => {
      migrate(
        db,
        '2026-01-01',
        MIGRATIONS.filter(({ number }) => number < 6),
      );
      db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001)
        INSERT INTO workflows (task_id, orchestrator_type, task, status, created_at, config, owner, phase, input_hash, salt)
        SELECT 'wf_' || i, 'swarm', 't', 'cancelled', '2026-01-01T00:00:00.000Z', '{"model":"m"}', 'local', 'done', '', 's' FROM n`);
    });
    const store = await open(file);
    expect(await store.analytics.countMore()).toBe(true);
    expect((await store.analytics.summary(ALWAYS)).by_status.cancelled).toBe(2001);
    await sqliteMaintenance({ file, clock: new FakeClock() }).migrate();
    expect(await store.analytics.countMore()).toBe(false);
    expect((await store.analytics.summary(ALWAYS)).by_status.cancelled).toBe(2001);
    expect(raw(file, (db) => db.prepare('SELECT sum(workflows) FROM rollups').pluck().get())).toBe(4002);
  });
});

describe('a check', () => {
  const day = { where: 'rollups', what: 'The sums of 2026-01-01, owner local, are not those of its workflows.' };
  const WRONG: readonly (readonly [sql: string, finding: Partial<CheckView['findings'][number]>])[] = [
    [
      `DELETE FROM figures WHERE task_id = '${idOf(1)}'`,
      { where: 'figures', task_id: idOf(1), what: 'It ended and is not counted.' },
    ],
    [
      `INSERT INTO figures SELECT owner, created_at, '${idOf(7)}', completed_at, orchestrator_type, model, status, code, 1, 1, 1, 1
       FROM figures WHERE task_id = '${idOf(1)}'`,
      { where: 'figures', task_id: idOf(7), what: 'It is counted and has no content.' },
    ],
    [
      `DROP TRIGGER figures_never_change; UPDATE figures SET microusd = 7 WHERE task_id = '${idOf(1)}'`,
      { where: 'figures', task_id: idOf(1), what: 'Its figures are not those of its rows.' },
    ],
    [
      `DROP TRIGGER figures_never_change; UPDATE figures SET time_bucket = 3 WHERE task_id = '${idOf(1)}'`,
      { where: 'figures', task_id: idOf(1), what: 'Its figures are not those of its rows.' },
    ],
    ["UPDATE rollups SET microusd = microusd + 1 WHERE begins = '2026-01-01'", day],
    ["DELETE FROM rollups WHERE begins = '2026-01-01'", day],
    [
      "UPDATE rollup_buckets SET results = results + 1 WHERE begins = '2026-01'",
      { where: 'rollup_buckets', what: 'The sums of 2026-01, owner local, are not those of its workflows.' },
    ],
  ];
  test.each(WRONG)('finds what %s did', async (sql, finding) => {
    const file = `${await temporaryFolder()}/a.db`;
    await everyKind(file);
    expect((await checked(file)).findings).toEqual([]);
    raw(file, (db) => db.pragma('foreign_keys = OFF') && db.exec(sql));
    expect((await checked(file)).findings).toContainEqual(finding);
  });
});
