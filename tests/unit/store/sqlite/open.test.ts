import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Store } from '../../../../src/store/store.ts';
import { connect } from '../../../../src/store/sqlite/connection.ts';
import { isCurrent, migrate, MIGRATIONS, newestMigration } from '../../../../src/store/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { idOf, query, request, ROOM, submission, take } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const OPENER = fileURLToPath(new URL('opener.ts', import.meta.url));
const NOBODY = 65_534;

function open(file: string, lockWaitMs = 200): Promise<Store> {
  return openSqliteStore({ file, clock: new FakeClock(), lockWaitMs });
}

/** A file with one workflow in it. */
async function existing(): Promise<string> {
  const file = `${await temporaryFolder()}/a.db`;
  const store = await open(file);
  await store.workflows.create(submission(1), ROOM);
  await store.close();
  return file;
}

interface Answer {
  readonly code: string;
  readonly message: string;
  /** Whether it could open the file, so that work would have been accepted. */
  readonly accepted: boolean;
}

interface Opener {
  go(): Promise<Answer>;
}

async function opener(file: string, options: { number?: number; uid?: number } = {}): Promise<Opener> {
  const { number = 1, uid } = options;
  const child = spawn(process.execPath, [OPENER, file, String(number)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
  return {
    go: async () => {
      child.stdin.end('go\n');
      return JSON.parse(String((await lines.next()).value)) as Answer;
    },
  };
}

describe('a new file', () => {
  test('is made with its folders, for its user alone, and holds every migration', async () => {
    const folder = `${await temporaryFolder()}/deep/er`;
    const store = await open(`${folder}/a.db`);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await store.close();
    const db = new SqliteDatabase(`${folder}/a.db`);
    expect(db.prepare('SELECT number FROM migrations').pluck().all()).toEqual(MIGRATIONS.map(({ number }) => number));
    expect(isCurrent(db)).toBe(true);
    db.close();
  });

  test('is readable by its user alone, with the log beside it, also in a folder that others may read', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const store = await open(`${folder}/a.db`);
    await store.workflows.create(submission(1), ROOM);
    for (const name of ['a.db', 'a.db-wal', 'a.db-shm']) {
      expect([name, (await stat(`${folder}/${name}`)).mode & 0o777]).toEqual([name, 0o600]);
    }
    await store.close();
  });

  test.each([1, 2])('made by another process before look %i at it is not taken for another program’s', async (look) => {
    const file = `${await temporaryFolder()}/a.db`;
    const [db, other] = [new SqliteDatabase(file), new SqliteDatabase(file)];
    let looks = 0;
    const seen = new Proxy(db, {
      get: (target, name) => {
        if (name === 'prepare') looks += 1;
        if (looks === look) migrate(other, '2027-01-01T00:00:00.000Z');
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    expect(() => isCurrent(seen)).not.toThrow();
    db.close();
    other.close();
  });

  test('eight processes that start on it together all get it, whole', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    const openers = await Promise.all(Array.from({ length: 8 }, (_, n) => opener(file, { number: n + 1 })));
    const answers = await Promise.all(openers.map((one) => one.go()));
    expect(answers).toEqual(Array.from({ length: 8 }, () => ({ code: 'ok', message: '', accepted: true })));
    const store = await open(file);
    for (let n = 1; n <= 8; n += 1) expect(await store.workflows.get(idOf(n))).toMatchObject({ status: 'pending' });
    await store.close();
    const db = new SqliteDatabase(file);
    expect(db.prepare('SELECT count(*) FROM migrations').pluck().get()).toBe(MIGRATIONS.length);
    db.close();
  }, 120_000);

  test('that is deleted or replaced while open accepts nothing more and says so', async () => {
    const folder = await temporaryFolder();
    const file = `${folder}/a.db`;
    const store = await openSqliteStore({ file, clock: new FakeClock() });
    await store.workflows.create(submission(1), ROOM);
    await rename(file, `${file}.moved`);
    await expect(store.workflows.create(submission(2), ROOM)).rejects.toMatchObject({ code: 'STORE_GONE' });
    await expect(store.workflows.get(idOf(1))).rejects.toMatchObject({ code: 'STORE_GONE' });
    await writeFile(file, '');
    await expect(store.workflows.create(submission(2), ROOM)).rejects.toMatchObject({ code: 'STORE_GONE' });
    await rename(`${file}.moved`, file);
    expect((await store.workflows.create(submission(2), ROOM)).created).toBe(true);
    await store.close();
  });

  test('commits reach the disk before they are acknowledged', async () => {
    const db = await connect(`${await temporaryFolder()}/a.db`, { lockWaitMs: 0, at: '' });
    const setting = (name: string): unknown => db.pragma(name, { simple: true });
    expect(['journal_mode', 'synchronous', 'foreign_keys'].map(setting)).toEqual(['wal', 2, 1]);
    db.close();
  });

  test('nothing of what is written passes through a folder for temporary files', async () => {
    const db = await connect(`${await temporaryFolder()}/a.db`, { lockWaitMs: 0, at: '' });
    expect(db.pragma('temp_store', { simple: true })).toBe(2);
    db.close();
  });

  test('a store in memory needs no file', async () => {
    const store = await open(':memory:');
    expect((await store.workflows.create(submission(1), ROOM)).created).toBe(true);
    await store.close();
  });
});

describe('migrations', () => {
  const next = { number: newestMigration() + 1, sql: 'CREATE TABLE later (x)' };

  test('a newer release’s breaking change is refused and the file left alone', async () => {
    const file = await existing();
    const db = new SqliteDatabase(file);
    migrate(db, '2027-01-01T00:00:00.000Z', [...MIGRATIONS, { ...next, breaking: true }]);
    db.close();
    const before = await readFile(file);
    await expect(open(file)).rejects.toMatchObject({ code: 'STORE_NEWER' });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test('a newer release’s harmless change is no obstacle', async () => {
    const file = await existing();
    const db = new SqliteDatabase(file);
    migrate(db, '2027-01-01T00:00:00.000Z', [...MIGRATIONS, { ...next, breaking: false }]);
    db.close();
    const store = await open(file);
    expect(await store.workflows.get(idOf(1))).toMatchObject({ status: 'pending' });
    expect((await store.workflows.create(submission(2), ROOM)).created).toBe(true);
    await store.close();
  });

  test('an older file gets what is missing, once, and keeps what it has', async () => {
    const db = new SqliteDatabase(await existing());
    const migrations = [...MIGRATIONS, { ...next, breaking: true }];
    expect(isCurrent(db, migrations)).toBe(false);
    migrate(db, '2027-01-01T00:00:00.000Z', migrations);
    migrate(db, '2028-01-01T00:00:00.000Z', migrations);
    expect(isCurrent(db, migrations)).toBe(true);
    expect(db.prepare('SELECT applied_at FROM migrations WHERE number = ?').pluck().get(next.number)).toBe(
      '2027-01-01T00:00:00.000Z',
    );
    expect(db.prepare('SELECT count(*) FROM workflows').pluck().get()).toBe(1);
    db.close();
  });

  test('a migration that fails leaves nothing of itself', async () => {
    const db = new SqliteDatabase(await existing());
    const broken = [...MIGRATIONS, { number: next.number, breaking: true, sql: 'CREATE TABLE later (x); nonsense' }];
    expect(() => {
      migrate(db, '2027-01-01T00:00:00.000Z', broken);
    }).toThrow('nonsense');
    expect(isCurrent(db)).toBe(true);
    expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'later'").pluck().get()).toBe(0);
    db.close();
  });
});

describe('a file that is not ours is refused and left as it was', () => {
  const FOREIGN: Record<string, string> = {
    'another program’s tables': 'CREATE TABLE notes (id)',
    'another program’s migrations': 'CREATE TABLE migrations (id INTEGER PRIMARY KEY, name TEXT, run_on TEXT)',
    'another program’s migrations, numbered': 'CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT)',
    'a schema somebody changed': `CREATE TABLE migrations (number, breaking, applied_at);
      INSERT INTO migrations VALUES (1, 1, ''); CREATE TABLE workflows (task_id)`,
  };
  test.each(Object.keys(FOREIGN))('%s', async (name) => {
    const file = `${await temporaryFolder()}/a.db`;
    const db = new SqliteDatabase(file);
    db.pragma('journal_mode = WAL');
    db.exec(FOREIGN[name] ?? '');
    db.close();
    const before = await readFile(file);
    await expect(open(file)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test('gone or empty, with a log that is not: SQLite would delete the log', async () => {
    const file = await existing();
    await writeFile(`${file}-wal`, 'frames');
    await writeFile(file, '');
    await expect(open(file)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('empty') as unknown,
    });
    await rm(file);
    await expect(open(file)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('gone') as unknown,
    });
    expect(await readFile(`${file}-wal`, 'utf8')).toBe('frames');
  });

  test('not a database at all', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    await writeFile(file, 'Dear diary, '.repeat(1000));
    await expect(open(file)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect(await readFile(file, 'utf8')).toBe('Dear diary, '.repeat(1000));
  });

  test.each([16, 100, 4096, 40_960])('a database cut off after %d bytes', async (length) => {
    const file = await existing();
    await truncate(file, length);
    const before = await readFile(file);
    await expect(open(file)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test('a database damaged in the middle is told when the damage is met, at the latest', async () => {
    const file = await existing();
    const bytes = await readFile(file);
    bytes.fill(0x5a, 4096);
    await writeFile(file, bytes);
    const use = async (): Promise<void> => {
      const store = await open(file);
      await store.workflows.get(idOf(1));
      await store.close();
    };
    await expect(use()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});

/** Two workflows, the first of them damaged in this way. */
async function damaged(how: string): Promise<Store> {
  const file = await existing();
  const db = new SqliteDatabase(file);
  db.prepare(`UPDATE workflows SET ${how}`).run();
  db.close();
  const store = await open(file);
  await store.workflows.create(submission(2), ROOM);
  onTestFinished(() => store.close());
  return store;
}

describe('a row whose JSON is damaged', () => {
  test.each(["config = '{broken'", "stop = '{broken'", "trace = '{broken'", "error_record = '{broken'"])(
    'is told as damage, with its workflow and the way to find it: %s',
    async (how) => {
      const store = await damaged(how);
      await expect(store.workflows.get(idOf(1))).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringMatching(new RegExp(`${idOf(1)} holds .*{broken`)) as unknown,
        hint: expect.stringContaining('db check') as unknown,
      });
      expect(await store.workflows.get(idOf(2))).toMatchObject({ status: 'pending' });
    },
  );

  test('is listed with all others, and counted', async () => {
    const store = await damaged("config = '{broken'");
    const found = await store.workflows.list(query());
    expect(found.map(({ workflow }) => workflow.task_id).sort()).toEqual([idOf(1), idOf(2)]);
    const { totals } = await store.analytics.figures('local', { since: null, until: null });
    expect(totals.total_workflows).toBe(2);
  });

  test('does not hold up the queue behind it, nor the stops of others', async () => {
    const store = await damaged("config = '{broken', stop = '{broken'");
    expect((await take(store)).workflow.task_id).toBe(idOf(2));
    expect(await store.workflows.claim(request())).toBeNull();
    await store.workflows.requestStop(idOf(2), { kind: 'cancel', reason: null, finalize: false });
    const stops = await store.workflows.stops([idOf(1), idOf(2)]);
    expect(stops.map(({ task_id }) => task_id)).toEqual([idOf(2)]);
    // Time being up is told by whoever works on it, who can bring home what a cancel would not.
    const late = { kind: 'deadline', reason: null, finalize: true } as const;
    expect(await store.workflows.requestStop(idOf(1), late)).toEqual({ status: 'pending', stop: late });
    expect(await store.workflows.listed(idOf(1))).toMatchObject({ status: 'pending', stop: JSON.stringify(late) });
  });
});

describe('a place that cannot be used', () => {
  test('is told: below a file, a folder in place of the file, a name too long', async () => {
    const file = await existing();
    const folder = `${await temporaryFolder()}/folder.db`;
    await mkdir(folder);
    for (const path of [`${file}/x.db`, `${file}/deep/x.db`, folder, `${folder}/${'x'.repeat(300)}.db`]) {
      await expect(open(path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    for (const path of [`${folder}/${'x'.repeat(300)}/a.db`]) {
      await expect(open(path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
  });

  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY } : {};

  test('a folder this user may not write is told as such, with an old database and with none', async () => {
    const file = await existing();
    const folder = file.slice(0, -'/a.db'.length);
    await chmod(file, 0o666);
    await chmod(folder, 0o555);
    for (const path of [file, `${folder}/new.db`, `${folder}/deeper/new.db`]) {
      const answer = await (await opener(path, asNobody)).go();
      expect(answer).toMatchObject({ code: 'STORE_READ_ONLY', accepted: false });
      expect(answer.message).toContain(folder);
    }
    await chmod(folder, 0o755);
  });

  test('a file this user may not write is told as such before anything is accepted', async () => {
    const file = await existing();
    await chmod(file, 0o444);
    await chmod(file.slice(0, -'/a.db'.length), 0o777);
    const before = await readFile(file);
    expect(await (await opener(file, asNobody)).go()).toMatchObject({ code: 'STORE_READ_ONLY', accepted: false });
    expect((await readFile(file)).equals(before)).toBe(true);
  });
});

describe('opening while another program holds the lock', () => {
  test('waits without holding up the event loop', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    const blocker = new SqliteDatabase(file);
    blocker.exec('BEGIN EXCLUSIVE');
    const opening = open(file, 60_000);
    for (let turns = 0; turns < 50; turns += 1) await turn();
    // This same thread gives the lock back: had opening blocked it, it would wait a minute in vain, and no test takes that.
    blocker.exec('ROLLBACK');
    const store = await opening;
    expect(await store.workflows.get(idOf(1))).toBeNull();
    await store.close();
    blocker.close();
  });

  test('is told after the wait that was asked for', async () => {
    const file = `${await temporaryFolder()}/a.db`;
    const blocker = new SqliteDatabase(file);
    blocker.exec('BEGIN EXCLUSIVE');
    let ms = 0;
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => {
      ms += 50;
      return ms;
    });
    onTestFinished(() => spy.mockRestore());
    await expect(open(file, 300)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    expect(ms).toBeGreaterThan(300);
    expect(ms).toBeLessThan(600);
    blocker.close();
  });
});
