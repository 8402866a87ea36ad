import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import process from 'node:process';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Maintenance } from '../../../../src/core/audit.ts';
import { MIGRATIONS, newestMigration } from '../../../../src/store/sqlite/migrate.ts';
import { openSqliteStore, sqliteMaintenance } from '../../../../src/store/sqlite/sqlite.ts';
import { idOf, ROOM, submission, textOf } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { everyKind, firstRelease } from './databases.ts';
import { unguarded } from './tampering.ts';

const NEWEST = newestMigration();

function maintain(file: string): Maintenance {
  return sqliteMaintenance({ file, clock: new FakeClock(), lockWaitMs: 200 });
}

interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly maintenance: Maintenance;
}

/** Eleven workflows, two of them erased. */
async function bench(fill: (file: string) => Promise<void> = everyKind): Promise<Bench> {
  const folder = await temporaryFolder();
  const file = `${folder}/a.db`;
  await fill(file);
  return { folder, file, maintenance: maintain(file) };
}

describe('inspecting', () => {
  test('says what is there', async () => {
    const { file, maintenance } = await bench();
    const { size } = await stat(file);
    expect(await maintenance.inspect()).toEqual({
      file,
      exists: true,
      bytes: size,
      schema: NEWEST,
      newest_schema: NEWEST,
      workflows: 9,
    });
  });

  test('leaves nothing beside the file, nor do checking and copying', async () => {
    const { folder, maintenance } = await bench();
    await maintenance.inspect();
    await maintenance.check();
    await maintenance.backup(`${folder}/b.db`);
    expect((await readdir(folder)).sort()).toEqual(['a.db', 'b.db']);
  });

  test('tells an older schema and leaves it so', async () => {
    const { file, maintenance } = await bench(firstRelease);
    const bytes = await readFile(file);
    expect(await maintenance.inspect()).toMatchObject({ schema: 1, newest_schema: NEWEST, workflows: 3 });
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test('of what is not there makes nothing', async () => {
    const folder = await temporaryFolder();
    const file = `${folder}/deep/a.db`;
    const nothing = { file, exists: false, bytes: 0, schema: null, newest_schema: NEWEST, workflows: 0 };
    expect(await maintain(file).inspect()).toEqual(nothing);
    await writeFile(`${folder}/empty.db`, '');
    expect(await maintain(`${folder}/empty.db`).inspect()).toMatchObject({ exists: true, schema: null, workflows: 0 });
    expect((await readdir(folder)).filter((name) => !name.startsWith('empty'))).toEqual([]);
  });

  const REFUSED: Record<string, readonly [sql: string, code: string]> = {
    'another program’s tables': ['CREATE TABLE notes (id)', 'STORE_CORRUPT'],
    'a newer release’s schema': [
      `CREATE TABLE migrations (number, breaking, applied_at); INSERT INTO migrations VALUES (99, 1, '')`,
      'STORE_NEWER',
    ],
    'a ledger without its tables': [
      `CREATE TABLE migrations (number, breaking, applied_at); INSERT INTO migrations VALUES (1, 1, '')`,
      'STORE_CORRUPT',
    ],
  };
  test.each(Object.keys(REFUSED))('of %s says what is wrong', async (name) => {
    const [sql = '', code] = REFUSED[name] ?? [];
    const file = `${await temporaryFolder()}/a.db`;
    new SqliteDatabase(file).exec(sql).close();
    const bytes = await readFile(file);
    await expect(maintain(file).inspect()).rejects.toMatchObject({ code });
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test('of a file that is no database says so', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    await writeFile(file, 'Dear diary, '.repeat(1000));
    await expect(maintain(file).inspect()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});

describe('migrating', () => {
  test('makes a new file with its folders', async () => {
    const file = `${await temporaryFolder()}/deep/er/a.db`;
    const made = await maintain(file).migrate();
    expect(made).toMatchObject({
      file,
      exists: true,
      schema: NEWEST,
      workflows: 0,
      applied: MIGRATIONS.map((one) => one.number),
    });
  });

  test('applies what is missing, once', async () => {
    const { maintenance } = await bench(firstRelease);
    const applied = MIGRATIONS.map((one) => one.number).filter((number) => number > 1);
    expect(await maintenance.migrate()).toMatchObject({ schema: NEWEST, workflows: 3, applied });
    expect(await maintenance.migrate()).toMatchObject({ schema: NEWEST, workflows: 3, applied: [] });
  });

  test('of a file that is in use waits only so long', async () => {
    const { file, maintenance } = await bench(firstRelease);
    const blocker = new SqliteDatabase(file);
    blocker.exec('BEGIN EXCLUSIVE');
    await expect(maintenance.migrate()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    blocker.close();
  });
});

describe('checking', () => {
  test('a sound database is sound, and the same bytes afterwards', async () => {
    const { file, maintenance } = await bench();
    const bytes = await readFile(file);
    const view = await maintenance.check();
    expect(view).toMatchObject({ sound: true, workflows: 9, workflows_checked: 11, findings: [] });
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test('a database as a process left it that was killed is sound, and not touched', async () => {
    const { file, folder } = await bench();
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    await store.workflows.create(submission(20), ROOM);
    await store.texts.put(textOf('what it wrote last', { stored_by: idOf(20) }));
    const killed = `${folder}/killed.db`;
    for (const end of ['', '-wal']) await copyFile(`${file}${end}`, `${killed}${end}`);
    await store.close();
    const before = await Promise.all([killed, `${killed}-wal`].map((path) => readFile(path)));
    expect(await maintain(killed).check()).toMatchObject({ sound: true, workflows: 10, workflows_checked: 12 });
    const after = await Promise.all([killed, `${killed}-wal`].map((path) => readFile(path)));
    expect(after).toEqual(before);
  });

  test('goes on beside a process that writes', async () => {
    const { file, maintenance } = await bench();
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    const checking = maintenance.check();
    for (let n = 20; n < 60; n += 1) await store.workflows.create(submission(n), ROOM);
    expect(await checking).toMatchObject({ sound: true });
    expect(await maintenance.check()).toMatchObject({ sound: true, workflows: 49 });
    await store.close();
  });

  test('an older schema is checked as such', async () => {
    const { file, maintenance } = await bench(firstRelease);
    expect(await maintenance.check()).toMatchObject({ sound: true, schema: 1, workflows: 3, workflows_checked: 0 });
    new SqliteDatabase(file).exec('DROP TRIGGER events_never_change').close();
    const { findings } = await maintenance.check();
    expect(findings).toEqual([{ where: 'schema events_never_change', what: 'The trigger is missing.' }]);
  });

  test('tables, views and indexes of the user’s own are none of our business', async () => {
    const { file, maintenance } = await bench();
    new SqliteDatabase(file)
      .exec('CREATE TABLE notes (id); CREATE INDEX mine ON claims (label); CREATE VIEW mine_too AS SELECT 1')
      .exec('CREATE TRIGGER on_notes AFTER INSERT ON notes BEGIN SELECT 1; END; ANALYZE')
      .close();
    expect(await maintenance.check()).toMatchObject({ sound: true });
  });

  const FAULTS: readonly (readonly [sql: string, finding: object])[] = [
    [
      `UPDATE claims SET text = 'x' WHERE task_id = '${idOf(1)}'`,
      { task_id: idOf(1), where: 'claims belter-1.1', what: 'The row is not what was sealed.' },
    ],
    ['DROP INDEX idx_events_seq', { where: 'schema idx_events_seq', what: 'The index is missing.' }],
    ['DROP TABLE claims', { where: 'schema claims', what: 'The table is missing.' }],
    ['ALTER TABLE steps ADD COLUMN x', { where: 'schema steps', what: 'The table was changed.' }],
    [
      'CREATE TRIGGER sneaky AFTER INSERT ON events BEGIN SELECT 1; END',
      { where: 'schema sneaky', what: 'A trigger on events that is not ours.' },
    ],
    [
      "INSERT INTO steps SELECT 'nobody', step_id, kind, agent_id, status, idempotency_key, input_hash, input, output, error, attempts, failures, available_at, started_at, completed_at, adopted_from FROM steps LIMIT 1",
      { task_id: 'nobody', where: 'workflows' },
    ],
    [
      "INSERT INTO tombstones VALUES ('nobody', 'why', 'then', 'local', 'deleted')",
      { task_id: 'nobody', where: 'workflows' },
    ],
    [
      `UPDATE sources SET sha256 = 'x' WHERE task_id = '${idOf(1)}'`,
      { where: 'sources', what: 'It refers to a row of texts that is not there.' },
    ],
    [
      `DELETE FROM search_entries WHERE task_id = '${idOf(8)}'`,
      { task_id: idOf(8), where: 'search_index', what: 'It is not in the full-text index.' },
    ],
    [
      `INSERT INTO search_entries (task_id) VALUES ('${idOf(5)}')`,
      { task_id: idOf(5), where: 'search_index', what: 'It is in the full-text index and has no content.' },
    ],
    ['UPDATE search_index_data SET block = zeroblob(40) WHERE id > 10', { where: 'database' }],
    [
      "INSERT INTO search_index (rowid, task) VALUES (999, 'stray')",
      { where: 'search_index', what: 'Entry 999 of the full-text index belongs to no workflow.' },
    ],
  ];
  test.each(FAULTS)('finds: %s', async (sql, finding) => {
    const { file, maintenance } = await bench();
    const db = unguarded(file);
    db.exec(sql);
    db.close();
    const { sound, findings } = await maintenance.check();
    expect(sound).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining(finding));
  });

  test('finds damage to a page, wherever it is, or says that the file cannot be read', async () => {
    const { file, folder } = await bench();
    // Without free pages, in which nothing is to be damaged.
    new SqliteDatabase(file).exec('VACUUM').close();
    const bytes = await readFile(file);
    const missed: number[] = [];
    for (let page = 1; page < bytes.length / 4096; page += 2) {
      const damaged = `${folder}/damaged.db`;
      await writeFile(damaged, Buffer.from(bytes).fill(0x5a, page * 4096, (page + 1) * 4096));
      const told = await maintain(damaged)
        .check()
        .then(
          ({ sound }) => sound,
          (thrown: { code: string }) => thrown.code,
        );
      if (told !== false && told !== 'STORE_CORRUPT') missed.push(page);
    }
    expect(missed).toEqual([]);
  });

  test('of what is not there says so', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    await expect(maintain(file).check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('a backup', () => {
  test('is a complete database of its own, for its user alone', async () => {
    const { folder, maintenance } = await bench();
    const target = `${folder}/backup.db`;
    const view = await maintenance.backup(target);
    const bytes = await readFile(target);
    expect(view).toEqual({
      file: target,
      bytes: bytes.length,
      workflows: 9,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(await maintain(target).check()).toMatchObject({ sound: true, workflows: 9, workflows_checked: 11 });
    const store = await openSqliteStore({ file: target, clock: new FakeClock() });
    expect(await store.workflows.get(idOf(1))).toMatchObject({ status: 'completed' });
    await store.close();
  });

  test('of a database in use is what one moment saw, log included', async () => {
    const { file, folder, maintenance } = await bench();
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    await store.workflows.create(submission(20), ROOM);
    await maintenance.backup(`${folder}/backup.db`);
    await store.close();
    expect(await maintain(`${folder}/backup.db`).check()).toMatchObject({ sound: true, workflows: 10 });
  });

  test('never replaces a file, and needs its folder', async () => {
    const { file, folder, maintenance } = await bench();
    await writeFile(`${folder}/taken`, 'mine');
    await mkdir(`${folder}/folder`);
    for (const target of [file, `${folder}/taken`, `${folder}/folder`, `${folder}/missing/b.db`]) {
      await expect(maintenance.backup(target)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    expect(await readFile(`${folder}/taken`, 'utf8')).toBe('mine');
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  test('that fails leaves nothing behind', async () => {
    const { file, folder } = await bench();
    const bytes = await readFile(file);
    await writeFile(file, Buffer.from(bytes).fill(0x5a, 8192, bytes.length));
    await expect(maintain(file).backup(`${folder}/backup.db`)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await expect(maintain(`${folder}/none.db`).backup(`${folder}/backup.db`)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect((await readdir(folder)).filter((name) => name.startsWith('backup'))).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)('into a folder this user may not write is told as such', async () => {
    const { folder, maintenance } = await bench();
    await mkdir(`${folder}/locked`);
    await chmod(`${folder}/locked`, 0o555);
    await expect(maintenance.backup(`${folder}/locked/b.db`)).rejects.toMatchObject({ code: 'STORE_READ_ONLY' });
  });
});
