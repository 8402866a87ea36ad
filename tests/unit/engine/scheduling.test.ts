/** Many workflows at once: what is promised of limits and waiting, counted in steps, never in seconds. */

import { expect, test } from 'vitest';
import type { Dispatcher } from '../../../src/engine/dispatch/dispatch.ts';
import { InProcessDispatcher } from '../../../src/engine/dispatch/in-process.ts';
import type { Status } from '../../../src/core/workflow.ts';
import type { Store } from '../../../src/store/store.ts';
import { BIG, Conductor, SMALL, type Stages } from '../../support/conductor.ts';
import { databaseFile, eventually, id, startNode, submission, work } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { Random } from '../../support/random.ts';
import { SEED } from '../../support/sizes.ts';

const MANY = 200;
const ALL = Array.from({ length: MANY }, (_, n) => n + 1);

async function recorded(store: Store, status: Status): Promise<readonly string[]> {
  const asked = { owner: 'local', orchestrator_type: null, words: null, since: null, until: null, before: null };
  return (await store.workflows.list({ ...asked, status, limit: MANY })).map(({ workflow }) => workflow.task_id);
}

function mostOfOne(names: readonly string[]): readonly [name: string, count: number][] {
  return [...Map.groupBy(names, (name) => name)].map(([name, same]) => [name, same.length]);
}

test(`200 workflows at once over two processes exceed no limit, and all of them land (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const file = await databaseFile();
  const clock = new FakeClock();
  // More than the places of both processes can be filled with, so that it is the limits that keep the numbers down.
  const [max_active, total] = [40, 16];
  const limits = new Map(ALL.map((n) => [id(n), 1 + (n % 3)]));
  const sizes = new Map<string, Stages>(ALL.map((n) => [id(n), n % 4 === 0 ? SMALL : BIG]));
  const most = { active: 0, atWork: 0, ofOne: 0, ofBoth: 0 };
  const exceeded: string[] = [];
  const watch = (playing: readonly { readonly task_id: string }[]): void => {
    most.atWork = Math.max(most.atWork, playing.length);
    most.ofBoth = Math.max(most.ofBoth, here.playing.length + there.playing.length);
    for (const [task_id, count] of mostOfOne(playing.map((body) => body.task_id))) {
      if (count > (limits.get(task_id) ?? 0)) exceeded.push(task_id);
      most.ofOne = Math.max(most.ofOne, count);
    }
  };
  const process = async () => {
    const conductor = new Conductor(watch);
    const definition = conductor.definition((task_id) => sizes.get(task_id) ?? SMALL);
    return { conductor, ...(await startNode({ file, clock, definition, max_active, total })) };
  };
  const both = [await process(), await process()] as const;
  const [{ conductor: here, store }, { conductor: there }] = both;
  const submit = (n: number): Promise<unknown> => {
    const max_concurrent_agents = limits.get(id(n)) ?? 0;
    return both[n % 2 === 0 ? 0 : 1].engine.submit(submission(n, { max_concurrent_agents }));
  };
  // Each process takes one while places are free; of the others, all at once, either may take as many as it can get.
  for (const n of [1, 2]) await submit(n);
  await Promise.all(ALL.slice(2).map(submit));
  const look = async (): Promise<void> => {
    there.endSome(random, total);
    most.active = Math.max(most.active, (await recorded(store, 'running')).length);
  };
  const steps = (MANY * 3 * 13) / 4 + (MANY * 4) / 4;
  const over = (): boolean => here.begun + there.begun === steps && here.playing.length + there.playing.length === 0;
  await here.play(random, over, { most: total, look });
  await eventually(async () => (await recorded(store, 'completed')).length === MANY, 'all land');
  expect(exceeded).toEqual([]);
  // Each was reached: it was the limits that kept the numbers down.
  expect(most).toEqual({ active: max_active, atWork: total, ofOne: 3, ofBoth: expect.any(Number) });
  // Both were at work, if not in the same moment.
  expect([here.begun > 0, there.begun > 0]).toEqual([true, true]);
  expect(most.ofBoth).toBeLessThanOrEqual(2 * total);
});

test(`the queue moves in its order, and a position says at each moment how many begin before (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const clock = new FakeClock();
  const conductor = new Conductor();
  const max_active = 10;
  const definition = conductor.definition(() => [['only']]);
  const node = await startNode({ file: await databaseFile(), clock, definition, max_active });
  for (const n of ALL) {
    clock.jump(random.below(2));
    await node.engine.submit(submission(n));
  }
  const queuePosition = (task_id: string): Promise<number | null> => node.store.workflows.queuePosition(task_id);
  const cancelled = new Set<string>();
  let queue = ALL.map(id);
  const look = async (): Promise<void> => {
    const places = await Promise.all(queue.map(queuePosition));
    const waiting = queue.filter((_, n) => places[n] !== null);
    // Whoever left the queue stood before all who still wait, but for those that were cancelled.
    expect(queue.filter((task_id) => !cancelled.has(task_id)).slice(-waiting.length || MANY)).toEqual(waiting);
    expect(places.filter((place) => place !== null)).toEqual(waiting.map((_, ahead) => ahead + 1));
    queue = waiting;
    if (waiting.length === 0 || !random.chance(0.1)) return;
    const gone = random.pick(waiting);
    cancelled.add(gone);
    await node.engine.stop(gone, { kind: 'cancel', reason: null, finalize: false });
    expect(await queuePosition(gone)).toBeNull();
  };
  await look();
  const over = (): boolean => conductor.begun === MANY - cancelled.size && conductor.playing.length === 0;
  await conductor.play(random, over, { most: 3, look });
  await eventually(async () => (await recorded(node.store, 'completed')).length === conductor.begun, 'all land');
  expect(conductor.started).toEqual(ALL.map(id).filter((task_id) => !cancelled.has(task_id)));
  expect(await recorded(node.store, 'cancelled')).toHaveLength(cancelled.size);
});

