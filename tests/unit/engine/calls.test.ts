import { describe, expect, test } from 'vitest';
import type { Called, CallRecord, CallRequest } from '../../../src/core/call.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { Json } from '../../../src/core/json.ts';
import type { StepContext } from '../../../src/engine/engine.ts';
import {
  databaseFile,
  ended,
  eventually,
  id,
  type Node,
  startNode,
  step,
  submission,
  told,
  work,
} from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { answered, callTo, limited, refused, spentOn } from '../../support/scripted-calls.ts';

type Body = (context: StepContext) => Promise<Json>;

async function start(body: Body, over: Parameters<typeof submission>[1] = {}, steps = ['agent']): Promise<Node> {
  const node = await startNode({ file: await databaseFile(), definition: work({ steps, body }) });
  await node.engine.submit(submission(1, over));
  return node;
}

async function callsOf(node: Node, task_id = id(1)): Promise<readonly CallRecord[]> {
  return node.store.calls.list(task_id);
}

function shown(calls: readonly CallRecord[]): readonly string[] {
  return calls.map(({ call_id, status, estimated }) => `${call_id} ${status}${estimated ? ', estimated' : ''}`);
}

/** A request that is counted, and answers in this order. */
function counting(answers: readonly Called[], change: Partial<CallRequest> = {}) {
  const keys: string[] = [];
  const run: CallRequest['run'] = async ({ idempotency_key }) => {
    keys.push(idempotency_key);
    return answers[keys.length - 1] ?? answered('one too many');
  };
  return { keys, call: callTo({ run, ...change }) };
}

describe('a call', () => {
  test('is answered, and on the bill', async () => {
    const { keys, call } = counting([answered({ text: 'answer' }, 12)]);
    const node = await start(({ calls }) => calls.make(call));
    expect((await ended(node, id(1))).status).toBe('completed');
    expect((await step(node, id(1), 'agent'))?.output).toEqual({ text: 'answer' });
    expect(await callsOf(node)).toMatchObject([
      { call_id: 'agent/turn-1#1', agent_id: 'agent', status: 'succeeded', spent: spentOn(12), estimated: false },
    ]);
    expect(keys).toEqual([expect.stringContaining(`${id(1)}/agent/turn-1/`)]);
  });

  test('is made once, however often its step is begun', async () => {
    const { keys, call } = counting([answered('bought')]);
    let attempts = 0;
    const node = await start(async ({ calls }) => {
      const output = await calls.make(call);
      attempts += 1;
      if (attempts === 1) throw new Error('it broke behind the call');
      return output;
    });
    await eventually(async () => ((await step(node, id(1), 'agent'))?.failures ?? 0) === 1, 'the step fails');
    await node.clock.advance(2000);
    expect((await ended(node, id(1))).status).toBe('completed');
    expect(keys).toHaveLength(1);
    expect((await step(node, id(1), 'agent'))?.output).toBe('bought');
  });

  test('can be looked for when its step is begun again, and is not made by that', async () => {
    const { keys, call } = counting([answered('bought')]);
    const other = callTo({ request: 'another' });
    const seen: (Json | undefined)[][] = [];
    const node = await start(async ({ calls, attempt }) => {
      seen.push([await calls.recorded(call), await calls.recorded(other)]);
      if (attempt > 1) return null;
      await calls.make(call);
      throw new Error('it broke behind the call');
    });
    await eventually(async () => ((await step(node, id(1), 'agent'))?.failures ?? 0) === 1, 'the step fails');
    await node.clock.advance(2000);
    expect((await ended(node, id(1))).status).toBe('completed');
    expect([keys.length, seen]).toEqual([
      1,
      [
        [undefined, undefined],
        ['bought', undefined],
      ],
    ]);
  });

  test('can be looked for where another workflow made it in the same step, and is not taken over by that', async () => {
    const { keys, call } = counting([answered('bought')]);
    const seen: (Json | undefined)[] = [];
    const node = await start(async ({ calls, journal }) => {
      const own = await calls.recorded({ ...call, own: true });
      seen.push(await calls.recorded(call), await calls.recorded(callTo({ request: 'another' })), own);
      if (journal.workflow.task_id !== id(1)) return null;
      await calls.make(call);
      throw new Fault('OUTPUT_INVALID', 'of no use', { retryable: false });
    });
    await ended(node, id(1));
    await node.engine.submit({ ...submission(2), resumed_from: id(1) });
    expect((await ended(node, id(2))).status).toBe('completed');
    // What tells how things stood then is not looked for there.
    expect(seen).toEqual([undefined, undefined, undefined, 'bought', undefined, undefined]);
    expect(keys).toHaveLength(1);
    expect(await callsOf(node, id(2))).toEqual([]);
  });

  test('gives the same answer when it is made as when it is read, members that have no value left out', async () => {
    const { call } = counting([answered({ a: undefined, b: [1] })]);
    const node = await start(async ({ calls }) => {
      const made = await calls.make(call);
      return [Object.keys(made as object), await calls.make(call)];
    });
    await ended(node, id(1));
    expect((await step(node, id(1), 'agent'))?.output).toEqual([['b'], { b: [1] }]);
  });

  test('asked for twice at the same time is made once', async () => {
    const { keys, call } = counting([answered('one')]);
    const node = await start(({ calls }) => Promise.all([calls.make(call), calls.make(call)]));
    await ended(node, id(1));
    expect((await step(node, id(1), 'agent'))?.output).toEqual(['one', 'one']);
    expect(keys).toHaveLength(1);
  });

  test('under a key that another one uses at the same time is a defect', async () => {
    const node = await start(({ calls }) =>
      Promise.all([calls.make(callTo()), calls.make(callTo({ request: 'other' }))]),
    );
    expect(await ended(node, id(1))).toMatchObject({ status: 'failed', error: { code: 'INTERNAL' } });
    expect((await step(node, id(1), 'agent'))?.error?.message).toContain('turn-1');
  });

  test('of parallel ones each has its own row', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    const node = await start(({ calls }) =>
      Promise.all(keys.map((key) => calls.make(callTo({ key, kind: 'tool', run: async () => answered(key) })))),
    );
    await ended(node, id(1));
    expect((await step(node, id(1), 'agent'))?.output).toEqual(keys);
    expect(shown(await callsOf(node))).toEqual(keys.map((key) => `agent/${key}#1 succeeded`));
  });
});

