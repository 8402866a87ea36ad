import { expect, test } from 'vitest';
import { Fault } from '../../../src/core/errors.ts';
import type { Perform } from '../../../src/engine/dispatch/dispatch.ts';
import { InProcessDispatcher } from '../../../src/engine/dispatch/in-process.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  databaseFile,
  deaf,
  ended,
  eventually,
  id,
  startNode,
  step,
  submission,
  told,
  untilAborted,
  work,
} from '../../support/engine-node.ts';

type Verb = 'begin' | 'settle' | 'fail' | 'finish' | 'claim' | 'heartbeat' | 'list';

/** The real dispatcher, which can be asked to perform a job outside its queue, or performs each several times. */
class Recording extends InProcessDispatcher {
  perform: Perform | null = null;
  readonly #times: number;

  constructor(options: { readonly total: number }, times = 1) {
    super(options);
    this.#times = times;
  }

  override serve(perform: Perform): void {
    this.perform = perform;
    super.serve(async (job, signal, leave) => {
      await Promise.all(Array.from({ length: this.#times }, () => perform(job, signal, leave)));
    });
  }
}

/** The real store behind a disk that is full: the verbs named reject while `full` holds. */
function weather(verbs: readonly Verb[], full: () => boolean): (real: Store) => Store {
  const behind = <Noun extends object>(noun: Noun): Noun =>
    new Proxy(noun, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== 'function' || !verbs.some((refused) => refused === name)) return verb;
        return async (...args: unknown[]): Promise<unknown> => {
          if (full()) throw new Fault('STORE_FULL', 'the disk is full');
          return Reflect.apply(verb, target, args) as unknown;
        };
      },
    });
  return (real) => ({ ...real, steps: behind(real.steps), workflows: behind(real.workflows) });
}

test.for([['begin'], ['settle'], ['fail'], ['finish'], ['claim'], ['list']] as const)(
  'a disk that is full for a while at %s costs time and nothing else',
  async (verbs) => {
    let refused = 0;
    let calls = 0;
    let failures = 0;
    const node = await startNode({
      file: await databaseFile(),
      store: weather(verbs, () => {
        refused += 1;
        return refused <= 4;
      }),
      definition: work({
        steps: ['a', 'b'],
        body: ({ spec, attempt }) => {
          calls += 1;
          if (spec.step_id === 'b' && attempt === 1) {
            failures += 1;
            throw new Error('once');
          }
          return spec.step_id;
        },
      }),
    });
    await node.engine.submit(submission(1));
    await node.clock.advance(30_000);
    expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
    expect(refused).toBeGreaterThan(4);
    expect([calls, failures]).toEqual([3, 1]);
  },
);

test('a body that meets a full disk itself waits for room, however long, and is not counted as failed', async () => {
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: ({ persist }) =>
        persist(() => {
          calls += 1;
          return calls <= 6
            ? Promise.reject(new Fault('STORE_FULL', 'the disk is full'))
            : Promise.resolve('collected');
        }),
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(60_000);
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed' });
  expect(await step(node, id(1), 'a')).toMatchObject({ output: 'collected', attempts: 1, failures: 0 });
  expect(calls).toBe(7);
});

test('an outcome outlasts a disk that is full for longer than the lease', async () => {
  let full = false;
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    store: weather(['begin', 'settle', 'fail', 'finish', 'claim', 'heartbeat'], () => full),
    definition: work({
      steps: ['a'],
      body: () => {
        calls += 1;
        full = true;
        return 'paid for';
      },
    }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(45_000);
  expect((await step(node, id(1), 'a'))?.status).toBe('running');
  full = false;
  await node.clock.advance(10_000);
  expect(await ended(node, id(1))).toMatchObject({ status: 'completed', resumed: 0 });
  expect(await step(node, id(1), 'a')).toMatchObject({ output: 'paid for', attempts: 1 });
  expect(calls).toBe(1);
});

test('what holds a workflow up is told while it does: at work, and before it can be claimed', async () => {
  let full = true;
  const node = await startNode({
    file: await databaseFile(),
    store: weather(['claim', 'settle'], () => full),
    definition: work({ steps: ['a'], body: () => 'done' }),
    serve: false,
  });
  expect(node.engine.heldUp(id(1))).toBeNull();
  await node.store.workflows.create(submission(1), { max_active: 50, max_queued: 50 });
  await node.engine.take(id(1));
  expect(node.engine.heldUp(id(1))).toMatchObject({ code: 'STORE_FULL' });
  full = false;
  await node.clock.advance(1000);
  await ended(node, id(1));
  expect(node.engine.heldUp(id(1))).toBeNull();
  await node.engine.submit(submission(2));
  full = true;
  await eventually(() => node.engine.heldUp(id(2))?.code === 'STORE_FULL', 'the outcome waits');
  full = false;
  await node.clock.advance(5000);
  await ended(node, id(2));
  expect(node.engine.heldUp(id(2))).toBeNull();
});

test('a server whose leases cannot be renewed says that this holds up what it was asked for, and only while it does', async () => {
  let full = true;
  const node = await startNode({
    file: await databaseFile(),
    store: weather(['heartbeat'], () => full),
    definition: work({ steps: ['a'], body: ({ journal }) => (journal.workflow.task_id === id(1) ? deaf() : 'done') }),
  });
  await node.engine.submit(submission(1));
  await node.clock.advance(4000);
  await node.store.workflows.create(submission(2), { max_active: 50, max_queued: 50 });
  await node.engine.take(id(2));
  expect(node.engine.heldUp(id(2))).toMatchObject({ code: 'STORE_FULL' });
  full = false;
  await node.clock.advance(1000);
  await ended(node, id(2));
  expect(node.engine.heldUp(id(2))).toBeNull();
});

test('closing does not wait for the weather', async () => {
  const node = await startNode({
    file: await databaseFile(),
    store: weather(['settle'], () => true),
    definition: work({ steps: ['a'], body: () => 'done' }),
  });
  await node.engine.submit(submission(1));
  await eventually(() => node.log.some((line) => line.includes('waiting for the store')), 'it waits');
  await node.engine.close();
  expect((await step(node, id(1), 'a'))?.status).toBe('running');
});

test('a pattern that throws ends the workflow as failed, with its terminal event', async () => {
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: [],
      body: () => 0,
      decide: () => {
        throw new TypeError('undefined is not a plan');
      },
    }),
  });
  await node.engine.submit(submission(1));
  const workflow = await ended(node, id(1));
  expect(workflow).toMatchObject({ status: 'failed', error: { code: 'INTERNAL', message: 'undefined is not a plan' } });
  expect(await told(node, id(1))).toEqual(['workflow_start', 'workflow_error']);
});

