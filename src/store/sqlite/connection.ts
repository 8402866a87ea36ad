/** One connection to the file, with the settings durability rests on, and SQLite's errors in the catalogue's words. */

import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, statSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { type ErrorCode, Fault } from '../../core/errors.ts';
import { isCurrent, migrate } from './migrate.ts';

const CODES: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_BUSY', 'STORE_LOCKED'],
  ['SQLITE_LOCKED', 'STORE_LOCKED'],
  ['SQLITE_PROTOCOL', 'STORE_LOCKED'],
  ['SQLITE_READONLY', 'STORE_READ_ONLY'],
  ['SQLITE_CORRUPT', 'STORE_CORRUPT'],
  ['SQLITE_NOTADB', 'STORE_CORRUPT'],
  ['SQLITE_FULL', 'STORE_FULL'],
  // The shared index of the log could not be given its size: there is no room for it.
  ['SQLITE_IOERR_SHMSIZE', 'STORE_FULL'],
  ['SQLITE_IOERR', 'STORE_UNAVAILABLE'],
  ['SQLITE_CANTOPEN', 'STORE_UNAVAILABLE'],
  ['EACCES', 'STORE_READ_ONLY'],
  ['EPERM', 'STORE_READ_ONLY'],
  ['EROFS', 'STORE_READ_ONLY'],
  ['ENOSPC', 'STORE_FULL'],
  ['EDQUOT', 'STORE_FULL'],
];
/** Any other error of the file system: a path that is no folder, too long, a loop of links, a broken disk. */
const SYSTEM_ERROR = /^E[A-Z0-9]+$/;

/** SQLite's or the file system's error as a Fault; Faults and errors that are neither pass through. */
export function storeFault(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof Fault || !('code' in thrown)) return thrown;
  const code = String(thrown.code);
  const known = CODES.find(([prefix]) => code.startsWith(prefix))?.[1];
  const named = known ?? (SYSTEM_ERROR.test(code) ? 'STORE_UNAVAILABLE' : undefined);
  return named === undefined ? thrown : new Fault(named, `${file}: ${thrown.message}`, { cause: thrown });
}

function isFull(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'SQLITE_FULL';
}

export function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(String(thrown.code));
}

/** The ledger says that the schema is there and a statement on it cannot be prepared: somebody changed it. */
export function schemaFault(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof SqliteDatabase.SqliteError) || thrown.code !== 'SQLITE_ERROR')
    return storeFault(thrown, file);
  return new Fault('STORE_CORRUPT', `${file}: its schema is not the one it should be`, { cause: thrown });
}

/** How long to wait for another process's lock where nothing else is said. */
export const LOCK_WAIT_MS = 10_000;

/** Between attempts at a lock another process holds. */
export const RETRY_MS = 15;

/**
 * Opens or creates the database and brings its schema up to date. Waits for another process's lock without blocking the
 * event loop, at most `lockWaitMs`, then throws STORE_LOCKED. Nothing is written to a file that is not ours.
 */
export function connect(file: string, options: { lockWaitMs: number; at: string }): Promise<Database> {
  return opened(file, options.lockWaitMs, () => openOnce(file, options.at));
}

/**
 * A connection that changes nothing, to a database that is there and is ours. Its schema may be of an older release. Where a
 * log lies beside the file it is opened read-only, so that closing it does not move the log into the file; where none does
 * it is not, because SQLite would leave an empty one behind.
 */