describe('a request that fails', () => {
  test('is made again after a wait that the vendor’s word lengthens, each with a row and the same key', async () => {
    const { keys, call } = counting([limited(), limited(30_000), answered('third')]);
    const node = await start(({ calls }) => calls.make(call), {});
    const made = (n: number): Promise<void> =>
      eventually(() => node.clock.waiting > 0 && keys.length === n, `${n} made`);
    await made(1);
    await node.clock.advance(749);
    expect(keys).toHaveLength(1);
    await node.clock.advance(1);
    await made(2);
    await node.clock.advance(29_000);
    expect(keys).toHaveLength(2);
    await node.clock.advance(1000);
    expect(shown(await callsOf(node))).toEqual([
      'agent/turn-1#1 failed',
      'agent/turn-1#2 failed',
      'agent/turn-1#3 succeeded',
    ]);
    expect(new Set(keys).size).toBe(1);
  });

  test('with the word to come back much later fails at once, and its step is begun again by then', async () => {
    const { keys, call } = counting([limited(3_600_000), answered('an hour later')]);
    const seen: string[] = [];
    const node = await start(
      ({ calls }) =>
        calls.make(call).catch((thrown: unknown) => {
          if (thrown instanceof Fault) seen.push(thrown.code);
          throw thrown;
        }),
      { timeout_minutes: 600 },
    );
    await eventually(async () => ((await step(node, id(1), 'agent'))?.failures ?? 0) === 1, 'the step fails');
    expect(seen).toEqual(['PROVIDER_LIMITED']);
    for (let minute = 0; minute < 59; minute += 1) await node.clock.advance(60_000);
    expect(keys).toHaveLength(1);
    await node.clock.advance(60_000);
    expect((await ended(node, id(1))).status).toBe('completed');
    expect(keys).toHaveLength(2);
  });

  test('with the word to come back much later is waited for where there is time, and its step goes on', async () => {
    const asked: number[] = [];
    const waits = (ms: number): boolean => asked.push(ms) === 1;
    const { keys, call } = counting([limited(45_000), limited(46_000)], { waits });
    const node = await start(({ calls }) => calls.make(call), { timeout_minutes: 600 });
    await eventually(() => keys.length === 1, 'it is asked');
    await node.clock.advance(44_000);
    expect(keys).toHaveLength(1);
    await node.clock.advance(1_000);
    await eventually(async () => ((await step(node, id(1), 'agent'))?.failures ?? 0) === 1, 'the step fails');
    expect([keys.length, asked]).toEqual([2, [45_000, 46_000]]);
  });

  test('so often that no attempt is left fails the step, which is tried again, and the call with it', async () => {
    const { keys, call } = counting(Array.from({ length: 99 }, () => limited()));
    const node = await start(({ calls }) => calls.make(call), { timeout_minutes: 600 });
    for (let turn = 0; turn < 40; turn += 1) await node.clock.advance(5000);
    expect((await ended(node, id(1))).error).toMatchObject({ code: 'PROVIDER_LIMITED' });
    expect(keys).toHaveLength(5 * 3);
    expect(await callsOf(node)).toHaveLength(15);
  });

  test('for good is not made again, not even by the next attempt of its step', async () => {
    const { keys, call } = counting([refused()]);
    const seen: string[] = [];
    const node = await start(async ({ calls, attempt }) => {
      await calls.make(call).catch((thrown: unknown) => {
        if (thrown instanceof Fault) seen.push(`${thrown.code}: ${thrown.message}`);
      });
      if (attempt === 1) throw new Error('it broke behind the call');
      return 'went on without';
    });
    await eventually(() => seen.length === 1, 'the first attempt');
    await node.clock.advance(2000);
    expect((await ended(node, id(1))).status).toBe('completed');
    expect(keys).toHaveLength(1);
    expect(seen).toEqual(['PROVIDER_REFUSED: no such key', 'PROVIDER_REFUSED: no such key']);
    expect(await callsOf(node)).toMatchObject([
      { status: 'failed', spent: spentOn(1), error: { code: 'PROVIDER_REFUSED' } },
    ]);
  });

  test('by throwing something of its own is tried again, at the reservation', async () => {
    let made = 0;
    const run = async (): Promise<Called> => {
      made += 1;
      if (made === 1) throw new TypeError('socket hang up');
      return answered('second');
    };
    const node = await start(({ calls }) => calls.make(callTo({ run })));
    await eventually(() => made === 1, 'the first request');
    await node.clock.advance(1000);
    await ended(node, id(1));
    expect(await callsOf(node)).toMatchObject([
      {
        status: 'failed',
        estimated: true,
        spent: spentOn(100),
        error: { code: 'INTERNAL', message: 'socket hang up' },
      },
      { status: 'succeeded', estimated: false },
    ]);
  });
});

