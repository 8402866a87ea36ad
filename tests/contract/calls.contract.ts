import { describe, expect, test } from 'vitest';
import { type CallRecord, NO_USAGE } from '../../src/core/call.ts';
import { type ErrorRecord, Fault } from '../../src/core/errors.ts';
import type { Hold, Reserved, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore, staleHold } from './opened.ts';
import { begun, calling, end, idOf, intent, LEASE_MS, reservation, running, settlement, spent, take } from './rows.ts';

const AGAIN = new Fault('PROVIDER_LIMITED', 'too many').toRecord();
const FINAL = new Fault('PROVIDER_REFUSED', 'no such key').toRecord();

/** What a call has that nobody counted: its reservation, as input. */
const AS_RESERVED = { usage: { ...NO_USAGE, input_tokens: 100 }, microusd: 1000 };
const GIVEN_UP = { status: 'failed', error: { code: 'CALL_INTERRUPTED' }, spent: AS_RESERVED, estimated: true };

async function fail(store: Store, hold: Hold, { call_id }: CallRecord): Promise<void> {
  await failed(store, hold, { call_id, error: AGAIN });
}

async function failed(store: Store, hold: Hold, of: { call_id: string; error: ErrorRecord }): Promise<void> {
  const { call_id, error } = of;
  const outcome = { kind: 'failed', error } as const;
  await store.calls.settle(hold, settlement(call_id, { outcome, spent: { usage: NO_USAGE, microusd: 0 } }));
}

async function callsOf(store: Store, task_id = idOf(1)): Promise<readonly CallRecord[]> {
  return store.calls.list(task_id);
}

function numberOf(reserved: Reserved): string {
  return 'call' in reserved ? (reserved.call.call_id.split('#')[1] ?? '') : reserved.kind;
}

export function callContract(open: OpenStore): void {
  describe('intent and outcome', () => {
    rowRules(open);
    settlingRules(open);
  });
  describe('requests of one call', () => {
    attemptRules(open);
  });
  describe('given up', () => {
    givingUpRules(open);
  });
}

function rowRules(open: OpenStore): void {
  test('a call is a row before it is made, with the most it can take and nothing spent', async () => {
    const at = await fresh(open);
    const hold = await calling(at.store);
    at.clock.jump(7);
    const reserved = await at.store.calls.reserve(hold, reservation());
    const call: CallRecord = {
      call_id: 'agent:belter-1/turn-1#1',
      step_id: 'agent:belter-1',
      agent_id: 'belter-1',
      key: 'turn-1',
      kind: 'model',
      name: 'vendor/model',
      request_hash: 'hash-of-turn-1',
      share: 'research',
      status: 'running',
      output: null,
      error: null,
      reserved: { tokens: 100, microusd: 1000 },
      spent: { usage: NO_USAGE, microusd: 0 },
      estimated: false,
      started_at: new Date(at.clock.now()).toISOString(),
      completed_at: null,
      adopted_from: null,
    };
    expect(reserved).toEqual({ kind: 'begun', call, failures: 0 });
    expect(await callsOf(await at.reopen())).toEqual([call]);
  });

  test('outcome and bill come back as they were recorded, and are the answer to whoever asks again', async () => {
    const at = await fresh(open);
    const hold = await calling(at.store);
    const { call_id } = await begun(at.store, hold);
    at.clock.jump(40);
    const output = { text: '日本 😀 \u0000 \ud83d', nested: [{ a: null }, 0.1, false] };
    const usage = { input_tokens: 50, cached_tokens: 20, cache_write_tokens: 5, output_tokens: 9, reasoning_tokens: 4 };
    const bill = { usage, microusd: 123 };
    const outcome = { kind: 'succeeded', output } as const;
    const settled = await at.store.calls.settle(hold, settlement(call_id, { outcome, spent: bill }));
    const completed_at = new Date(at.clock.now()).toISOString();
    expect(settled).toMatchObject({ status: 'succeeded', output, error: null, spent: bill, completed_at });
    expect(settled).toMatchObject({ estimated: false, reserved: { tokens: 100, microusd: 1000 } });
    const store = await at.reopen();
    expect(await store.calls.reserve(hold, reservation())).toEqual({ kind: 'recorded', call: settled });
    expect(await callsOf(store)).toEqual([settled]);
  });

  test('an outcome of null, and a call whose price nobody knows', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const { call_id } = await begun(store, hold, { most: { tokens: 5, microusd: null } });
    const bill = { usage: NO_USAGE, microusd: null };
    const outcome = { kind: 'succeeded', output: null } as const;
    const settled = await store.calls.settle(hold, settlement(call_id, { outcome, spent: bill }));
    expect(settled).toMatchObject({ status: 'succeeded', output: null, spent: bill, reserved: { microusd: null } });
    expect(await store.calls.reserve(hold, reservation())).toEqual({ kind: 'recorded', call: settled });
  });

  test('calls are listed in the order in which they were begun', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const keys = ['turn-2', 'turn-10', 'turn-1', 'turn-1/search-1'];
    for (const key of keys) await begun(store, hold, { key });
    expect((await callsOf(store)).map(({ key }) => key)).toEqual(keys);
  });

  test('those of one step are listed without those of others, however alike their ids are', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    for (const step_id of ['agent:belter-10', 'agent:belter-1/x', 'agent:belter']) {
      await store.steps.begin(hold, intent(step_id));
      await begun(store, hold, { step_id });
    }
    for (const key of ['turn-2', 'turn-1']) await begun(store, hold, { key });
    expect((await store.calls.list(hold.task_id, 'agent:belter-1')).map(({ call_id }) => call_id)).toEqual([
      'agent:belter-1/turn-2#1',
      'agent:belter-1/turn-1#1',
    ]);
    expect(await store.calls.list(hold.task_id, 'agent:belter-2')).toEqual([]);
  });

  test('a call of a step that was not begun is refused, and one that was never reserved is not settled', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await expect(store.calls.reserve(hold, reservation())).rejects.toThrow(/./);
    await expect(store.calls.settle(hold, settlement('never'))).rejects.toThrow('never');
    expect(await callsOf(store)).toEqual([]);
  });

  test('whoever lost the workflow neither reserves nor settles', async () => {
    const at = await fresh(open);
    const hold = await calling(at.store);
    const { call_id } = await begun(at.store, hold);
    at.clock.jump(LEASE_MS + 1);
    await take(at.store, { holder: 'two' });
    const before = await callsOf(at.store);
    const refused = { code: 'LEASE_LOST' };
    await expect(at.store.calls.settle(hold, settlement(call_id))).rejects.toMatchObject(refused);
    await expect(at.store.calls.reserve(hold, reservation({ key: 'turn-2' }))).rejects.toMatchObject(refused);
    expect(await callsOf(at.store)).toEqual(before);
    const stale = await fresh(open);
    await expect(stale.store.calls.reserve(await staleHold(stale), reservation())).rejects.toMatchObject(refused);
  });
}

