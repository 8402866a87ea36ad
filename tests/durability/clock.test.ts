/**
 * The clock is set an hour forward or back, the machine sleeps, or the process is stopped: within a process and between two.
 * Nothing is lost, nothing is bought twice, no time limit is spent on it, no duration is negative.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { BINARY, type Home, ROOT, type Run, temporaryHome } from '../support/binary.ts';
import {
  databaseFile,
  ended,
  eventually,
  id,
  type Node,
  startNode,
  step,
  submission,
  work,
} from '../support/engine-node.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ME, orchestra } from '../support/orchestra.ts';
import { SettableClock } from '../support/settable-clock.ts';

const HOUR = 3_600_000;
const LEAPS = [
  ['is set an hour forward', HOUR, (clock: SettableClock) => clock.set(HOUR)],
  ['is set an hour back', -HOUR, (clock: SettableClock) => clock.set(-HOUR)],
  // No timer runs meanwhile: all that are due fire afterwards.
  ['goes on for an hour while the machine sleeps', HOUR, (clock: SettableClock) => clock.jump(HOUR)],
] as const;

/** A workflow of one step that ends when told, under way on a node whose time limit is ten minutes. */
async function underWay(file: string, clock: SettableClock) {
  const gate = Promise.withResolvers<string>();
  const calls: number[] = [];
  const definition = work({
    steps: ['a'],
    timeout_ms: 10 * HOUR,
    body: ({ attempt }) => {
      calls.push(attempt);
      return gate.promise;
    },
  });
  // A step that says nothing for an hour is what these are about, and nobody's fault.
  const node = await startNode({ file, clock, definition, silence_ms: HOUR });
  await node.engine.submit(submission(1, { timeout_minutes: 10 }));
  await eventually(() => calls.length === 1, 'the step begins');
  return { node, definition, calls, done: () => gate.resolve('done') };
}

async function deadlineIn(node: Node): Promise<number> {
  const workflow = await node.store.workflows.get(id(1));
  return Date.parse(workflow?.deadline_at ?? '') - node.clock.now();
}

