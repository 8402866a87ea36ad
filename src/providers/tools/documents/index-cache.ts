/** Where the indexes of corpora lie: files in a cache folder, which anyone may delete at any time. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';

import Database from 'better-sqlite3';

import { CorpusIndex, INDEX_VERSION } from './corpus-index.ts';
import { IndexBuild } from './index-build.ts';

const FILES = 16;
const BYTES = 2 * 1024 ** 3;
/** A file still being built after this long was left by a process that died. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
const SUFFIX = '.db';
const BUILDING = '.building';

/** A corpus id is a hash and names its file; anything else is hashed, so that no id can name a path outside the folder. */
export function fileOf(directory: string, corpusId: string): string {
  const safe = /^[\w-]{1,128}$/.test(corpusId) ? corpusId : createHash('sha256').update(corpusId).digest('hex');
  return join(directory, safe + SUFFIX);
}

/** SQLite's word for a file that is not, or no longer, a sound database. */
export function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code);
}

/** The complete index in that file, or null when there is none of this version. A damaged or outdated file is removed. */
export function openFile(file: string): CorpusIndex | null {
  let db: Database.Database;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
  } catch (error) {
    if (isDamage(error)) rmSync(file, { force: true });
    return null;
  }
  try {
    if (isComplete(db, statSync(file).size)) {
      const index = new CorpusIndex(db);
      touch(file);
      return index;
    }
  } catch (error) {
    if (!isDamage(error) && !isSchemaError(error)) {
      db.close();
      throw error;
    }
  }
  db.close();
  rmSync(file, { force: true });
  return null;
}

/** Wrong tables under the right version: the file is somebody else's, or was cut and patched. */
function isSchemaError(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_ERROR';
}

function isComplete(db: Database.Database, bytes: number): boolean {
  const number = (name: string): number => Number(db.pragma(name, { simple: true }));
  return number('user_version') === INDEX_VERSION && number('page_count') * number('page_size') === bytes;
}

/** Modification time is the time of last use: pruning goes by it, on file systems that keep no access times too. */
function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Only pruning order suffers, on a read-only cache that is never pruned anyway.
    return;
  }
}

let builds = 0;

/** An index being built beside its final name, which it takes only when complete. */
export class FileBuild {
  readonly build: IndexBuild;
  readonly #file: string;
  readonly #temporary: string;

  /** Throws SQLite's or the file system's error where the folder cannot be written. */
  constructor(directory: string, corpusId: string) {
    // For the user alone: an index holds the text of the user's documents.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#file = fileOf(directory, corpusId);
    builds += 1;
    this.#temporary = `${this.#file}.${process.pid}-${threadId}-${builds}${BUILDING}`;
    rmSync(this.#temporary, { force: true });
    this.build = new IndexBuild(this.#temporary);
  }

  /** Where it is built. */
  get path(): string {
    return this.#temporary;
  }

  /** Puts the index in place and opens it. Another process that got there first is replaced by the same content. */
  finish(): CorpusIndex {
    this.build.finish().close();
    try {
      renameSync(this.#temporary, this.#file);
    } catch (error) {
      // Windows refuses to replace a file another process has open: then that one is complete and serves.
      rmSync(this.#temporary, { force: true });
      const other = openFile(this.#file);
      if (other === null) throw error;
      return other;
    }
    const index = openFile(this.#file);
    if (index === null) throw new Error(`the index file vanished while it was put in place: ${this.#file}`);
    return index;
  }

  discard(): void {
    this.build.discard();
    rmSync(this.#temporary, { force: true });
  }
}

export interface PruneOptions {
  /** Files of indexes in use, never removed. */
  readonly keep: ReadonlySet<string>;
  readonly now: number;
  readonly files?: number;
  readonly bytes?: number;
}

/** Removes the indexes used longest ago beyond 16 files or 2 GiB, and what dead builders left. Never throws for a file in use. */
export function prune(directory: string, options: PruneOptions): void {
  const entries = readdirSync(directory).flatMap((name) => {
    const file = join(directory, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ file, bytes: stats.size, used: stats.mtimeMs }];
  });
  for (const { file, used } of entries) {
    if (file.endsWith(BUILDING) && options.now - used > ABANDONED_MS) removeFile(file);
  }
  const indexes = entries
    .filter(({ file }) => file.endsWith(SUFFIX))
    .toSorted((a, b) => b.used - a.used || (a.file < b.file ? -1 : 1));
  let bytes = 0;
  for (const [at, entry] of indexes.entries()) {
    bytes += entry.bytes;
    const over = at >= (options.files ?? FILES) || bytes > (options.bytes ?? BYTES);
    if (over && !options.keep.has(entry.file)) removeFile(entry.file);
  }
}

/**
 * Removes the index of a corpus, with what dead builders left of it; a living one builds for somebody else, as does what is
 * named in `building`. Throws where a file cannot be removed: somebody was promised that its words are gone.
 */
export function removeAll(directory: string, corpusId: string, building: ReadonlySet<string>): void {
  const name = basename(fileOf(directory, corpusId));
  for (const entry of existsSync(directory) ? readdirSync(directory) : []) {
    const rest = entry.startsWith(name) ? entry.slice(name.length) : null;
    const builder = /^\.(\d+)-.*\.building(?:-journal|-wal|-shm)?$/.exec(rest ?? '')?.[1];
    const side = rest === '' || rest === '-journal' || rest === '-wal' || rest === '-shm';
    const file = join(directory, entry);
    const dead = builder !== undefined && !isAlive(Number(builder)) && !building.has(file);
    if (side || dead) rmSync(file, { force: true });
  }
}

/** Whether another process of that number lives: one before this may have had its own. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}

/** Removes a file if that is possible. */
export function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // In use elsewhere (Windows) or not ours: the next pruning meets it again.
    return;
  }
}
