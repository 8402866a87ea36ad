/** What is done to a database as a whole: looking at it, checking it, bringing it up to date, copying it. */

import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, existsSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { BackupView, DatabaseCopy, DatabaseState, Maintenance } from '../../core/audit.ts';
import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { checkDatabase } from './check.ts';
import { connect, connectToRead, isBusy, LOCK_WAIT_MS, RETRY_MS, schemaFault, storeFault } from './connection.ts';
import { appliedMigrations, newestMigration } from './migrate.ts';
import { countMore } from './migrations/0006-figures.ts';
import { webhookState } from './webhook-state.ts';

interface Options {
  readonly file: string;
  readonly clock: Clock;
  /** How long to wait for another process's lock before STORE_LOCKED. */
  readonly lockWaitMs?: number;
}

/** The migration that has their tables. */
const WEBHOOKS = 5;
/** Workflows counted in one transaction. */
const AT_ONCE = 1000;

export function sqliteMaintenance({ file, clock, lockWaitMs = LOCK_WAIT_MS }: Options): Maintenance {
  const reading = <T>(query: (db: Database) => T): Promise<Awaited<T>> => readFrom(file, lockWaitMs, query);
  return {
    inspect: async () => (existsSync(file) ? reading((db) => stateOf(db, file)) : absent(file)),
    migrate: async () => {
      const before = existsSync(file) ? await reading(appliedMigrations) : [];
      const db = await connect(file, { lockWaitMs, at: iso(clock.now()) });
      try {
        await countAll(db, lockWaitMs);
      } finally {
        db.close();
      }
      const applied = (await reading(appliedMigrations)).filter((number) => !before.includes(number));
      return { ...(await reading((now) => stateOf(now, file))), applied };
    },
    check: () =>
      reading(async (db) => {
        const { findings, workflows_checked } = await checkDatabase(db);
        return { ...stateOf(db, file), sound: findings.length === 0, workflows_checked, findings };
      }),
    webhooks: () => reading((db) => (appliedMigrations(db).includes(WEBHOOKS) ? webhookState(db) : null)),
    copy: () => copyToRead(file),
    backup: (target) => backup({ file, lockWaitMs, target: resolve(target) }),
  };
}

/** Counts every workflow that a former release left uncounted: who brings a database up to date by hand waits for that. */
async function countAll(db: Database, lockWaitMs: number): Promise<void> {
  const next = db.transaction(() => countMore(db, AT_ONCE));
  let deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      if (!next.immediate()) return;
      deadline = performance.now() + lockWaitMs;
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= deadline) throw storeFault(thrown, db.name);
      await pause(RETRY_MS);
    }
  }
}

function absent(file: string): DatabaseState {
  return { file, exists: false, bytes: 0, schema: null, newest_schema: newestMigration(), workflows: 0 };
}

async function readFrom<T>(file: string, lockWaitMs: number, query: (db: Database) => T): Promise<Awaited<T>> {
  if (!existsSync(file)) throw new Fault('STORE_UNAVAILABLE', `there is no database at ${file}`);
  const { db, close } = await openToRead(file, lockWaitMs);
  try {
    return await query(db);
  } catch (thrown) {
    throw schemaFault(thrown, file);
  } finally {
    await close();
  }
}

/** What SQLite says where it can make nothing beside the file. */
const PLACE_FAULTS: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'STORE_READ_ONLY', 'STORE_FULL']);

/** Where it lies or, where SQLite has no place for the shared memory that reading takes, in a copy. */
async function openToRead(file: string, lockWaitMs: number): Promise<{ db: Database; close: () => Promise<void> }> {
  try {
    const db = await connectToRead(file, lockWaitMs);
    return { db, close: async () => void db.close() };
  } catch (thrown) {
    if (!(thrown instanceof Fault) || !PLACE_FAULTS.has(thrown.code)) throw thrown;
    const copy = await copyToRead(file);
    const db = await connectToRead(copy.file, lockWaitMs).catch(async (later: unknown) => {
      await copy.remove();
      throw later;
    });
    const close = async (): Promise<void> => {
      db.close();
      await copy.remove();
    };
    return { db, close };
  }
}