test(`a step of a small workflow waits for at most one step of each other one, however big they are (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const conductor = new Conductor();
  const smallOnes = ALL.filter((n) => n > MANY - 10).map(id);
  const inner = new InProcessDispatcher({ total: 8 });
  /** Steps begun by others between a small one's step being ready and its beginning. */
  const waits: number[] = [];
  const ready = new Map<string, number>();
  const dispatcher: Dispatcher = {
    serve: (perform) =>
      inner.serve((job, signal, leave) => {
        const since = ready.get(job.task_id);
        if (since !== undefined) waits.push(begun - since);
        begun += 1;
        return perform(job, signal, leave);
      }),
    dispatch: (job, limit) => {
      if (smallOnes.includes(job.task_id)) ready.set(job.task_id, begun);
      inner.dispatch(job, limit);
    },
    withdraw: (task_id, reason) => inner.withdraw(task_id, reason),
    close: () => inner.close(),
  };
  let begun = 0;
  const definition = conductor.definition((task_id) => (smallOnes.includes(task_id) ? SMALL : BIG));
  const node = await startNode({ file: await databaseFile(), definition, dispatcher, max_active: MANY });
  await Promise.all(ALL.map((n) => node.engine.submit(submission(n))));
  await eventually(async () => (await recorded(node.store, 'running')).length === MANY, 'all are active');
  await conductor.play(random, () => waits.length === smallOnes.length * SMALL.length, { most: 4 });
  await conductor.play(random, async () => (await recorded(node.store, 'completed')).length >= smallOnes.length, {
    most: 4,
  });
  expect(waits).toHaveLength(smallOnes.length * SMALL.length);
  expect(Math.max(...waits)).toBeLessThan(MANY);
  // The first to end are the small ones, which were the last to come.
  expect(new Set(await recorded(node.store, 'completed'))).toEqual(new Set(smallOnes));
});

test('of 200 at once, those beyond the places and the queue are refused, and nothing of them is stored', async () => {
  const conductor = new Conductor();
  const definition = conductor.definition(() => SMALL);
  const node = await startNode({ file: await databaseFile(), definition, max_active: 20, max_queued: 100 });
  const answers = await Promise.allSettled(ALL.map((n) => node.engine.submit(submission(n))));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  expect(answers.findIndex((answer) => answer.status === 'rejected')).toBe(120);
  expect(refused).toHaveLength(80);
  for (const reason of refused) {
    expect(reason).toMatchObject({
      code: 'QUEUE_FULL',
      retryable: true,
      message: '100 workflows wait already for a place among the 20 that may run at a time',
      hint: 'Wait for some to finish, or raise BELTALOWDA_MAX_QUEUED_WORKFLOWS.',
    });
  }
  expect(await recorded(node.store, 'running')).toHaveLength(20);
  expect(await recorded(node.store, 'pending')).toHaveLength(100);
  for (const n of ALL.slice(120)) expect(await node.store.workflows.get(id(n))).toBeNull();
});

test.each([
  { serve: true, most: 6 },
  { serve: false, most: 59 },
])(
  'a submission is answered once its place is known, not when all that come and go were claimed (serve: $serve)',
  async ({ serve, most }) => {
    let begun = 0;
    const body = (): string => {
      begun += 1;
      return 'done';
    };
    const definition = work({ steps: ['only'], body });
    const node = await startNode({ file: await databaseFile(), definition, max_active: 5, serve });
    // Each ends as soon as it has begun, so that there is always another one to claim.
    const answers = ALL.slice(0, 60).map(async (n) => {
      await node.engine.submit(submission(n));
      return begun;
    });
    expect(Math.max(...(await Promise.all(answers)))).toBeLessThanOrEqual(most);
    await eventually(async () => (await recorded(node.store, 'completed')).length === 60, 'all end');
  },
);
