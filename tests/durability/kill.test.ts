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
import { KILLS, SEED } from '../support/sizes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin', 'beltalowda.js');
const DOCUMENTS = join(ROOT, 'examples', 'documents', 'durability');
const TASK = 'How do embedded databases keep committed data safe after a crash or power loss?';

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

/** A run of the command line; `killAfterMs` sends SIGKILL that long after its start. */
function run(home: string, args: readonly string[], killAfterMs?: number): Promise<Ended> {
  return end(start(home, args), killAfterMs);
}

/** A stdio server that is piped its requests. */
function pipe(home: string, requests: string, options: { readonly killAfterMs?: number } = {}): Promise<Ended> {
  const child = start(home, []);
  child.stdin?.end(requests);
  return end(child, options.killAfterMs);
}

function end(child: ChildProcess, killAfterMs: number | undefined): Promise<Ended> {
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
  const env = { ...process.env, BELTALOWDA_HOME: home, BELTALOWDA_SOURCES: DOCUMENTS, NO_COLOR: '1' };
  return spawn(process.execPath, [BIN, ...args], { env, stdio: 'pipe' });
}

const research = ['research', TASK, '--source', DOCUMENTS, '--json'];

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

/** An initialize and one tool call, as a host pipes them in. */
function call(name: string, args: object): string {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  return [
    { jsonrpc: '2.0', id: 1, method: 'initialize', params: hello },
    { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name, arguments: args } },
  ]
    .map((message) => `${JSON.stringify(message)}\n`)
    .join('');
}

function stepsOf(home: string, task_id: string): readonly FinishedStep[] {
  return inDatabase(home, (db) => finishedSteps(db, task_id));
}

