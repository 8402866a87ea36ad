/**
 * A clock that leaps is no time of a workflow that begins after it, is counted once for one that was under way, and makes
 * nobody's lease expire.
 */

import { describe, expect, test } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { SettableClock } from '../../support/settable-clock.ts';
import {
  databaseFile,
  ended,
  id,
  type Node,
  type NodeOptions,
  startNode,
  step,
  submission,
  told,
  untilAborted,
  work,
} from '../../support/engine-node.ts';

const HOUR_MS = 3_600_000;
const LIMIT_MINUTES = 10;

const endless = work({ steps: ['a'], timeout_ms: 10 * HOUR_MS, body: ({ signal }) => untilAborted(signal) });

async function node(
  options: Partial<NodeOptions> = {},
): Promise<{ readonly node: Node; readonly clock: SettableClock }> {
  const clock = new SettableClock();
  return { node: await startNode({ file: await databaseFile(), clock, definition: endless, ...options }), clock };
}

/** A store whose verb does something else first. */
function before(verb: 'heartbeat' | 'holders', happens: () => Promise<void> | void): (real: Store) => Store {
  return (real) => {
    const taps: Pick<Store['workflows'], 'heartbeat' | 'holders'> = {
      heartbeat: async (renewals, lease_ms) => {
        await happens();
        return real.workflows.heartbeat(renewals, lease_ms);
      },
      holders: async () => {
        await happens();
        return real.workflows.holders();
      },
    };
    return { ...real, workflows: { ...real.workflows, [verb]: taps[verb] } };
  };
}

/** Milliseconds that are left of the limit; null for one that has ended. */
async function left({ store, clock }: Node, number = 1): Promise<number | null> {
  const workflow = await store.workflows.get(id(number));
  return workflow?.status === 'running' ? Date.parse(workflow.deadline_at ?? '') - clock.now() : null;
}

test.each([HOUR_MS, -HOUR_MS])('what is submitted after a leap of %d ms has the whole limit', async (leap) => {
  const { node: on, clock } = await node();
  await clock.advance(2500);
  clock.set(leap);
  await on.engine.submit(submission(1, { timeout_minutes: LIMIT_MINUTES }));
  await clock.advance(5000);
  expect(await left(on)).toBe(LIMIT_MINUTES * 60_000 - 5000);
});

test.each([HOUR_MS, -HOUR_MS])('two looks at once count a leap of %d ms once', async (leap) => {
  const { node: on, clock } = await node();
  await on.engine.submit(submission(1, { timeout_minutes: LIMIT_MINUTES }));
  await clock.advance(2500);
  const before = await left(on);
  clock.set(leap);
  await Promise.all([on.engine.tick(), on.engine.take(id(1))]);
  await clock.advance(5000);
  const after = await left(on);
  expect(before).not.toBeNull();
  // What lay between the last heartbeat and the leap is not known to have been work.
  expect(after).toBeGreaterThanOrEqual((before ?? 0) - 5000);
  expect(after).toBeLessThanOrEqual(LIMIT_MINUTES * 60_000 - 5000);
});

test.each([HOUR_MS, -HOUR_MS])(
  'a leap of %d ms while a heartbeat is on its way is none of what is submitted then',
  async (leap) => {
    let gate: Promise<void> | null = null;
    const opened = Promise.withResolvers<void>();
    const { node: on, clock } = await node({ serve: false, store: before('heartbeat', () => gate ?? undefined) });
    await on.engine.submit(submission(1, { timeout_minutes: LIMIT_MINUTES }));
    await clock.advance(2500);
    gate = opened.promise;
    await clock.advance(1000);
    clock.set(leap);
    const submitted = on.engine.submit(submission(2, { timeout_minutes: LIMIT_MINUTES }));
    await clock.settle();
    gate = null;
    opened.resolve();
    await submitted;
    await clock.advance(5000);
    expect(await left(on, 2)).toBe(LIMIT_MINUTES * 60_000 - 5000);
    // Of the other the leap is taken off, and what lay between the heartbeat and the leap with it.
    expect(await left(on, 1)).toBeGreaterThanOrEqual(LIMIT_MINUTES * 60_000 - 8500);
    expect(await left(on, 1)).toBeLessThan(LIMIT_MINUTES * 60_000 - 5000);
  },
);

