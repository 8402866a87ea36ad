import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  databaseFile,
  ended,
  eventually,
  id,
  startNode,
  submission,
  untilAborted,
  work,
} from '../../support/engine-node.ts';

/** Bodies that wait for their gate, and the order in which they began. */
function gated() {
  const began: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<string>>();
  let most = 0;
  let running = 0;
  const gate = (name: string): PromiseWithResolvers<string> => {
    const known = gates.get(name) ?? Promise.withResolvers<string>();
    gates.set(name, known);
    return known;
  };
  return {
    began,
    most: () => most,
    open: (name: string) => gate(name).resolve(name),
    body: async (name: string): Promise<string> => {
      began.push(name);
      running += 1;
      most = Math.max(most, running);
      const said = await gate(name).promise;
      running -= 1;
      return said;
    },
  };
}

test('no more than max_active workflows run over two engines, and the queue moves in its order', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const work1 = gated();
  const definition = work({
    steps: ['a'],
    timeout_ms: 600_000,
    body: ({ journal }) => work1.body(journal.workflow.task_id),
  });
  const nodes = [
    await startNode({ file, clock, definition, max_active: 2 }),
    await startNode({ file, clock, definition, max_active: 2 }),
  ] as const;
  for (let n = 1; n <= 6; n += 1) {
    clock.jump(1);
    await nodes[n % 2 === 0 ? 0 : 1].engine.submit(submission(n));
  }
  await clock.settle();
  expect(work1.began).toEqual([id(1), id(2)]);
  expect(await Promise.all([3, 4, 5, 6].map((n) => nodes[0].store.workflows.queuePosition(id(n))))).toEqual([
    1, 2, 3, 4,
  ]);
  for (let n = 1; n <= 6; n += 1) {
    await eventually(() => work1.began.includes(id(n)), `${n} begins`);
    work1.open(id(n));
    await ended(nodes[0], id(n));
    // The other process looks once a second.
    await clock.advance(1000);
  }
  expect(work1.began).toEqual([1, 2, 3, 4, 5, 6].map(id));
  expect(work1.most()).toBe(2);
});

test('a place is handed on the moment a workflow ends, also in an engine that works only on what it was asked for', async () => {
  for (const serve of [true, false]) {
    const waiting = gated();
    const node = await startNode({
      file: await databaseFile(),
      serve,
      max_active: 1,
      definition: work({ steps: ['a'], body: ({ journal }) => waiting.body(journal.workflow.task_id) }),
    });
    await node.engine.submit(submission(1));
    await node.engine.submit(submission(2));
    await node.clock.settle();
    expect(waiting.began).toEqual([id(1)]);
    waiting.open(id(1));
    await eventually(() => waiting.began.length === 2, 'the next begins without the clock moving');
    waiting.open(id(2));
    await ended(node, id(2));
  }
});

test('a queue that is full refuses clearly and records nothing', async () => {
  const node = await startNode({
    file: await databaseFile(),
    max_active: 1,
    max_queued: 1,
    definition: work({ steps: ['a'], body: ({ signal }) => untilAborted(signal) }),
  });
  await node.engine.submit(submission(1));
  await node.engine.submit(submission(2));
  await expect(node.engine.submit(submission(3))).rejects.toMatchObject({ code: 'QUEUE_FULL', retryable: true });
  expect(await node.store.workflows.get(id(3))).toBeNull();
});

test('an engine that does not serve leaves the workflows of others alone', async () => {
  const file = await databaseFile();
  const node = await startNode({ file, serve: false, definition: work({ steps: ['a'], body: () => 'done' }) });
  await node.store.workflows.create(submission(1), { max_active: 5, max_queued: 5 });
  await node.engine.submit(submission(2));
  await ended(node, id(2));
  await node.clock.advance(30_000);
  expect((await node.store.workflows.get(id(1)))?.status).toBe('pending');
  await node.engine.take(id(1));
  expect((await ended(node, id(1))).status).toBe('completed');
});

test('a workflow of 32 agents does not keep one of a single agent waiting', async () => {
  const bodies = gated();
  const many = Array.from({ length: 32 }, (_, n) => `many-${n + 1}`);
  const node = await startNode({
    file: await databaseFile(),
    total: 4,
    definition: work({
      steps: (task_id) => (task_id === id(1) ? many : ['single']),
      body: ({ spec }) => bodies.body(spec.step_id),
    }),
  });
  await node.engine.submit(submission(1, { max_concurrent_agents: 32 }));
  await node.clock.settle();
  await node.engine.submit(submission(2));
  await node.clock.settle();
  expect(bodies.began).toEqual(many.slice(0, 4));
  bodies.open('many-1');
  await eventually(() => bodies.began.length === 5, 'a place is free');
  expect(bodies.began[4]).toBe('single');
  bodies.open('single');
  expect((await ended(node, id(2))).status).toBe('completed');
  for (const name of many) bodies.open(name);
  expect((await ended(node, id(1))).status).toBe('completed');
  expect(bodies.most()).toBe(4);
});

test('a workflow never has more agents at work than its own limit', async () => {
  const bodies = gated();
  const steps = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const node = await startNode({
    file: await databaseFile(),
    definition: work({ steps, body: ({ spec }) => bodies.body(spec.step_id) }),
  });
  await node.engine.submit(submission(1, { max_concurrent_agents: 3 }));
  await node.clock.settle();
  expect(bodies.began).toEqual(['a', 'b', 'c']);
  for (const name of steps) bodies.open(name);
  expect((await ended(node, id(1))).status).toBe('completed');
  expect(bodies.most()).toBe(3);
});

test('submissions that arrive while workflows are being claimed are not forgotten until the next tick', async () => {
  const node = await startNode({
    file: await databaseFile(),
    serve: false,
    definition: work({ steps: ['a'], body: () => 'done' }),
  });
  const numbers = Array.from({ length: 40 }, (_, n) => n + 1);
  for (const n of numbers) {
    // One after another, a few microtasks apart: any of them may fall between the last look and the end of a round.
    void node.engine.submit(submission(n));
    for (let turn = 0; turn < n % 7; turn += 1) await Promise.resolve();
    if (n % 3 === 0) await node.clock.settle(1);
  }
  for (const n of numbers) expect((await ended(node, id(n))).status).toBe('completed');
});