describe('a budget', () => {
  const budget = { max_tokens: 200, max_microusd: null };

  test('makes calls that could pass it together wait for each other, and for no clock', async () => {
    const clock = new FakeClock();
    let most = 0;
    let under = 0;
    const run: CallRequest['run'] = async () => {
      under += 1;
      most = Math.max(most, under);
      await clock.settle(3);
      under -= 1;
      return answered('found', 1);
    };
    const body: Body = async ({ calls, spec }) => {
      for (const key of ['a', 'b']) await calls.make(callTo({ key: `${spec.step_id}-${key}`, run }));
      return null;
    };
    const before = clock.now();
    const definition = work({ steps: ['one', 'two', 'three'], body });
    const node = await startNode({ file: await databaseFile(), definition, clock });
    await node.engine.submit(submission(1, { budget }));
    expect((await ended(node, id(1))).status).toBe('completed');
    expect(await callsOf(node)).toHaveLength(6);
    expect([most, clock.now()]).toEqual([1, before]);
  });

  test('that is used up ends the step with what could not be made, and is told', async () => {
    const { keys, call } = counting([answered('one', 40)]);
    const body: Body = async ({ calls }) => [await calls.make(call), await calls.make(callTo({ key: 'turn-2' }))];
    const node = await start(body, { budget });
    const { error } = await ended(node, id(1));
    expect(error).toMatchObject({ code: 'BUDGET_EXHAUSTED' });
    expect(error?.message).toBe(
      'agent/turn-2 can take 100 tokens; with what is spent that would pass 130 tokens, ' +
        'as far as calls to research may use the cap of 200 tokens',
    );
    expect(keys).toHaveLength(1);
    expect(await told(node, id(1))).toContain('budget_exhausted');
  });

  test('in money is named in dollars', async () => {
    const most = { tokens: 100, microusd: 25_000 };
    const body: Body = ({ calls }) => calls.make(callTo({ most, share: 'write' }));
    const node = await start(body, { budget: { max_tokens: null, max_microusd: 20_500 } });
    const { error } = await ended(node, id(1));
    expect(error?.message).toContain('can take 0.025 USD; with what is spent that would pass 0.0205 USD');
    expect(await callsOf(node)).toEqual([]);
  });

  test('in money makes no call whose price is not known, and tells the model', async () => {
    const most = { tokens: 100, microusd: null };
    const { keys, call } = counting([answered('one')], { most });
    const node = await start(({ calls }) => calls.make(call), { budget: { max_tokens: null, max_microusd: 20_500 } });
    const { error } = await ended(node, id(1));
    expect(error).toMatchObject({ code: 'BUDGET_UNPRICED' });
    expect(error?.message).toBe(
      'agent/turn-1: a cap of 0.0205 USD cannot be kept, no price is known here for vendor/model',
    );
    expect([keys, await callsOf(node)]).toEqual([[], []]);
  });
});