function settlingRules(open: OpenStore): void {
  test('where nobody counted the reservation is the bill, and says so', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const { call_id } = await begun(store, hold);
    const settled = await store.calls.settle(hold, settlement(call_id, { spent: null }));
    expect(settled).toMatchObject({ status: 'succeeded', estimated: true, spent: AS_RESERVED });
  });

  test('the first outcome stays: a late one changes neither it nor the bill', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const { call_id } = await begun(store, hold);
    const outcome = { kind: 'failed', error: FINAL } as const;
    const settled = await store.calls.settle(hold, settlement(call_id, { outcome, spent: null }));
    expect(await store.calls.settle(hold, settlement(call_id))).toEqual(settled);
    expect(await callsOf(store)).toEqual([settled]);
  });

  test('a failed request is on the bill with what it took', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const { call_id } = await begun(store, hold);
    const outcome = { kind: 'failed', error: FINAL } as const;
    const settled = await store.calls.settle(hold, settlement(call_id, { outcome, spent: spent(12) }));
    expect(settled).toMatchObject({ status: 'failed', error: FINAL, output: null, spent: spent(12), estimated: false });
  });

  test('the bill is summed up by agent, share and what was called', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const of = async (key: string, change: Parameters<typeof begun>[2] = {}): Promise<string> =>
      (await begun(store, hold, { key, ...change })).call_id;
    await store.calls.settle(hold, settlement(await of('a'), { spent: spent(30) }));
    await store.calls.settle(hold, settlement(await of('b'), { spent: null }));
    await fail(store, hold, await begun(store, hold, { key: 'c' }));
    await of('d');
    const free = { kind: 'tool', name: 'search', most: { tokens: 0, microusd: null } } as const;
    await store.calls.settle(hold, settlement(await of('e', free), { spent: { usage: NO_USAGE, microusd: null } }));
    const common = { agent_id: 'belter-1', share: 'research', adopted: 0 };
    expect(await store.calls.spending(hold.task_id)).toEqual([
      {
        ...common,
        kind: 'model',
        name: 'vendor/model',
        calls: 4,
        running: 1,
        failed: 1,
        estimated: 1,
        unpriced: 0,
        usage: { ...NO_USAGE, input_tokens: 129, output_tokens: 1 },
        microusd: 1300,
        reserved: { tokens: 100, microusd: 1000 },
      },
      {
        ...common,
        kind: 'tool',
        name: 'search',
        calls: 1,
        running: 0,
        failed: 0,
        estimated: 0,
        unpriced: 1,
        usage: NO_USAGE,
        microusd: 0,
        reserved: { tokens: 0, microusd: 0 },
      },
    ]);
    expect(await store.calls.spending(idOf(9))).toEqual([]);
  });
}

