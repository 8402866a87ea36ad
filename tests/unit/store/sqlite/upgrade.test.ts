import { readFile } from 'node:fs/promises';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { isCurrent, migrate, MIGRATIONS, newestMigration } from '../../../../src/store/sqlite/migrate.ts';
import { openSqliteStore, sqliteMaintenance } from '../../../../src/store/sqlite/sqlite.ts';
import type { Store, StoreText } from '../../../../src/store/store.ts';
import {
  begun,
  calling,
  end,
  ERASURE,
  idOf,
  intent,
  outcome,
  query,
  settlement,
  spec,
  take,
  textOf,
} from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { FIRST_RELEASE, firstRelease } from './databases.ts';

const { ended: ENDED, interrupted: INTERRUPTED } = FIRST_RELEASE;
const ALL = [...ENDED, INTERRUPTED];
const AT = '2027-01-01T00:00:00.000Z';

/** What the columns of the first release say of a table's rows. */
type Told = readonly unknown[];

async function before(): Promise<{ file: string; rows: ReadonlyMap<string, Told> }> {
  const file = `${await temporaryFolder()}/a.db`;
  await firstRelease(file);
  return { file, rows: rowsOf(file) };
}

function rowsOf(file: string, columns?: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, Told> {
  const db = new SqliteDatabase(file, { readonly: true });
  const tables = ['workflows', 'events', 'results', 'steps', 'texts', 'sources', 'passages', 'claims'];
  const of = (table: string): readonly string[] => columns?.get(table) ?? columnsOf(db, table);
  const rows = new Map(tables.map((table) => [table, db.prepare(`SELECT ${of(table).join()} FROM ${table}`).all()]));
  db.close();
  return rows;
}

function columnsOf(db: SqliteDatabase.Database, table: string): readonly string[] {
  return db.prepare<[string], string>(`SELECT '"' || name || '"' FROM pragma_table_info(?)`).pluck().all(table);
}

function open(file: string): Promise<Store> {
  return openSqliteStore({ file, clock: new FakeClock(Date.parse(AT)) });
}

describe('a database of the first release', () => {
  test('keeps every value of every row', async () => {
    const { file, rows } = await before();
    const columns = new Map(
      [...rows].map(([table, [row]]) => [table, Object.keys(row ?? {}).map((name) => `"${name}"`)]),
    );
    await (await open(file)).close();
    expect(rowsOf(file, columns)).toEqual(rows);
    expect([...rows.values()].every((told) => told.length > 0)).toBe(true);
  });

  test('is proven from then on', async () => {
    const { file } = await before();
    const store = await open(file);
    const views = await Promise.all(ALL.map((task_id) => store.audit.verify(task_id)));
    expect(views.map((view) => view?.state)).toEqual(['sealed', 'sealed', 'open']);
    for (const view of views) expect(view).toMatchObject({ sound: true, findings: [] });
    await store.close();
    const check = await sqliteMaintenance({ file, clock: new FakeClock() }).check();
    expect(check).toMatchObject({ sound: true, schema: newestMigration(), workflows_checked: 3, findings: [] });
  });

  test('is searched: tasks of all, reports of those that ended', async () => {
    const { file } = await before();
    const store = await open(file);
    const found = async (...words: readonly string[]): Promise<readonly string[]> =>
      (await store.workflows.list(query({ words }))).map(({ workflow }) => workflow.task_id).sort();
    expect(await found('rollback', 'journals', 'compare')).toEqual([INTERRUPTED]);
    expect(await found('throughput', 'writers')).toEqual([ENDED[1]]);
    expect(await found('what')).toContain(ENDED[1]);
    await store.close();
  });

  test('carries on where it was interrupted, to an end that is sealed', async () => {
    const { file } = await before();
    const store = await open(file);
    const { hold, workflow } = await take(store, { task_id: INTERRUPTED, dead: await store.workflows.holders() });
    expect(workflow).toMatchObject({ resumed: 1, version: 17, resumed_from: null, trace: null });
    await store.steps.begin(hold, intent('agent:belter-1'));
    await store.steps.settle(hold, outcome('agent:belter-1'));
    await store.workflows.finish(hold, end());
    expect(await store.audit.verify(INTERRUPTED)).toMatchObject({ sound: true, state: 'sealed' });
    await store.close();
  });

  test('gives its outcomes to a new workflow, and can be erased', async () => {
    const { file } = await before();
    const store = await open(file);
    const [from] = ENDED;
    const { hold } = await take(store, { task_id: INTERRUPTED, dead: await store.workflows.holders() });
    const adopted = { spec: spec('agent:belter-2'), idempotency_key: 'x', from, events: [] };
    expect(await store.steps.adopt(hold, adopted)).toBeNull();
    const claims = await store.claims.list(from);
    expect(claims.length).toBeGreaterThan(0);
    expect(await store.workflows.erase(from, ERASURE)).toMatchObject({ claims: claims.length, steps: 5, texts: 0 });
    expect(await store.audit.verify(from)).toMatchObject({ sound: true, state: 'erased' });
    await store.close();
  });

  test('knows which step brought each row', async () => {
    const { file } = await before();
    await (await open(file)).close();
    const db = new SqliteDatabase(file, { readonly: true });
    const strays = `SELECT count(*) FROM (SELECT task_id, step_id FROM sources UNION SELECT task_id, step_id FROM passages
      UNION SELECT task_id, step_id FROM claims) WHERE (task_id, step_id) NOT IN (SELECT task_id, step_id FROM steps)`;
    expect(db.prepare(strays).pluck().get()).toBe(0);
    db.close();
  });

  test('is left as it was when the upgrade fails on its way', async () => {
    const { file, rows } = await before();
    const db = new SqliteDatabase(file);
    const failing = MIGRATIONS.map((migration) => ({
      ...migration,
      run: (target: typeof db) => {
        migration.run?.(target);
        throw new Error('the power goes');
      },
    }));
    expect(() => migrate(db, AT, failing)).toThrow('the power goes');
    db.close();
    expect(rowsOf(file)).toEqual(rows);
    const store = await open(file);
    expect(await store.audit.verify(INTERRUPTED)).toMatchObject({ sound: true });
    await store.close();
  });

  test('once upgraded is refused by the first release, and left alone', async () => {
    const { file } = await before();
    await (await open(file)).close();
    const bytes = await readFile(file);
    const db = new SqliteDatabase(file, { readonly: true });
    const first = MIGRATIONS.filter(({ number }) => number === 1);
    expect(() => isCurrent(db, first)).toThrow('written by a newer release');
    db.close();
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });
});

/** A database as it was before texts had readers. */
async function beforeReaders(file: string): Promise<void> {
  await (await open(file)).close();
  const db = new SqliteDatabase(file);
  db.exec('DROP TRIGGER who_stores_a_text_reads_it; DROP TABLE text_readers; DELETE FROM migrations WHERE number = 4');
  db.close();
}

test('a database that did not know who reads which text learns it from who stored it and from what tools brought', async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const store = await open(file);
  const [page, own] = [textOf('a page'), textOf('a page of its own', { stored_by: idOf(2) })];
  const [first, second] = [await calling(store, 1), await calling(store, 2)];
  await store.texts.put(page);
  await store.texts.put(own);
  const { call_id } = await begun(store, second, { kind: 'tool', name: 'web_search' });
  const output = { text: '', failed: false, brought: [page, 'none of ours'].map(named) };
  await store.calls.settle(second, settlement(call_id, { outcome: { kind: 'succeeded', output } }));
  await store.workflows.finish(first, end({ status: 'cancelled', result: null }));
  await store.close();
  await beforeReaders(file);
  const upgraded = await open(file);
  expect(await upgraded.workflows.erase(idOf(1), ERASURE)).toMatchObject({ texts: 0 });
  expect((await upgraded.texts.get(page.sha256, page.format)).text).toBe('a page');
  await upgraded.workflows.finish(second, end({ status: 'cancelled', result: null }));
  expect(await upgraded.workflows.erase(idOf(2), ERASURE)).toMatchObject({ texts: 2 });
  await upgraded.close();
  expect(await sqliteMaintenance({ file, clock: new FakeClock() }).check()).toMatchObject({ sound: true });
});

function named(text: StoreText | string): Json {
  return typeof text === 'string' ? text : { sha256: text.sha256, format: text.format };
}