describe.each(LEAPS)('a clock that %s', (_name, leap, happen) => {
  it('under a process at work costs nothing: the lease is renewed, the limit counts work alone', async () => {
    const clock = new SettableClock();
    const { node, calls, done } = await underWay(await databaseFile(), clock);
    await clock.advance(60_000);
    happen(clock);
    await clock.advance(60_000);
    const workflow = await node.store.workflows.get(id(1));
    const expires = Date.parse(workflow?.lease?.expires_at ?? '') - clock.now();
    expect(expires).toBeGreaterThan(0);
    expect(expires).toBeLessThanOrEqual(10_000);
    // Two of ten minutes are spent; what lies between two heartbeats is not known to be work.
    expect(await deadlineIn(node)).toBeGreaterThanOrEqual(8 * 60_000);
    expect(await deadlineIn(node)).toBeLessThan(8 * 60_000 + 10_000);
    done();
    expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
    expect(calls).toEqual([1]);
    const result = await node.store.results.get(id(1));
    expect(result?.execution_time).toBeGreaterThanOrEqual(0);
  });

  it('does not keep the limit from being reached in the end', async () => {
    const clock = new SettableClock();
    const { node } = await underWay(await databaseFile(), clock);
    happen(clock);
    await clock.advance(9 * 60_000);
    expect(await node.store.workflows.get(id(1))).toMatchObject({ status: 'running' });
    await clock.advance(2 * 60_000);
    expect(await ended(node, id(1))).toMatchObject({ status: 'failed', error: { code: 'WORKFLOW_TIMEOUT' } });
  });

  it('under two processes lets neither take over what the other is at, whichever notices first', async () => {
    const file = await databaseFile();
    const clocks = [new SettableClock(), new SettableClock()] as const;
    const first = await underWay(file, clocks[0]);
    const other = await startNode({ file, clock: clocks[1], definition: first.definition });
    for (const clock of clocks) await clock.advance(5000);
    for (const clock of clocks) happen(clock);
    // The idle one looks round before the other, whose lease looks expired, has had its turn.
    await clocks[1].advance(1500);
    for (let seconds = 0; seconds < 20; seconds += 1) for (const clock of clocks) await clock.advance(1000);
    expect(await step(other, id(1), 'a')).toMatchObject({ attempts: 1 });
    first.done();
    expect(await ended(other, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
    expect(first.calls).toEqual([1]);
  });

  it('between two processes loses nothing and gives no more than the limit', async () => {
    const file = await databaseFile();
    const first = await underWay(file, new SettableClock());
    await first.node.engine.close();
    const clock = new FakeClock(first.node.clock.now() + leap);
    const second = await startNode({ file, clock, definition: work({ steps: ['a'], body: () => 'done' }) });
    const workflow = await ended(second, id(1));
    expect(workflow).toMatchObject({ status: 'completed', resumed: 1 });
    expect(Date.parse(workflow.deadline_at ?? '') - clock.now()).toBeLessThanOrEqual(10 * 60_000);
    expect((await second.store.results.get(id(1)))?.execution_time).toBeGreaterThanOrEqual(0);
  });
});

it('who waits for a workflow waits no longer for a clock that is set back', async () => {
  const clock = new SettableClock();
  const { orchestrator } = await orchestra({ clock, deeds: ['hang'] });
  const { task_id = '' } = await orchestrator.start({ task: 'How?' }, ME);
  await clock.advance(1000);
  const { version } = await orchestrator.status(task_id, ME);
  let answered = false;
  const wait = async (): Promise<void> => {
    await orchestrator.status(task_id, ME, { wait_ms: 30_000, since_version: version });
    answered = true;
  };
  const waiting = wait();
  await clock.advance(5000);
  clock.set(-HOUR);
  await clock.advance(15_000);
  expect(answered).toBe(false);
  await clock.advance(25_000);
  expect(answered).toBe(true);
  await waiting;
});

it('a step that is to be tried again is not kept waiting for a clock that was set back', async () => {
  const file = await databaseFile();
  const failing = work({
    steps: ['a'],
    body: () => {
      throw new Error('once');
    },
  });
  const first = await startNode({ file, definition: failing });
  await first.engine.submit(submission(1));
  await eventually(async () => (await step(first, id(1), 'a'))?.failures === 1, 'it fails once');
  await first.engine.close();
  const clock = new FakeClock(first.clock.now() - HOUR);
  const second = await startNode({ file, clock, definition: work({ steps: ['a'], body: () => 'done' }) });
  expect(await ended(second, id(1))).toMatchObject({ status: 'completed' });
});

const textOf = ({ stdout }: Run): unknown => (JSON.parse(stdout) as { text: unknown }).text;

describe('the binary', () => {
  const homes: Home[] = [];
  afterAll(() => Promise.all(homes.map((home) => home.remove())));

  const PRELOAD = fileURLToPath(new URL('../support/leaping-clock.ts', import.meta.url));
  const DOCUMENTS = join(ROOT, 'examples', 'documents', 'durability');
  const RESEARCH = ['research', 'What is group commit?', '--source', DOCUMENTS, '--json'];

  async function run(home: Home, args: readonly string[], clock: Readonly<Record<string, number>>): Promise<Run> {
    const set = Object.entries(clock).map(([name, ms]) => [name, String(ms)]);
    const env = { ...home.env, ...Object.fromEntries(set) } as Record<string, string>;
    const child = spawn(process.execPath, ['--import', PRELOAD, BINARY, ...args], { cwd: ROOT, env, stdio: 'pipe' });
    const closed = new Promise<number | null>((resolve) => {
      child.once('close', resolve);
    });
    child.stdin.end();
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await closed, stdout, stderr };
  }

  it.each(LEAPS.slice(0, 2))(
    'whose clock %s while it works, and once more before the next, gives the same report',
    async (_name, leap) => {
      const home = await temporaryHome();
      homes.push(home);
      const plain = await run(home, RESEARCH, {});
      const leapt = await run(home, RESEARCH, { CLOCK_LEAP_MS: leap, CLOCK_LEAP_AFTER_MS: 400 });
      expect([leapt.code, textOf(leapt)]).toEqual([0, textOf(plain)]);
      const task_id = /wf_[0-9a-z]{26}/.exec(leapt.stderr)?.[0] ?? '';
      const again = await run(home, ['result', task_id, '--json'], { CLOCK_OFF_MS: -leap });
      expect([again.code, textOf(again)]).toEqual([0, textOf(plain)]);
      const db = new SqliteDatabase(join(home.folder, 'beltalowda.db'), { readonly: true });
      const times = db.prepare<[], number>('SELECT execution_time FROM results').pluck().all();
      db.close();
      expect(times.every((seconds) => seconds >= 0)).toBe(true);
      expect((await run(home, ['audit', 'verify', task_id], {})).code).toBe(0);
    },
    60_000,
  );
});