function attemptRules(open: OpenStore): void {
  test('one that failed and may be repeated is made again, as another row', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    for (const failures of [0, 1, 2]) {
      const reserved = await store.calls.reserve(hold, reservation());
      expect(reserved).toMatchObject({
        kind: 'begun',
        failures,
        call: { call_id: `agent:belter-1/turn-1#${failures + 1}` },
      });
      if (reserved.kind === 'begun') await fail(store, hold, reserved.call);
    }
    const [, , last] = await callsOf(store);
    expect(await store.calls.reserve(hold, reservation())).toEqual({ kind: 'recorded', call: last });
    expect(await callsOf(store)).toHaveLength(3);
  });

  test('when its step has failed and is tried again, requests are counted anew', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    for (let n = 0; n < 3; n += 1) await fail(store, hold, await begun(store, hold));
    const reserved = await store.calls.reserve(hold, reservation({ round: 1 }));
    expect(reserved).toMatchObject({ kind: 'begun', failures: 0 });
    expect(numberOf(reserved)).toBe('4');
  });

  test('one that failed for good keeps its failure, also when its step is tried again', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    await failed(store, hold, { ...(await begun(store, hold)), error: FINAL });
    const [call] = await callsOf(store);
    for (const round of [0, 1]) {
      expect(await store.calls.reserve(hold, reservation({ round }))).toEqual({ kind: 'recorded', call });
    }
  });

  test('another request under the same key is another call', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    await store.calls.settle(hold, settlement((await begun(store, hold)).call_id));
    const other = await begun(store, hold, { request_hash: 'another' });
    expect(other.call_id).toBe('agent:belter-1/turn-1#2');
    await failed(store, hold, { ...other, error: FINAL });
    expect(await store.calls.reserve(hold, reservation())).toMatchObject({ call: { status: 'succeeded' } });
    expect(await store.calls.reserve(hold, reservation({ request_hash: 'another' }))).toMatchObject({
      kind: 'recorded',
      call: { status: 'failed' },
    });
  });

  test('keys and steps that begin alike are not mistaken for each other', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    await store.steps.begin(hold, intent('agent:belter-1/turn'));
    for (const key of ['turn-1', 'turn-1#1', 'turn-1$', 'turn', 'turn-1/a']) await begun(store, hold, { key });
    await begun(store, hold, { step_id: 'agent:belter-1/turn', key: 'a' });
    expect((await callsOf(store)).every(({ call_id }) => call_id.endsWith('#1'))).toBe(true);
  });

  test('one that is under way is waited for', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const { call_id } = await begun(store, hold);
    expect(await store.calls.reserve(hold, reservation())).toEqual({ kind: 'busy' });
    await store.calls.settle(hold, settlement(call_id));
    expect(await store.calls.reserve(hold, reservation())).toMatchObject({ kind: 'recorded' });
  });
}

function givingUpRules(open: OpenStore): void {
  test('are the calls of a step that fails, in its own transaction, whether it is tried again or not', async () => {
    const { store } = await fresh(open);
    for (const [n, available_at] of [
      [1, '2026-01-01T00:01:00.000Z'],
      [2, null],
    ] as const) {
      const hold = await calling(store, n);
      await store.steps.begin(hold, intent('another'));
      await begun(store, hold, { step_id: 'another' });
      await begun(store, hold);
      await store.steps.fail(hold, { step_id: 'agent:belter-1', error: FINAL, available_at, events: [] });
      expect(await callsOf(store, hold.task_id)).toMatchObject([{ status: 'running' }, GIVEN_UP]);
    }
  });

  test('by whoever takes the workflow over: settled at the reservation, and made again as no failure of the call', async () => {
    const at = await fresh(open);
    const hold = await calling(at.store);
    await at.store.calls.settle(hold, settlement((await begun(at.store, hold, { key: 'turn-0' })).call_id));
    const known = await callsOf(at.store);
    for (let deaths = 0; deaths < 4; deaths += 1) {
      at.clock.jump(LEASE_MS + 1);
      const { hold: next } = await take(at.store, { holder: `${deaths}` });
      expect(await at.store.calls.reserve(next, reservation())).toMatchObject({ kind: 'begun', failures: 0 });
    }
    const calls = await callsOf(at.store);
    expect(calls.slice(0, 1)).toEqual(known);
    expect(calls.slice(1, -1)).toMatchObject([GIVEN_UP, GIVEN_UP, GIVEN_UP]);
    expect(calls.at(-1)).toMatchObject({ status: 'running' });
  });

  test('with the attempt of its step, and with no other', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    await store.steps.begin(hold, intent('other'));
    await begun(store, hold);
    await begun(store, hold, { step_id: 'other' });
    await store.steps.begin(hold, intent('agent:belter-1'));
    expect(await callsOf(store)).toMatchObject([GIVEN_UP, { status: 'running' }]);
  });

  test('with the workflow, whose ledger then adds up', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    await begun(store, hold, { most: { tokens: 100, microusd: null } });
    await store.workflows.finish(hold, end());
    expect(await callsOf(store)).toMatchObject([{ ...GIVEN_UP, spent: { ...AS_RESERVED, microusd: null } }]);
    expect(await store.calls.spending(hold.task_id)).toMatchObject([{ running: 0, unpriced: 1, estimated: 1 }]);
  });
}