/** Bytes are those of the file and of the log beside it; workflows those that have content. */
function stateOf(db: Database, file: string): DatabaseState {
  const applied = appliedMigrations(db);
  const bytes = [file, `${file}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  return {
    file,
    exists: true,
    bytes: bytes.reduce((sum, one) => sum + one, 0),
    schema: applied.at(-1) ?? null,
    newest_schema: newestMigration(),
    workflows: workflowsIn(db, applied),
  };
}

function workflowsIn(db: Database, applied: readonly number[]): number {
  if (applied.length === 0) return 0;
  const kept = applied.includes(2) ? 'WHERE erased_at IS NULL' : '';
  return db.prepare<[], number>(`SELECT count(*) FROM workflows ${kept}`).pluck().get() ?? 0;
}

/** Under another name until it is complete and on the disk, so that a backup is never half there. */
async function backup(copy: { file: string; lockWaitMs: number; target: string }): Promise<BackupView> {
  const { file, lockWaitMs, target } = copy;
  const folder = dirname(target);
  if (!existsSync(folder)) {
    throw new Fault('INVALID_INPUT', `the folder ${folder} does not exist`, { hint: 'Make the folder first.' });
  }
  if (existsSync(target)) {
    throw new Fault('INVALID_INPUT', `${target} exists already`, { hint: 'Name a file that does not exist yet.' });
  }
  const part = `${target}.${randomBytes(6).toString('hex')}.part`;
  try {
    await readFrom(file, lockWaitMs, async (db) => {
      // An empty file for this user alone: SQLite fills it and keeps its mode.
      await (await open(part, 'wx', 0o600)).close();
      // Which counts as writing, although not into this file.
      db.pragma('query_only = OFF');
      db.prepare('VACUUM INTO ?').run(part);
    });
    const workflows = await readFrom(part, lockWaitMs, (db) => workflowsIn(db, appliedMigrations(db)));
    await sync(part);
    await rename(part, target);
    // A folder cannot be opened, and need not be synchronised, on Windows.
    if (platform() !== 'win32') await sync(folder);
    return { file: target, bytes: statSync(target).size, workflows, sha256: await sha256Of(target) };
  } catch (thrown) {
    await rm(part, { force: true });
    throw storeFault(thrown, target);
  }
}

/** How often files that change are looked at. */
const COPY_TRIES = 5;

/**
 * A copy of the file and its log in a folder of its own, for a place where SQLite cannot make the shared memory it needs to read.
 * Plain files, so it is one moment's only if neither changed meanwhile. STORE_LOCKED when they never stand still.
 */
async function copyToRead(file: string): Promise<DatabaseCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'beltalowda-read-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const copy = join(folder, 'beltalowda.db');
  try {
    for (let tries = 0; tries < COPY_TRIES; tries += 1) {
      const before = stamps(file);
      for (const path of [copy, `${copy}-wal`]) await rm(path, { force: true });
      await copyFile(file, copy, constants.COPYFILE_FICLONE);
      if (existsSync(`${file}-wal`)) await copyFile(`${file}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE);
      if (stamps(file) !== before) continue;
      // A copy has the mode of what it was made from.
      for (const path of [copy, `${copy}-wal`]) if (existsSync(path)) await chmod(path, 0o600);
      return { file: copy, remove };
    }
    throw new Fault('STORE_LOCKED', `${file} changes while it is read, and cannot be read where it is`);
  } catch (thrown) {
    await remove();
    throw storeFault(thrown, file);
  }
}

/** What differs once the file or its log was written. */
function stamps(file: string): string {
  const of = [file, `${file}-wal`].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return of.map((stat) => `${stat?.ino} ${stat?.size} ${stat?.mtimeNs}`).join('\n');
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