test.each([HOUR_MS, -HOUR_MS])(
  'a leap of %d ms between a heartbeat and the claim is none of what is claimed',
  async (leap) => {
    let leapt = true;
    const clock = new SettableClock();
    const leaping = before('holders', () => {
      if (!leapt) clock.set(leap);
      leapt = true;
    });
    const { node: on } = await node({ store: leaping, clock });
    await on.engine.submit(submission(1));
    await clock.advance(3500);
    await on.store.workflows.create(submission(2, { timeout_minutes: LIMIT_MINUTES }), {
      max_active: 9,
      max_queued: 9,
    });
    leapt = false;
    await on.engine.take(id(2));
    await clock.advance(5000);
    expect(await left(on, 2)).toBe(LIMIT_MINUTES * 60_000 - 5000);
  },
);

test('a submission does not wait for a heartbeat', async () => {
  const opened = Promise.withResolvers<void>();
  const { node: on, clock } = await node({ store: before('heartbeat', () => opened.promise) });
  await on.engine.submit(submission(1));
  await clock.advance(4000);
  expect((await on.engine.submit(submission(2))).workflow.status).toBe('running');
  opened.resolve();
});

/** Two processes on one file that have lived for a minute, the first with a call in flight; then the clock is set. */
async function pair(leap: number, options: Partial<NodeOptions> = {}) {
  const file = await databaseFile();
  const clock = new SettableClock();
  const [first, other] = [
    await startNode({ file, clock, definition: endless }),
    await startNode({ file, clock, definition: endless, ...options }),
  ];
  await first.engine.submit({ ...submission(1), idempotency_key: 'key' });
  // Half a second before the first looks at the clock again; the longest since it renewed its lease.
  await clock.advance(62_500);
  clock.set(leap);
  return { first, other, clock };
}

const ASKING: readonly (readonly [string, (node: Node) => Promise<unknown>])[] = [
  ['the same key', ({ engine }) => engine.submit({ ...submission(2), input_hash: '1', idempotency_key: 'key' })],
  ['another submission', ({ engine }) => engine.submit(submission(2))],
  ['a resume', ({ engine }) => engine.take(id(1))],
];

// The lesser one is no longer than a lease, and longer than what is left of it.
describe.each([HOUR_MS, 9000])('after a leap of %d ms', (leap) => {
  test.each(ASKING)('%s takes nothing from a living process', async (_name, ask) => {
    for (const serve of [true, false]) {
      const { first, other, clock } = await pair(leap, { serve });
      await ask(other);
      await clock.advance(20_000);
      expect(await told(first, id(1))).not.toContain('workflow_resumed');
      expect(await step(first, id(1), 'a')).toMatchObject({ attempts: 1 });
    }
  });

  test('a cancel is carried out by the process that is at work', async () => {
    const { first, other, clock } = await pair(leap);
    await other.engine.stop(id(1), { kind: 'cancel', reason: null, finalize: false });
    await clock.advance(3000);
    expect(await ended(first, id(1))).toMatchObject({ status: 'cancelled', resumed: 0 });
  });

  test('what a living process is at keeps its place, and is not told as broken off', async () => {
    const { first, other, clock } = await pair(leap, { max_active: 1 });
    expect(await other.engine.interrupted('local', '1')).toBeNull();
    expect((await other.engine.submit(submission(2))).workflow.status).toBe('pending');
    await clock.advance(3500);
    await first.engine.close();
    await clock.advance(2000);
    // Given back, and taken up in its turn.
    expect(await other.store.workflows.get(id(1))).toMatchObject({ status: 'running', resumed: 1 });
  });
});

test('right after a leap what was given back, and what belonged to the dead, is taken up at once', async () => {
  const { first, other } = await pair(HOUR_MS);
  await first.engine.close();
  await other.engine.take(id(1));
  expect(await other.store.workflows.get(id(1))).toMatchObject({ status: 'running', resumed: 1 });
  await other.store.workflows.create(submission(2), { max_active: 9, max_queued: 9 });
  // Its holder is no engine of this process any more.
  const [holder = ''] = await other.store.workflows.holders();
  const dead = { holder: `${holder}0`, lease_ms: 10_000, max_active: 9, dead: [], expired_by: 0, task_id: id(2) };
  await other.store.workflows.claim(dead);
  await other.engine.take(id(2));
  expect(await other.store.workflows.get(id(2))).toMatchObject({ status: 'running', resumed: 1 });
});