/** What was finished before stands unchanged among what is finished now. */
function expectKept(before: readonly FinishedStep[], now: readonly FinishedStep[]): void {
  const known = new Set(before.map((step) => step.step_id));
  expect(now.filter((step) => known.has(step.step_id))).toEqual(before);
}

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
    if (ended.code !== 0) throw new Error(`the uninterrupted run failed: ${ended.stderr}`);
    baseline = reportOf(ended.stdout);
  });
  afterAll(() => {
    for (const home of homes) rmSync(home, { recursive: true, force: true });
  });

  it(`carries on after each of ${KILLS} kills to the same report, and repeats no finished step`, async () => {
    const next = random(SEED);
    let kills = 0;
    let stepsKept = 0;
    let home = newHome();
    for (let runs = 1; kills < KILLS; runs += 1) {
      if (runs % 5 === 0) home = newHome();
      const first = await run(home, research, next() * durationMs * 1.1);
      const task_id = taskIdIn(first.stderr);
      if (task_id === null || first.code !== null) continue;
      kills += 1;
      // Killed again, a few times, before one is left to finish.
      for (let again = next() < 0.6; again && kills < KILLS; again = next() < 0.6) {
        const before = stepsOf(home, task_id);
        const resumed = await run(home, ['resume', task_id, '--json'], next() * durationMs);
        expectKept(before, stepsOf(home, task_id));
        stepsKept += before.length;
        kills += resumed.code === null ? 1 : 0;
      }
      const before = stepsOf(home, task_id);
      const last = await run(home, ['resume', task_id, '--json']);
      expect({ code: last.code, answer: reportOf(last.stdout) }).toEqual({ code: 0, answer: baseline });
      expectKept(before, stepsOf(home, task_id));
      expectSound(home, task_id);
    }
    // A run in which every kill fell before the first step would prove nothing.
    expect(stepsKept).toBeGreaterThan(0);
  }, 600_000);

  it('carries on over stdio: the next server takes the workflow up at its first call', async () => {
    const next = random(SEED + 2);
    let hit = 0;
    for (let round = 0; hit < 4 && round < 40; round += 1) {
      const home = newHome();
      const started = await pipe(home, call('orchestrate_research', { task: TASK, wait_seconds: 30 }), {
        killAfterMs: (0.5 + next() * 0.6) * durationMs,
      });
      const task_id = inDatabase(home, (db) => db.prepare<[], string>('SELECT task_id FROM workflows').pluck().get());
      if (task_id === undefined || started.code !== null) continue;
      hit += 1;
      await pipe(home, call('get_status', { task_id, wait_seconds: 30 }));
      const { stdout } = await pipe(home, call('get_result', { task_id }));
      const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { result: { structuredContent: Answer } };
      expect(reportOf(JSON.stringify(answer.result.structuredContent))).toEqual(baseline);
      expectSound(home, task_id);
    }
    expect(hit).toBe(4);
  }, 120_000);

  it('works on a workflow in exactly one of two processes, and in the other when the first is killed', async () => {
    const next = random(SEED + 1);
    let hit = 0;
    for (let round = 0; hit < 4 && round < 40; round += 1) {
      const home = newHome();
      const first = await run(home, research, (0.4 + next() * 0.5) * durationMs);
      const task_id = taskIdIn(first.stderr);
      if (task_id === null || first.code !== null) continue;
      hit += 1;
      const [killed, survivor] = await Promise.all([
        run(home, ['resume', task_id, '--json'], next() * durationMs),
        run(home, ['resume', task_id, '--json']),
      ]);
      const finished = [survivor, killed].filter((ended) => ended.code !== null);
      expect(finished.map((ended) => ({ code: ended.code, answer: reportOf(ended.stdout) }))).toEqual(
        finished.map(() => ({ code: 0, answer: baseline })),
      );
      expectSound(home, task_id);
    }
    expect(hit).toBe(4);
  }, 120_000);

  it('goes on from a stopped workflow in one new one, however often it is killed on the way, and buys nothing twice', async () => {
    const next = random(SEED + 3);
    let hit = 0;
    let adopted = 0;
    for (let round = 0; hit < 3 && round < 40; round += 1) {
      const home = newHome();
      const first = await run(home, research, (0.5 + next() * 0.5) * durationMs);
      const task_id = taskIdIn(first.stderr);
      if (task_id === null || first.code !== null) continue;
      const stopped = await run(home, ['cancel', task_id, '--json']);
      expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'cancelled' });
      const bought = stepsOf(home, task_id);
      hit += 1;
      let before: readonly FinishedStep[] = [];
      let child: string | null = null;
      for (let kills = 0; kills < 4; kills += 1) {
        const killed = await run(home, ['resume', task_id, '--json'], (0.2 + next() * 0.6) * durationMs);
        child = taskIdIn(killed.stderr) ?? child;
        if (child === null) continue;
        expectKept(before, stepsOf(home, child));
        before = stepsOf(home, child);
      }
      const last = await run(home, ['resume', task_id, '--json']);
      expect({ code: last.code, answer: reportOf(last.stdout) }).toEqual({ code: 0, answer: baseline });
      const made = inDatabase(home, (db) =>
        db.prepare<[string], string>('SELECT task_id FROM workflows WHERE resumed_from = ?').pluck().all(task_id),
      );
      expect(made).toHaveLength(1);
      const [only = ''] = made;
      expect(only).toBe(child ?? only);
      expectSound(home, only);
      const taken = inDatabase(home, (db) =>
        db
          .prepare<[string], string>('SELECT step_id FROM steps WHERE task_id = ? AND adopted_from IS NOT NULL')
          .pluck()
          .all(only),
      );
      adopted += taken.length;
      const agents = bought.map(({ step_id }) => step_id).filter((step_id) => !step_id.startsWith('synthesis:'));
      expect(taken).toEqual(expect.arrayContaining(agents));
      expect((await run(home, ['audit', 'verify', only])).code).toBe(0);
      expect((await run(home, ['replay', only])).code).toBe(0);
    }
    expect(hit).toBe(3);
    expect(adopted).toBeGreaterThan(0);
  }, 120_000);
});
