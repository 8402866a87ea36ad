import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Decide } from '../../../src/core/step.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  databaseFile,
  ended,
  eventually,
  id,
  spec,
  startNode,
  step,
  submission,
  told,
  work,
} from '../../support/engine-node.ts';
import { standTimeStill } from '../../support/standing-time.ts';

/** One step after the other. */
const chain =
  (...ids: readonly string[]): Decide =>
  (journal) => {
    const open = ids.find((step_id) => journal.steps.get(step_id)?.status !== 'succeeded');
    if (journal.stop !== null) return { kind: 'finish', status: 'cancelled', error: null };
    return open === undefined
      ? { kind: 'finish', status: 'completed', error: null }
      : { kind: 'run', steps: [spec(open)] };
  };

/**
 * The real store, whose settling of a step fails as told: where it is asked for, or once all of its transaction was written
 * and none of it is committed.
 */
function failing(fails: (step_id: string, moment: 'asked' | 'written') => Error | null): (real: Store) => Store {
  return (real) => ({
    ...real,
    steps: {
      ...real.steps,
      settle: async (hold, outcome, ahead) => {
        const refused = fails(outcome.step_id, 'asked');
        if (refused !== null) throw refused;
        return real.steps.settle(hold, outcome, {
          written: (record) => {
            ahead?.written(record);
            const thrown = fails(outcome.step_id, 'written');
            if (thrown !== null) throw thrown;
          },
          back: () => ahead?.back(),
        });
      },
    },
  });
}

/** Commits in the log: frames that carry the size of the database after a commit. */
function commits(file: string): number {
  const log = readFileSync(`${file}-wal`);
  if (log.length === 0) return 0;
  const frame = 24 + log.readUInt32BE(8);
  let found = 0;
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) > 0) found += 1;
  return found;
}

test('an outcome and the intents that follow from it are one commit', async () => {
  standTimeStill();
  const file = await databaseFile();
  const node = await startNode({ file, definition: work({ steps: [], decide: chain('a', 'b', 'c'), body: () => 1 }) });
  const before = commits(file);
  await node.engine.submit(submission(1));
  await ended(node, id(1));
  // Submitted and claimed, a begun, a and b, b and c, c ended, the end.
  expect(commits(file) - before).toBe(6);
  expect(await told(node, id(1))).toEqual([
    'workflow_start',
    ...['a', 'b', 'c'].flatMap(() => ['agent_start', 'agent_complete']),
    'workflow_complete',
  ]);
});

test('a body runs on durable ground: its intent and the outcome it follows from can be seen by everyone', async () => {
  const file = await databaseFile();
  const other = await startNode({ file, definition: work({ steps: [], body: () => 1 }), serve: false });
  const seen: unknown[] = [];
  const node = await startNode({
    file,
    definition: work({
      steps: [],
      decide: chain('a', 'b'),
      body: async () => {
        seen.push((await other.store.steps.list(id(1))).map(({ step_id, status }) => `${step_id} ${status}`));
        return 1;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await ended(node, id(1));
  expect(seen).toEqual([['a running'], ['a succeeded', 'b running']]);
});

test('a disk that is full at the commit takes outcome and intents back; neither is lost, no body runs too early', async () => {
  let refused = 0;
  const ran: string[] = [];
  const node = await startNode({
    file: await databaseFile(),
    store: failing((step_id, moment) => {
      // First at the commit, then before anything of it is written, then at the commit again.
      const next = moment === (['written', 'asked', 'asked', 'written'] as const)[refused];
      if (step_id !== 'a' || !next) return null;
      refused += 1;
      return new Fault('STORE_FULL', 'the disk is full');
    }),
    definition: work({
      steps: [],
      decide: chain('a', 'b', 'c'),
      body: async ({ spec: { step_id }, journal }) => {
        ran.push(`${step_id} after ${[...journal.steps.values()].map((one) => `${one.step_id} ${one.status}`).join()}`);
        return step_id;
      },
    }),
  });
  await node.engine.submit(submission(1));
  await eventually(() => refused === 1, 'the first refusal');
  expect([ran.length, (await step(node, id(1), 'b')) ?? null]).toEqual([1, null]);
  await node.clock.advance(30_000);
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
  expect(refused).toBe(4);
  expect((await told(node, id(1))).slice(0, 4)).toEqual([
    'workflow_start',
    'agent_start',
    'agent_complete',
    'agent_start',
  ]);
  expect(ran).toEqual(['a after ', 'b after a succeeded', 'c after a succeeded,b succeeded']);
  expect(
    (await node.store.steps.list(id(1))).map(({ step_id, attempts, failures }) => [step_id, attempts, failures]),
  ).toEqual([
    ['a', 1, 0],
    ['b', 1, 0],
    ['c', 1, 0],
  ]);
});

test('a transaction that fails for good is a failed attempt of the outcome alone, not the end of the workflow', async () => {
  let refused = 0;
  const node = await startNode({
    file: await databaseFile(),
    store: failing((step_id, moment) => {
      if (step_id !== 'a' || moment === 'asked' || refused === 1) return null;
      refused += 1;
      return new TypeError('the row does not fit');
    }),
    definition: work({ steps: [], decide: chain('a', 'b'), body: () => 1 }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(30_000);
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
  const steps = await node.store.steps.list(id(1));
  expect(steps.map(({ step_id, attempts, failures }) => [step_id, attempts, failures])).toEqual([
    ['a', 2, 1],
    ['b', 1, 0],
  ]);
});

test('what follows begins in the place of what it follows from, and takes none beyond', async () => {
  let running = 0;
  let most = 0;
  const node = await startNode({
    file: await databaseFile(),
    total: 2,
    definition: work({
      steps: [],
      decide: (journal) => chain(`1${journal.workflow.task_id}`, '2', '3')(journal),
      body: async ({ persist }) => {
        running += 1;
        most = Math.max(most, running);
        await persist(async () => undefined);
        running -= 1;
        return 1;
      },
    }),
  });
  await Promise.all([1, 2, 3, 4, 5].map((n) => node.engine.submit(submission(n))));
  for (const n of [1, 2, 3, 4, 5]) expect((await ended(node, id(n))).status).toBe('completed');
  expect(most).toBe(2);
});

test('a cancel that meets an outcome on its way begins nothing after it', async () => {
  let cancelled = false;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: [],
      decide: chain('a', 'b'),
      body: async ({ spec: { step_id } }) => {
        if (step_id === 'a') {
          cancelled = true;
          await node.engine.stop(id(1), { kind: 'cancel', reason: null, finalize: false });
        }
        return step_id;
      },
    }),
  });
  await node.engine.submit(submission(1));
  expect((await ended(node, id(1))).status).toBe('cancelled');
  expect([cancelled, (await step(node, id(1), 'b')) ?? null]).toEqual([true, null]);
});

test('submissions that come together are claimed with their own submission', async () => {
  standTimeStill();
  const file = await databaseFile();
  const node = await startNode({ file, definition: work({ steps: ['a'], body: () => 1 }) });
  const before = commits(file);
  await Promise.all([1, 2, 3, 4, 5].map((n) => node.engine.submit(submission(n))));
  for (const n of [1, 2, 3, 4, 5]) await ended(node, id(n));
  // Submitted and claimed, begun, ended, the end: for all five of them.
  expect(commits(file) - before).toBe(4);
});
