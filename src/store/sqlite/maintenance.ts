/** What is done to a database as a whole: looking at it, checking it, bringing it up to date, copying it. */

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Database } from 'better-sqlite3';
import type { BackupView, DatabaseState, Maintenance } from '../../core/audit.ts';
import { type Clock, iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { checkDatabase } from './check.ts';
import { connect, connectToRead, LOCK_WAIT_MS, schemaFault, storeFault } from './connection.ts';
import { appliedMigrations, newestMigration } from './migrate.ts';

interface Options {
  readonly file: string;
  readonly clock: Clock;
  /** How long to wait for another process's lock before STORE_LOCKED. */
  readonly lockWaitMs?: number;
}

export function sqliteMaintenance({ file, clock, lockWaitMs = LOCK_WAIT_MS }: Options): Maintenance {
  const reading = <T>(query: (db: Database) => T): Promise<Awaited<T>> => readFrom(file, lockWaitMs, query);
  return {
    inspect: async () => (existsSync(file) ? reading((db) => stateOf(db, file)) : absent(file)),
    migrate: async () => {
      const before = existsSync(file) ? await reading(appliedMigrations) : [];
      const db = await connect(file, { lockWaitMs, at: iso(clock.now()) });
      db.close();
      const applied = (await reading(appliedMigrations)).filter((number) => !before.includes(number));
      return { ...(await reading((now) => stateOf(now, file))), applied };
    },
    check: () =>
      reading(async (db) => {
        const { findings, workflows_checked } = await checkDatabase(db);
        return { ...stateOf(db, file), sound: findings.length === 0, workflows_checked, findings };
      }),
    backup: (target) => backup({ file, lockWaitMs, target: resolve(target) }),
  };
}

function absent(file: string): DatabaseState {
  return { file, exists: false, bytes: 0, schema: null, newest_schema: newestMigration(), workflows: 0 };
}

async function readFrom<T>(file: string, lockWaitMs: number, query: (db: Database) => T): Promise<Awaited<T>> {
  if (!existsSync(file)) throw new Fault('STORE_UNAVAILABLE', `there is no database at ${file}`);
  const db = await connectToRead(file, lockWaitMs);
  try {
    return await query(db);
  } catch (thrown) {
    throw schemaFault(thrown, file);
  } finally {
    db.close();
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
