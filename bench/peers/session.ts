/** One turn: starts a contestant's process, lets it warm up, gives the word, and looks at the file it leaves. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import type { Assignment, Message, Opened, Sample } from './contestant.ts';

const CONTESTANT = fileURLToPath(new URL('contestant.ts', import.meta.url));

/** A contestant that hangs ends the benchmark, not the patience of whoever waits for it. */
const LONGEST_TURN_MS = 600_000;

interface Result {
  readonly settings: Opened['settings'];
  readonly sample: Sample;
}

/** The next message of that kind; rejects when the process ends before it is sent. */
function heard<K extends Message['kind']>(child: ChildProcess, kind: K): Promise<Extract<Message, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const told = (message: unknown): void => {
      const { kind: of } = message as Message;
      if (of !== kind) return;
      child.off('message', told);
      resolve(message as Extract<Message, { kind: K }>);
    };
    child.on('message', told);
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new Error(`a contestant ended early: ${signal ?? `code ${code}`}`)));
  });
}

async function perform(command: readonly string[], assignment: Assignment): Promise<Result> {
  const [program = '', ...args] = command;
  const child = spawn(program, [...args, CONTESTANT, JSON.stringify(assignment)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    timeout: LONGEST_TURN_MS,
    killSignal: 'SIGKILL',
    // Whoever has tracing on for their own work must not send these runs anywhere.
    env: { ...process.env, LANGSMITH_TRACING: 'false', LANGCHAIN_TRACING_V2: 'false' },
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const measured = heard(child, 'measured');
  const { settings } = await Promise.race([heard(child, 'ready'), measured.then(() => Promise.reject(unready()))]);
  child.send('go');
  const { sample } = await measured;
  const code = await closed;
  if (code !== 0) throw new Error(`${assignment.contestant} ended with ${code} after it was measured`);
  requireFull(assignment.contestant, settings);
  return { settings, sample };
}

function unready(): Error {
  return new Error('a contestant measured before it was told to');
}

/** A figure at a weaker setting would compare promises that differ. */
function requireFull(contestant: string, settings: Opened['settings']): void {
  const { journal_mode, synchronous } = settings;
  if (journal_mode === 'wal' && synchronous === 2) return;
  throw new Error(
    `${contestant} is at journal_mode=${journal_mode}, synchronous=${synchronous}, not at WAL and FULL (2)`,
  );
}

export function runContestant(assignment: Assignment): Promise<Result> {
  return perform([process.execPath], assignment);
}

/** Workflows in the two runs whose difference is counted: what opening and closing cost drops out. */
const COUNTED = [20, 60] as const;

/** fsync and fdatasync a workflow, by strace; null where there is none. Nothing is timed here: it slows every call. */
export async function countSyncs(
  contestant: string,
  at: { readonly folder: string; readonly concurrency: number },
): Promise<number | null> {
  if (spawnSync('strace', ['-V'], { stdio: 'ignore' }).status !== 0) return null;
  const counts: number[] = [];
  for (const workflows of COUNTED) {
    const folder = join(at.folder, String(workflows));
    mkdirSync(folder);
    const trace = join(folder, 'trace');
    const assignment = {
      contestant,
      file: join(folder, 'contestant.db'),
      concurrency: at.concurrency,
      warmup: 0,
      workflows,
      profile: null,
    };
    await perform(['strace', '-f', '-e', 'trace=fsync,fdatasync', '-o', trace, process.execPath], assignment);
    counts.push(readFileSync(trace, 'utf8').match(/\bf(?:data)?sync\(\d/g)?.length ?? 0);
  }
  const [few = 0, many = 0] = counts;
  return (many - few) / (COUNTED[1] - COUNTED[0]);
}

/** What a workflow leaves behind: rows of its tables (indexes and shadow tables are not rows), bytes of the file. */
export interface Left {
  readonly rows: number;
  readonly bytes: number;
  /** Rows by table, for a workflow. */
  readonly tables: Readonly<Record<string, number>>;
}

export function leftIn(file: string, workflows: number): Left {
  const db = new SqliteDatabase(file);
  try {
    db.pragma('wal_checkpoint(TRUNCATE)');
    // Shadow tables of a full-text index are its storage, not rows that anyone wrote.
    const names = db
      .prepare<[], string>(
        `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .pluck()
      .all();
    const counts = names.map((name) => {
      const rows =
        db
          .prepare<[], number>(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
          .pluck()
          .get() ?? 0;
      return [name, rows / workflows] as const;
    });
    const tables = Object.fromEntries(counts.filter(([, rows]) => rows > 0));
    return { tables, rows: counts.reduce((sum, [, rows]) => sum + rows, 0), bytes: statSync(file).size / workflows };
  } finally {
    db.close();
  }
}

/** Median milliseconds of a 4 KB append and its fsync: what this disk takes for any commit, just now. */
export function fsyncMilliseconds(file: string): number {
  const fd = openSync(file, 'w');
  const page = Buffer.alloc(4096, 1);
  const taken = Array.from({ length: 50 }, () => {
    const begun = performance.now();
    writeSync(fd, page);
    fsyncSync(fd);
    return performance.now() - begun;
  });
  closeSync(fd);
  return taken.toSorted((a, b) => a - b)[25] ?? Number.NaN;
}

export interface Turn {
  readonly round: number;
  readonly contestant: string;
  readonly concurrency: number;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly sample: Sample;
  readonly left: Left;
  /** Median of an append and its fsync on the same disk just before, in milliseconds. */
  readonly fsync_ms: number;
}
