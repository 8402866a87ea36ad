/** Calls under way when their step is stopped, left or taken over: each has its bill before anything goes on. */

import { describe, expect, test } from 'vitest';
import { type Called, NO_USAGE } from '../../../src/core/call.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { StepContext } from '../../../src/engine/engine.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  databaseFile,
  deaf,
  ended,
  eventually,
  id,
  type Node,
  startNode,
  step,
  submission,
  untilAborted,
  work,
} from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { answered, callTo, limited, spentOn } from '../../support/scripted-calls.ts';

const CANCEL = { kind: 'cancel', reason: null, finalize: false } as const;
const GIVEN_UP = { status: 'failed', error: { code: 'CALL_INTERRUPTED' } };
const ESTIMATED = { ...GIVEN_UP, estimated: true, spent: spentOn(100) };

type Run = ReturnType<typeof callTo>['run'];

/** Hears its signal, and has something to say all the same. */
async function onceAborted(signal: AbortSignal, said: Called): Promise<Called> {
  await untilAborted(signal).catch(() => undefined);
  return said;
}

/** A step with one call under way. */
async function calling(run: Run, timeout_ms = 60_000): Promise<Node> {
  const body = ({ calls }: StepContext) => calls.make(callTo({ run }));
  const definition = work({ steps: ['agent'], body, timeout_ms });
  const node = await startNode({ file: await databaseFile(), definition });
  await node.engine.submit(submission(1));
  await eventually(async () => (await node.store.calls.list(id(1))).length === 1, 'the call is begun');
  await node.clock.settle();
  return node;
}

describe('a cancel', () => {
  test('settles a call that gives up at once at its reservation, before the workflow ends', async () => {
    const node = await calling(({ signal }) => untilAborted(signal));
    await node.engine.stop(id(1), CANCEL);
    const { completed_at } = await ended(node, id(1));
    const calls = await node.store.calls.list(id(1));
    expect(calls).toMatchObject([ESTIMATED]);
    expect(calls[0]?.error?.message).toContain('stopped');
    expect(calls[0]?.completed_at).toBe(completed_at);
    expect(await node.store.audit.verify(id(1))).toMatchObject({ sound: true });
  });

  test('takes what an aborted call says that it took', async () => {
    const cutOff = { kind: 'failed', fault: new Fault('PROVIDER_UNAVAILABLE', 'cut off'), spent: spentOn(7) } as const;
    const node = await calling(({ signal }) => onceAborted(signal, cutOff));
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect(await node.store.calls.list(id(1))).toMatchObject([{ ...GIVEN_UP, estimated: false, spent: spentOn(7) }]);
  });

  test('keeps an answer that came all the same', async () => {
    const node = await calling(({ signal }) => onceAborted(signal, answered('just in time')));
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect(await node.store.calls.list(id(1))).toMatchObject([{ status: 'succeeded', output: 'just in time' }]);
  });

  test('waits for none that hears nothing, and drops its late answer', async () => {
    const late = Promise.withResolvers<Called>();
    const node = await calling(() => late.promise);
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect(node.clock.now()).toBe(new FakeClock().now());
    const calls = await node.store.calls.list(id(1));
    expect(calls).toMatchObject([ESTIMATED]);
    late.resolve(answered('late'));
    await node.clock.settle();
    expect(await node.store.calls.list(id(1))).toEqual(calls);
  });

  test('ends the wait before the next request', async () => {
    const node = await calling(async () => limited(3_600_000));
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect(await node.store.calls.list(id(1))).toMatchObject([
      { status: 'failed', error: { code: 'PROVIDER_LIMITED' } },
    ]);
    expect(node.clock.now()).toBe(new FakeClock().now());
  });

  test('ends the wait for room', async () => {
    const budget = { max_tokens: 200, max_microusd: null };
    const definition = work({
      steps: ['one', 'two'],
      body: ({ calls, spec }) => calls.make(callTo({ key: spec.step_id, run: ({ signal }) => untilAborted(signal) })),
    });
    const node = await startNode({ file: await databaseFile(), definition });
    await node.engine.submit(submission(1, { budget }));
    await eventually(async () => (await node.store.calls.list(id(1))).length === 1, 'a call is begun');
    await node.clock.settle();
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    expect(await node.store.calls.list(id(1))).toMatchObject([ESTIMATED]);
  });

  test('that comes while room is made for a call bills it nothing, because it is not made', async () => {
    let made = 0;
    const stopped = (real: Store): Store => ({
      ...real,
      calls: {
        ...real.calls,
        reserve: async (hold, call) => {
          const reserved = await real.calls.reserve(hold, call);
          await node.engine.stop(id(1), CANCEL);
          return reserved;
        },
      },
    });
    const run: Run = async () => {
      made += 1;
      return answered('made');
    };
    const definition = work({ steps: ['agent'], body: ({ calls }) => calls.make(callTo({ run })) });
    const node = await startNode({ file: await databaseFile(), definition, store: stopped });
    await node.engine.submit(submission(1));
    await ended(node, id(1));
    expect(made).toBe(0);
    const nothing = { usage: NO_USAGE, microusd: 0 };
    expect(await node.store.calls.list(id(1))).toMatchObject([{ ...GIVEN_UP, estimated: false, spent: nothing }]);
  });
});