test('a pattern that names nothing to run ends as failed instead of waiting for its deadline', async () => {
  const node = await startNode({
    file: await databaseFile(),
    definition: work({ steps: [], body: () => 0, decide: () => ({ kind: 'run', steps: [] }) }),
  });
  await node.engine.submit(submission(1));
  expect((await ended(node, id(1))).error?.code).toBe('INTERNAL');
});

test('a step of a kind nobody runs ends the workflow as failed', async () => {
  const definition = work({ steps: ['a'], body: () => 0 });
  const node = await startNode({ file: await databaseFile(), definition: { ...definition, kinds: {} } });
  await node.engine.submit(submission(1));
  expect((await ended(node, id(1))).error?.message).toContain('no body runs steps of kind work');
});

test('a conclusion that throws ends the workflow as failed, without a result', async () => {
  let tries = 0;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => 'A',
      conclude: async () => {
        tries += 1;
        throw new Fault('REPORT_INTEGRITY', 'mark [2] has no source');
      },
    }),
  });
  await node.engine.submit(submission(1));
  expect(await ended(node, id(1))).toMatchObject({ status: 'failed', error: { code: 'REPORT_INTEGRITY' } });
  expect(await node.store.results.get(id(1))).toBeNull();
  expect((await told(node, id(1))).at(-1)).toBe('workflow_error');
  expect(tries).toBe(1);
});

test('a result that cannot be stored ends the workflow as failed instead of beginning again for ever', async () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const node = await startNode({
    file: await databaseFile(),
    definition: work({
      steps: ['a'],
      body: () => 'A',
      conclude: async () => ({ result: cyclic as { self: string }, total_cost: 0, event: {} }),
    }),
  });
  await node.engine.submit(submission(1));
  const workflow = await ended(node, id(1));
  expect(workflow).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' }, resumed: 0 });
  expect(workflow.error?.message).toContain('circular');
});

test('the order in which steps finish does not show in what the pattern and the result see', async () => {
  const orders: unknown[] = [];
  for (const order of [
    ['a', 'b', 'c'],
    ['c', 'a', 'b'],
  ]) {
    const gates = new Map(order.map((name) => [name, Promise.withResolvers<string>()]));
    const node = await startNode({
      file: await databaseFile(),
      definition: work({
        steps: ['a', 'b', 'c'],
        body: ({ spec }) => gates.get(spec.step_id)?.promise ?? '',
        conclude: async (journal) => ({ result: [...journal.steps.keys()], total_cost: 0, event: {} }),
      }),
    });
    await node.engine.submit(submission(1));
    for (const name of order) {
      gates.get(name)?.resolve(name);
      await eventually(async () => (await step(node, id(1), name))?.status === 'succeeded', `${name} ends`);
    }
    await ended(node, id(1));
    orders.push((await node.store.results.get(id(1)))?.result);
  }
  expect(orders[1]).toEqual(orders[0]);
});

test('a job for a step or a workflow nobody works on is harmless', async () => {
  const dispatcher = new Recording({ total: 5 });
  const node = await startNode({
    file: await databaseFile(),
    dispatcher,
    definition: work({ steps: ['a'], body: ({ signal }) => untilAborted(signal) }),
  });
  await node.engine.submit(submission(1));
  await node.clock.settle();
  const { signal } = new AbortController();
  await dispatcher.perform?.({ task_id: id(1), step_id: 'never-planned' }, signal, () => undefined);
  await dispatcher.perform?.({ task_id: id(7), step_id: 'a' }, signal, () => undefined);
  expect((await node.store.steps.list(id(1))).map((record) => record.step_id)).toEqual(['a']);
});

test('a dispatcher that delivers each job twice buys it twice at most and records it once', async () => {
  const dispatcher = new Recording({ total: 20 }, 2);
  let calls = 0;
  const node = await startNode({
    file: await databaseFile(),
    dispatcher,
    definition: work({
      steps: ['a', 'b', 'c'],
      body: () => {
        calls += 1;
        return calls;
      },
    }),
  });
  await node.engine.submit(submission(1));
  expect((await ended(node, id(1))).status).toBe('completed');
  const events = await told(node, id(1));
  expect(events.filter((type) => type === 'agent_complete')).toHaveLength(3);
  expect(events.filter((type) => type === 'agent_start')).toHaveLength(3);
  expect(calls).toBeLessThanOrEqual(6);
});
