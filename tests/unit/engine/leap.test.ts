/** A clock that leaps is no time of a workflow that begins after it, and is counted once for one that was under way. */

import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { databaseFile, id, type Node, startNode, submission, work } from '../../support/engine-node.ts';

const HOUR_MS = 3_600_000;
const LIMIT_MINUTES = 10;

/** Can be set, as a machine's clock can. */
class SettableClock extends FakeClock {
  #ahead = 0;

  override now(): number {
    return super.now() + this.#ahead;
  }

  set(ms: number): void {
    this.#ahead += ms;
  }
}

async function node(): Promise<{ readonly node: Node; readonly clock: SettableClock }> {
  const clock = new SettableClock();
  const definition = work({
    steps: ['a'],
    timeout_ms: 10 * HOUR_MS,
    body: ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      }),
  });
  return { node: await startNode({ file: await databaseFile(), clock, definition }), clock };
}

/** Milliseconds that are left of the limit; null for one that has ended. */
async function left({ store, clock }: Node): Promise<number | null> {
  const workflow = await store.workflows.get(id(1));
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