describe('an attempt that is over', () => {
  test('by its time limit has settled its calls, and the next makes them again', async () => {
    let made = 0;
    const node = await calling(async () => {
      made += 1;
      return made === 1 ? deaf() : answered('second');
    }, 1000);
    await node.clock.advance(1000);
    await eventually(async () => (await step(node, id(1), 'agent'))?.failures === 1, 'the attempt has failed');
    expect(await node.store.calls.list(id(1))).toMatchObject([ESTIMATED]);
    await node.clock.advance(2000);
    await ended(node, id(1));
    expect(await node.store.calls.list(id(1))).toMatchObject([ESTIMATED, { status: 'succeeded', output: 'second' }]);
  });

  test('by its own outcome leaves no call behind, and lets nobody make another', async () => {
    const { promise: over, resolve: settled } = Promise.withResolvers<unknown>();
    const body = async ({ calls, signal }: StepContext) => {
      const left = calls.make(callTo({ run: (attempt) => untilAborted(attempt.signal) }));
      void left.catch(() => calls.make(callTo({ key: 'turn-2' }))).catch(settled);
      await new Promise<void>((resolve) => setImmediate(resolve));
      return signal.aborted;
    };
    const node = await startNode({ file: await databaseFile(), definition: work({ steps: ['agent'], body }) });
    await node.engine.submit(submission(1));
    expect((await ended(node, id(1))).status).toBe('completed');
    expect(await over).toMatchObject({ message: 'agent has ended' });
    expect(await node.store.calls.list(id(1))).toMatchObject([ESTIMATED]);
  });
});

describe('whoever goes on', () => {
  test('after another process takes its calls as they are, and makes only the one in flight again', async () => {
    const file = await databaseFile();
    const clock = new FakeClock();
    const made: string[] = [];
    const body = (name: string, hangs: string) => async (context: StepContext) => {
      const outputs = [];
      for (const key of ['turn-1', 'turn-2', 'turn-3']) {
        const run: Run = async () => {
          made.push(`${name} ${key}`);
          return key === hangs ? deaf() : answered(`${key} by ${name}`);
        };
        outputs.push(await context.calls.make(callTo({ key, run })));
      }
      return outputs;
    };
    const first = await startNode({ file, clock, definition: work({ steps: ['agent'], body: body('one', 'turn-2') }) });
    await first.engine.submit(submission(1));
    await eventually(() => made.length === 2, 'two turns are begun');
    // Paused past its lease: it renews nothing, and the other takes over.
    clock.jump(60_000);
    const second = await startNode({ file, clock, definition: work({ steps: ['agent'], body: body('two', '') }) });
    await second.engine.take(id(1));
    await ended(second, id(1));
    expect(made).toEqual(['one turn-1', 'one turn-2', 'two turn-2', 'two turn-3']);
    expect(await second.store.calls.list(id(1))).toMatchObject([
      { call_id: 'agent/turn-1#1', output: 'turn-1 by one' },
      { call_id: 'agent/turn-2#1', ...ESTIMATED },
      { call_id: 'agent/turn-2#2', output: 'turn-2 by two' },
      { call_id: 'agent/turn-3#1', output: 'turn-3 by two' },
    ]);
  });

  test('from a cancelled workflow buys none of its turns again; from an ended one the whole step comes without calls', async () => {
    const made: string[] = [];
    let hang = true;
    const body = async ({ calls, spec }: StepContext) => {
      const run: (key: string) => Run = (key) => async () => {
        made.push(`${spec.step_id}/${key}`);
        return hang && key === 'turn-2' && spec.step_id === 'slow' ? deaf() : answered(key);
      };
      for (const key of ['turn-1', 'turn-2']) await calls.make(callTo({ key, run: run(key) }));
      return null;
    };
    const definition = work({ steps: ['quick', 'slow'], body });
    const node = await startNode({ file: await databaseFile(), definition });
    await node.engine.submit(submission(1));
    await eventually(() => made.length === 4, 'all turns are begun');
    await node.clock.settle();
    await node.engine.stop(id(1), CANCEL);
    await ended(node, id(1));
    hang = false;
    await node.engine.submit({ ...submission(2), resumed_from: id(1) });
    expect((await ended(node, id(2))).status).toBe('completed');
    expect(made.slice(4)).toEqual(['slow/turn-2']);
    expect(await node.store.calls.list(id(2))).toMatchObject([
      { call_id: 'slow/turn-1#1', adopted_from: id(1), spent: { usage: NO_USAGE, microusd: 0 } },
      { call_id: 'slow/turn-2#1', adopted_from: null, spent: spentOn(10) },
    ]);
  });

  test('through a full disk settles what was paid for once there is room again', async () => {
    let full = 2;
    const weather = (real: Store): Store => ({
      ...real,
      calls: {
        ...real.calls,
        settle: async (hold, call) => {
          if (full === 0) return real.calls.settle(hold, call);
          full -= 1;
          throw new Fault('STORE_FULL', 'no room');
        },
      },
    });
    const definition = work({ steps: ['agent'], body: ({ calls }) => calls.make(callTo()) });
    const node = await startNode({ file: await databaseFile(), definition, store: weather });
    await node.engine.submit(submission(1));
    await eventually(() => full === 1, 'the first try');
    await node.clock.advance(250);
    await eventually(() => full === 0, 'the second try');
    await node.clock.advance(500);
    expect((await ended(node, id(1))).status).toBe('completed');
    expect(await node.store.calls.list(id(1))).toMatchObject([{ status: 'succeeded', estimated: false }]);
  });

  test('when the process stops first settles its calls, then gives the workflow back', async () => {
    const node = await calling(({ signal }) => untilAborted(signal));
    await node.engine.close();
    expect(await node.store.calls.list(id(1))).toMatchObject([ESTIMATED]);
    expect((await node.store.workflows.get(id(1)))?.lease).toBeNull();
  });
});