export function connectToRead(file: string, lockWaitMs: number): Promise<Database> {
  return opened(file, lockWaitMs, () => {
    refuseLogAlone(file);
    const db = new SqliteDatabase(file, { timeout: 0, readonly: existsSync(`${file}-wal`), fileMustExist: true });
    try {
      db.pragma('query_only = ON');
      db.pragma('trusted_schema = OFF');
      isCurrent(db);
      return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

async function opened(file: string, lockWaitMs: number, open: () => Database): Promise<Database> {
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return open();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= deadline) throw schemaFault(thrown, file);
      await pause(RETRY_MS);
    }
  }
}

/** Level by level: the recursive form never returns where a file system refuses new folders as "no such file" (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    // Another process may have made it meanwhile.
    if (!existsSync(path)) throw thrown;
    return;
  }
  synchroniseFolder(dirname(path));
}

/**
 * A new name is not on the disk before its folder is: a power loss would take the database away with all that was
 * acknowledged. SQLite does it for the log and the folder that holds it, not for the folders above.
 */
function synchroniseFolder(path: string): void {
  // A folder cannot be opened, and need not be synchronised, on Windows.
  if (platform() === 'win32') return;
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (thrown) {
    // One that may be entered and not read, or a file system that knows no such thing: nothing more can be done. A disk
    // that fails is told.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EIO') throw thrown;
  }
}

function openOnce(file: string, at: string): Database {
  if (file !== ':memory:') makeWritable(file);
  const db = new SqliteDatabase(file, { timeout: 0 });
  try {
    const current = isCurrent(db);
    db.pragma('journal_mode = WAL');
    // FULL: a commit is on the disk before it is acknowledged. NORMAL loses acknowledged commits on power loss.
    db.pragma('synchronous = FULL');
    db.pragma('fullfsync = ON');
    // What is deleted is overwritten, also what the full-text index or a longer row leaves behind: erased is erased.
    db.pragma('secure_delete = ON');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    if (!current) migrate(db, at);
    tune(db);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** SQLite takes a log beside an empty or a new file for rubbish and deletes it. It may hold the only copy of what was committed. */
function refuseLogAlone(file: string): void {
  const log = `${file}-wal`;
  if (bytesOf(file) > 0 || bytesOf(log) === 0) return;
  throw new Fault('STORE_CORRUPT', `${file} is ${existsSync(file) ? 'empty' : 'gone'}, but its log ${log} is there`, {
    hint: 'Put the database back, or move the log away to start with an empty one. Nothing was changed.',
  });
}

/** What makes it fast and promises nothing. After the migrations, which may sort more than memory should hold. */
function tune(db: Database): void {
  // Each verb's savepoint keeps the pages it changes, which SQLite writes into a temporary file past 64 KiB: three quarters of
  // all that was written, and words of documents in a folder that is not ours.
  db.pragma('temp_store = MEMORY');
  // Room for every page a group changes: one that has to leave before the commit is written more than once.
  db.pragma('cache_size = -8192');
  // The log goes into the file every 16 MiB, not every four: each time costs two fsyncs inside somebody's commit, and the more
  // is in it the more pages go over once instead of many times.
  db.pragma('wal_autocheckpoint = 4000');
  // A reader may have kept it from being emptied: what it grew by meanwhile is given back.
  db.pragma('journal_size_limit = 33554432');
}

/**
 * Makes the folder and checks that file and folder can be written. SQLite would open what it cannot write for reading
 * only, and tell the first writer; and a folder without write permission, where the log must lie, only as "unable to open".
 */
function makeWritable(file: string): void {
  const folder = dirname(file);
  makeFolder(folder);
  accessSync(folder, constants.W_OK);
  refuseLogAlone(file);
  if (existsSync(file)) accessSync(file, constants.W_OK);
  // For its user alone: it holds whole documents. SQLite gives the log beside it the same permissions.
  else closeSync(openSync(file, 'a', 0o600));
}

/**
 * A check that the path still leads to the file that was opened. SQLite goes on writing into a file that was deleted or
 * replaced, and everything acknowledged after that would be gone with the process.
 */
export function intactCheck(db: Database): () => void {
  if (db.memory) return () => undefined;
  const opened = statSync(db.name);
  return () => {
    const now = statSync(db.name, { throwIfNoEntry: false });
    if (now?.ino === opened.ino && now.dev === opened.dev) return;
    throw new Fault('STORE_GONE', `${db.name} was deleted, moved or replaced while it was open`);
  };
}

/**
 * Moves the log into the file and empties it. False where that is not possible now: another process reads or writes, or the
 * disk is full. What was committed then stands in the log beside the file.
 */
export function truncateLog(db: Database): boolean {
  try {
    const [state] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ readonly busy: number }];
    return state.busy === 0;
  } catch (thrown) {
    if (isBusy(thrown) || isFull(thrown)) return false;
    throw storeFault(thrown, db.name);
  }
}
