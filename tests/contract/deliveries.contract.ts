import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { fresh, type Fresh, type OpenStore } from './opened.ts';
import {
  ATTEMPT_MS,
  busy,
  claim,
  deliverAll,
  deliveries,
  due,
  next,
  registration,
  tell,
  telling,
  webhook,
} from './messages.ts';
import { end, idOf } from './rows.ts';

const DOWN = { kind: 'failed', status: null, error: 'the host takes no connection there', refused: false } as const;

/** One registration and a workflow that told three things. */
async function waiting(open: OpenStore): Promise<Fresh> {
  const at = await fresh(open);
  await at.store.webhooks.register(registration());
  await tell(at.store, await telling(at.store), 'agent_start', 'agent_complete');
  return at;
}

async function dead(store: Store, ...seqs: readonly number[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const seq of seqs) {
    const { hold, seq: found } = await next(store);
    expect(found).toBe(seq);
    await store.deliveries.settle(hold, { ...DOWN, next_attempt_at: null });
    ids.push(hold.delivery_id);
  }
  return ids;
}

export function deliveryContract(open: OpenStore): void {
  test('a workflow is told in its order, one message after the other, and each once', async () => {
    const { store } = await waiting(open);
    const first = await next(store);
    expect(first).toMatchObject({ seq: 1, url: 'https://receiver.example/hook', refusals: 0 });
    expect(await due(store, { holder: 'two' })).toEqual([]);
    await store.deliveries.settle(first.hold, { kind: 'delivered', status: 204 });
    expect(await deliverAll(store)).toEqual(['wh_1 1.2', 'wh_1 1.3']);
    expect(await deliverAll(store)).toEqual([]);
    expect(await webhook(store)).toMatchObject({ deliveries: 3, failures: 0, pending: 0, dead: 0 });
    expect((await deliveries(store)).map((one) => [one.seq, one.status, one.attempts])).toEqual([
      [3, 'delivered', 1],
      [2, 'delivered', 1],
      [1, 'delivered', 1],
    ]);
  });

  test('a failed attempt is made again at its time, and what comes after it waits', async () => {
    const { store, clock } = await waiting(open);
    const { hold } = await next(store);
    await store.deliveries.settle(hold, { ...DOWN, next_attempt_at: new Date(clock.now() + 1000).toISOString() });
    expect(await store.deliveries.claim(claim())).toEqual({ claimed: [], next: '2026-01-01T00:00:01.000Z' });
    const view = (await deliveries(store)).find((one) => one.seq === 1);
    expect(view).toMatchObject({
      status: 'pending',
      attempts: 1,
      next_attempt_at: '2026-01-01T00:00:01.000Z',
      last_status: null,
      last_error: DOWN.error,
    });
    clock.jump(1000);
    const again = await next(store);
    expect(again).toMatchObject({ seq: 1, first_attempt_at: '2026-01-01T00:00:00.000Z', hold: { attempt: 2 } });
    expect(await webhook(store)).toMatchObject({ deliveries: 0, failures: 1, pending: 3 });
  });

  test('of workflows that tell at the same time none waits for the other', async () => {
    const { store } = await waiting(open);
    await telling(store, 2);
    expect((await due(store)).map((one) => one.seq)).toEqual([1, 1]);
  });

  test('what a process had under way is free when its lease is over, or at once where it is known to be dead', async () => {
    const { store, clock } = await waiting(open);
    const lost = await next(store, { holder: 'dead' });
    expect(await store.deliveries.holders()).toEqual(['dead']);
    const over = await next(store, { holder: 'two', dead: ['dead'] });
    expect(over.seq).toBe(1);
    expect(await store.deliveries.settle(lost.hold, { kind: 'delivered', status: 200 })).toMatchObject({
      recorded: false,
    });
    clock.jump(ATTEMPT_MS);
    const later = await next(store, { holder: 'three' });
    expect(later.seq).toBe(1);
    expect(await store.deliveries.settle(over.hold, { ...DOWN, next_attempt_at: null })).toMatchObject({
      recorded: false,
    });
    expect(await store.deliveries.settle(later.hold, { kind: 'delivered', status: 200 })).toMatchObject({
      recorded: true,
    });
  });

  test('two stores on the same data never claim the same message', async () => {
    const at = await waiting(open);
    const other = await at.second();
    for (const n of [2, 3, 4]) await telling(at.store, n);
    const both = await Promise.all([due(at.store, { limits: { in_all: 2 } }), due(other, { holder: 'two' })]);
    const ids = both.flat().map(({ hold }) => hold.delivery_id);
    expect(ids.length).toBe(4);
    expect(new Set(ids).size).toBe(4);
  });

  test('no host gets more at a time than it may, and a busy one keeps none from the others', async () => {
    const { store } = await waiting(open);
    const url = 'https://second.example/hook';
    await store.webhooks.register(registration({ webhook_id: 'wh_2', url, host: 'second.example' }));
    for (let n = 2; n < 9; n += 1) await telling(store, n);
    const first = await due(store, { limits: { per_host: 2, in_all: 9 } });
    expect(first.map((one) => one.host).toSorted()).toEqual([
      'receiver.example',
      'receiver.example',
      'second.example',
      'second.example',
    ]);
    const under = ['receiver.example', 'receiver.example', 'second.example'].map((host) => ({ owner: 'local', host }));
    const more = await store.deliveries.claim(claim({ limits: { per_host: 2 }, busy: busy(under) }));
    expect(more.claimed.map((one) => one.host)).toEqual(['second.example']);
    expect(await due(store, { limits: { in_all: 0 } })).toEqual([]);
  });

  test('a host with scores of messages keeps none from the others', async () => {
    const { store, clock } = await fresh(open);
    for (let n = 0; n < 10; n += 1) {
      await store.webhooks.register(registration({ webhook_id: `wh_${n}`, url: `https://receiver.example/${n}` }));
    }
    for (let n = 1; n <= 8; n += 1) await telling(store, n);
    while (await store.deliveries.collect()) continue;
    clock.jump(1);
    const url = 'https://second.example/hook';
    await store.webhooks.register(registration({ webhook_id: 'wh_last', owner: 'other', url, host: 'second.example' }));
    await telling(store, 9, 'other');
    const claimed = await due(store);
    expect(claimed.map((one) => one.host).toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => 'receiver.example'),
      'second.example',
    ]);
    const under = Array.from({ length: 4 }, () => ({ owner: 'local', host: 'receiver.example' }));
    expect(await store.deliveries.claim(claim({ busy: busy(under) }))).toEqual({
      claimed: [],
      next: new Date(clock.now() + ATTEMPT_MS).toISOString(),
    });
  });

  test('owners take turns, none has more than its share, and of hosts that do not answer each has one at a time', async () => {
    const { store, clock } = await fresh(open);
    const hosts = ['a.example', 'b.example', 'c.example'];
    for (const [n, host] of hosts.entries()) {
      await store.webhooks.register(registration({ webhook_id: `wh_${n}`, url: `https://${host}/`, host }));
    }
    for (let n = 1; n <= 4; n += 1) await telling(store, n);
    while (await store.deliveries.collect()) continue;
    clock.jump(1);
    const url = 'https://a.example/other';
    await store.webhooks.register(registration({ webhook_id: 'wh_3', owner: 'other', url, host: 'a.example' }));
    for (let n = 5; n <= 7; n += 1) await telling(store, n, 'other');
    const failing = ['b.example', 'c.example'].map((host) => ({ owner: 'local', host }));
    const limits = { in_all: 6, per_owner: 5, failing: 1 };
    const first = await due(store, { limits, failing });
    const lanes = first.map(({ owner, host }) => `${owner} ${host}`);
    // Of two hosts that fail one is tried, whatever else waits; of the one that does not either owner has two.
    expect(lanes).toEqual([
      'local b.example',
      'other a.example',
      'local a.example',
      'other a.example',
      'local a.example',
    ]);
    expect((await due(store, { limits, failing, busy: busy(first) })).length).toBe(0);
    const more = await due(store, { limits: { ...limits, in_all: 16, per_host: 9 }, busy: busy(first) });
    expect(more.filter(({ owner }) => owner === 'local').length).toBe(2);
  });

  test.each(['__proto__', 'constructor'])('a host may be called %s', async (host) => {
    const { store } = await waiting(open);
    await store.webhooks.register(registration({ webhook_id: 'wh_2', url: `https://${host}/`, host }));
    await telling(store, 2);
    expect(new Set((await due(store)).map((one) => one.host))).toEqual(new Set(['receiver.example', host]));
  });

  test('a lease that is over by the clock of its own process alone frees nothing for that process', async () => {
    const { store, clock } = await waiting(open);
    const first = await next(store);
    clock.jump(60 * ATTEMPT_MS);
    expect(await due(store, { busy: busy([first]) })).toEqual([]);
    // What another holder has, or this one and knows nothing of, is free.
    const again = await next(store, { busy: busy([{ ...first, hold: { ...first.hold, delivery_id: 'dlv_other' } }]) });
    expect(again.hold.attempt).toBe(2);
    clock.jump(60 * ATTEMPT_MS);
    expect((await next(store, { holder: 'two', busy: busy([again]) })).hold.attempt).toBe(3);
  });

  test('what a stopping process gives back was no attempt', async () => {
    const { store, clock } = await waiting(open);
    const { hold } = await next(store);
    await store.deliveries.settle(hold, { kind: 'given_back' });
    clock.jump(5);
    const again = await next(store);
    expect(again).toMatchObject({ seq: 1, hold: { attempt: 1 }, first_attempt_at: '2026-01-01T00:00:00.005Z' });
  });

  test('a message that is given up lets the next one go, and is delivered again on request', async () => {
    const { store } = await waiting(open);
    const [first = ''] = await dead(store, 1);
    expect(await webhook(store)).toMatchObject({ failures: 1, pending: 2, dead: 1 });
    expect(await deliverAll(store)).toEqual(['wh_1 1.2', 'wh_1 1.3']);
    expect(await store.deliveries.redeliver('local', first)).toMatchObject({ status: 'pending', attempts: 0 });
    expect(await store.deliveries.redeliver('local', first)).toMatchObject({ status: 'pending' });
    expect(await deliverAll(store)).toEqual(['wh_1 1.1']);
    expect(await webhook(store)).toMatchObject({ deliveries: 3, failures: 1, pending: 0, dead: 0 });
    expect(await store.deliveries.redeliver('local', 'dlv_unknown')).toBeNull();
  });

  test('messages to be delivered again keep the order of the log among all that waits', async () => {
    const { store } = await waiting(open);
    const [first = '', second = ''] = await dead(store, 1, 2);
    const { hold } = await next(store);
    await store.deliveries.redeliver('local', second);
    await store.deliveries.redeliver('local', first);
    expect(await due(store)).toEqual([]);
    await store.deliveries.settle(hold, { kind: 'delivered', status: 200 });
    expect(await deliverAll(store)).toEqual(['wh_1 1.1', 'wh_1 1.2']);
  });

  test('a message to be delivered again goes before a later one that only waits for its next attempt', async () => {
    const { store, clock } = await waiting(open);
    const [first = ''] = await dead(store, 1);
    const { hold } = await next(store);
    const later = new Date(clock.now() + 3_600_000).toISOString();
    await store.deliveries.settle(hold, { ...DOWN, next_attempt_at: later });
    expect(await store.deliveries.redeliver('local', first)).toMatchObject({ status: 'pending', attempts: 0 });
    expect(await deliverAll(store)).toEqual(['wh_1 1.1', 'wh_1 1.2', 'wh_1 1.3']);
    expect((await deliveries(store)).find(({ seq }) => seq === 2)).toMatchObject({ attempts: 1 });
  });

  test.each(['failed', 'given_back'] as const)('so it does before one that was under way and has %s', async (kind) => {
    const { store, clock } = await waiting(open);
    const [first = ''] = await dead(store, 1);
    const { hold } = await next(store);
    await store.deliveries.redeliver('local', first);
    expect(await due(store)).toEqual([]);
    const later = new Date(clock.now() + 3_600_000).toISOString();
    await store.deliveries.settle(hold, kind === 'failed' ? { ...DOWN, next_attempt_at: later } : { kind });
    expect(await deliverAll(store)).toEqual(['wh_1 1.1', 'wh_1 1.2', 'wh_1 1.3']);
  });

  test('what a message that is delivered again went before is not lost where its receiver wants nothing more', async () => {
    const { store, clock } = await fresh(open);
    const own = registration({ task_id: idOf(1) });
    await tell(store, await telling(store), 'agent_start', 'agent_complete');
    await store.webhooks.register(own);
    const [first = ''] = await dead(store, 1);
    const later = new Date(clock.now() + 1000).toISOString();
    await store.deliveries.settle((await next(store)).hold, { ...DOWN, next_attempt_at: later });
    await store.deliveries.redeliver('local', first);
    await store.deliveries.settle((await next(store)).hold, { kind: 'gone', status: 410, error: 'HTTP 410' });
    await store.webhooks.register(own);
    expect(await deliverAll(store)).toEqual(['wh_1 1.1', 'wh_1 1.2', 'wh_1 1.3']);
  });

  test('a receiver that wants nothing more gets nothing more, until it is registered again', async () => {
    const { store } = await waiting(open);
    const hold = await telling(store, 2);
    const [one, other] = await due(store);
    if (one === undefined || other === undefined) throw new Error('two are due');
    expect(await store.deliveries.settle(one.hold, { kind: 'gone', status: 410, error: 'HTTP 410' })).toMatchObject({
      recorded: true,
    });
    // What was under way is what its receiver says it is, also where it took it.
    expect(await webhook(store)).toMatchObject({ pending: 1, dead: 3 });
    expect(await store.deliveries.settle(other.hold, { kind: 'delivered', status: 200 })).toMatchObject({
      recorded: true,
    });
    while (await store.deliveries.sweep()) continue;
    const told = { deliveries: 1, failures: 1, pending: 0, dead: 3 };
    expect(await webhook(store)).toMatchObject({ disabled: { reason: 'HTTP 410' }, ...told });
    await tell(store, hold, 'agent_start');
    expect(await due(store)).toEqual([]);
    expect(await store.deliveries.redeliver('local', one.hold.delivery_id)).toBe('disabled');
    await store.webhooks.register(registration());
    await tell(store, hold, 'agent_complete');
    expect(await store.deliveries.redeliver('local', one.hold.delivery_id)).toMatchObject({ status: 'pending' });
    expect((await deliverAll(store)).toSorted()).toEqual(['wh_1 1.1', 'wh_1 2.3']);
  });

  test('pages of messages and registrations are of one owner, newest first, and filtered', async () => {
    const { store } = await waiting(open);
    const task = await telling(store, 2);
    while (await store.deliveries.collect()) continue;
    const query = { owner: 'local', webhook_id: null, task_id: null, status: null, limit: 2, before: null };
    const first = await store.deliveries.list(query);
    const rest = await store.deliveries.list({ ...query, limit: 9, before: first.at(-1)?.position ?? 0 });
    expect([...first, ...rest].map(({ view }) => `${view.task_id.slice(-1)}.${view.seq}`)).toEqual([
      '2.1',
      '1.3',
      '1.2',
      '1.1',
    ]);
    const ofOne = await store.deliveries.list({ ...query, task_id: task.task_id });
    expect(ofOne.map(({ view }) => view.message_id)).toEqual([`msg_${task.task_id}_1`]);
    expect(await store.deliveries.list({ ...query, status: 'dead' })).toEqual([]);
    expect(await store.deliveries.list({ ...query, webhook_id: 'wh_2' })).toEqual([]);
  });

  test('a long log that nobody wants is passed over, and what comes after it is found', async () => {
    const { store } = await fresh(open);
    await store.webhooks.register(registration({ events: ['workflow_complete'] }));
    const hold = await telling(store);
    for (let n = 0; n < 12; n += 1) {
      await tell(store, hold, ...Array.from({ length: 1000 }, () => 'agent_progress' as const));
    }
    await store.workflows.finish(hold, end());
    expect(await deliverAll(store)).toEqual(['wh_1 1.12002']);
  });

  test('what is under way, failed and given up is there after the store was opened again', async () => {
    const at = await waiting(open);
    await next(at.store);
    const store = await at.reopen();
    expect(await due(store)).toEqual([]);
    at.clock.jump(ATTEMPT_MS);
    expect(await deliverAll(store)).toEqual(['wh_1 1.1', 'wh_1 1.2', 'wh_1 1.3']);
  });
}
