/**
 * Kill -9 on the shipped binary, at random moments, again and again: nothing lost, nothing finished done again, the same
 * report, one terminal event. `KILLS` sets how many, `SEED` repeats a run.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin', 'beltalowda.js');
const TASK = 'How do embedded databases keep committed data safe after a crash or power loss?';
const KILLS = Number(process.env['KILLS'] ?? 100);
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

/** mulberry32: small, seedable, good enough to choose moments. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the binary; `killAfterMs` sends SIGKILL that long after its start. */
function run(home: string, args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const child = start(home, args);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

function start(home: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, BELTALOWDA_HOME: home, BELTALOWDA_SOURCES: '', NO_COLOR: '1' };
  return spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const research = ['research', TASK, '--source', join(ROOT, 'examples', 'documents'), '--json'];

interface FinishedStep {
  readonly step_id: string;
  readonly attempts: number;
  readonly completed_at: string;
  readonly output: string;
}

/** What may never change again once it is there. */
function finishedSteps(db: Database, task_id: string): readonly FinishedStep[] {
  return db
    .prepare<[string], FinishedStep>(
      "SELECT step_id, attempts, completed_at, output FROM steps WHERE task_id = ? AND status = 'succeeded' ORDER BY step_id",
    )
    .all(task_id);
}

function inDatabase<T>(home: string, look: (db: Database) => T): T {
  const db = new SqliteDatabase(join(home, 'beltalowda.db'), { readonly: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

const taskIdIn = (stderr: string): string | null => /wf_[0-9a-z]{26}/.exec(stderr)?.[0] ?? null;

/** The invariants of a finished workflow: contiguous events, one terminal one at the end, every step done once. */
function expectSound(home: string, task_id: string): void {
  const events = inDatabase(home, (db) =>
    db
      .prepare<[string], { seq: number; event_type: string; agent_id: string | null }>(
        'SELECT seq, event_type, agent_id FROM events WHERE task_id = ? ORDER BY seq',
      )
      .all(task_id),
  );
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  const terminal = events.filter((event) => /^workflow_(complete|error|cancelled)$/.test(event.event_type));
  expect(terminal).toHaveLength(1);
  expect(events.at(-1)).toEqual(terminal[0]);
  const completed = events.filter((event) => event.event_type === 'agent_complete').map((event) => event.agent_id);
  expect(new Set(completed).size).toBe(completed.length);
  const row = inDatabase(home, (db) =>
    db
      .prepare<[string], { status: string; last_seq: number; results: number; integrity: string }>(
        `SELECT status, last_seq, (SELECT count(*) FROM results r WHERE r.task_id = w.task_id) AS results,
         (SELECT integrity_check FROM pragma_integrity_check) AS integrity FROM workflows w WHERE task_id = ?`,
      )
      .get(task_id),
  );
  expect(row).toEqual({ status: 'completed', last_seq: events.length, results: 1, integrity: 'ok' });
}

interface Answer {
  readonly text: string;
  readonly completeness: string;
  readonly citations: unknown;
}

const reportOf = (stdout: string): Answer => {
  const { text, completeness, citations } = JSON.parse(stdout) as Answer;
  return { text, completeness, citations };
};

describe(`the binary, killed at random moments (seed ${SEED})`, () => {
  const homes: string[] = [];
  let baseline: Answer;
  let durationMs: number;
  const newHome = (): string => {
    const home = mkdtempSync(join(tmpdir(), 'beltalowda-kill-'));
    homes.push(home);
    return home;
  };

  beforeAll(async () => {
    const began = performance.now();
    const ended = await run(newHome(), research);
    durationMs = performance.now() - began;
    expect(ended.code, ended.stderr).toBe(0);
    baseline = reportOf(ended.stdout);
  });
  afterAll(() => {
    for (const home of homes) rmSync(home, { recursive: true, force: true });
  });

  it(
    `carries on after each of ${KILLS} kills to the same report, and repeats no finished step`,
    { timeout: 600_000 },
    async () => {
      const next = random(SEED);
      let kills = 0;
      let stepsKept = 0;
      for (let home = newHome(), runs = 0; kills < KILLS; runs += 1) {
        if (runs % 5 === 4) home = newHome();
        const first = await run(home, research, next() * durationMs * 1.1);
        let task_id = taskIdIn(first.stderr);
        if (task_id === null || first.code !== null) continue;
        kills += 1;
        // Each is killed again a few times before one is left to finish.
        while (kills < KILLS && next() < 0.6) {
          const before = inDatabase(home, (db) => finishedSteps(db, task_id ?? ''));
          const again = await run(home, ['resume', task_id, '--json'], next() * durationMs);
          const after = inDatabase(home, (db) => finishedSteps(db, task_id ?? ''));
          expect(after.filter((step) => before.some((old) => old.step_id === step.step_id))).toEqual(before);
          stepsKept += before.length;
          if (again.code !== null) break;
          kills += 1;
        }
        const before = inDatabase(home, (db) => finishedSteps(db, task_id ?? ''));
        const last = await run(home, ['resume', task_id, '--json']);
        expect(last.code, last.stderr).toBe(0);
        expect(reportOf(last.stdout)).toEqual(baseline);
        const after = inDatabase(home, (db) => finishedSteps(db, task_id ?? ''));
        expect(after.filter((step) => before.some((old) => old.step_id === step.step_id))).toEqual(before);
        expectSound(home, task_id);
        task_id = null;
      }
      expect(kills).toBeGreaterThanOrEqual(KILLS);
      // A run in which every kill fell before the first step would prove nothing.
      expect(stepsKept).toBeGreaterThan(0);
    },
  );

  it(
    'works on a workflow in exactly one of two processes, and in the other when the first is killed',
    { timeout: 120_000 },
    async () => {
      const next = random(SEED + 1);
      for (let round = 0; round < 5; round += 1) {
        const home = newHome();
        const first = await run(home, research, (0.4 + next() * 0.5) * durationMs);
        const task_id = taskIdIn(first.stderr);
        if (task_id === null || first.code !== null) continue;
        const [killed, survivor] = await Promise.all([
          run(home, ['resume', task_id, '--json'], next() * durationMs),
          run(home, ['resume', task_id, '--json']),
        ]);
        expect(survivor.code, survivor.stderr).toBe(0);
        expect(reportOf(survivor.stdout)).toEqual(baseline);
        if (killed.code === 0) expect(reportOf(killed.stdout)).toEqual(baseline);
        expectSound(home, task_id);
      }
    },
  );
});
