import { expect, test } from 'vitest';
import type { DeliveryOutcome, Store } from '../../src/store/store.ts';
import { deliverAll, deliveries, due, next, registration, tell, telling, webhook } from './messages.ts';
import { fresh, type OpenStore } from './opened.ts';
import { idOf } from './rows.ts';

const DAY = 86_400_000;
const SILENT = {
  at: '2026-01-05T00:00:00.000Z',
  reason: 'nothing was taken on 5 days on which it was tried, the last time: no answer within 15 s',
};

/** An attempt at the next message that is not answered; tried again after so many milliseconds, or given up. */
async function fail(store: Store, now: number, again: number | null): Promise<boolean> {
  const outcome: DeliveryOutcome = {
    kind: 'failed',
    status: null,
    error: 'no answer within 15 s',
    refused: false,
    next_attempt_at: again === null ? null : new Date(now + again).toISOString(),
  };
  const { disabled } = await store.deliveries.settle((await next(store)).hold, outcome);
  return disabled;
}

/** A registration for all workflows, or one, and a workflow that tells twenty things more. */
async function twenty(open: OpenStore, task_id: string | null = null) {
  const at = await fresh(open);
  const hold = await telling(at.store);
  await at.store.webhooks.register(registration({ task_id }));
  await tell(at.store, hold, ...Array.from({ length: 20 }, () => 'agent_progress' as const));
  /** On which of so many days, of so many attempts each, the registration was disabled. */
  const days = async (count: number, again: number | null, ms = DAY): Promise<readonly boolean[]> => {
    const ended: boolean[] = [];
    for (let day = 0; day < count; day += 1) {
      if (day > 0) at.clock.jump(ms);
      ended.push(await fail(at.store, at.clock.now(), again));
    }
    return ended;
  };
  return { ...at, hold, days };
}

export function silenceContract(open: OpenStore): void {
  test('a receiver that takes nothing for five days is told no more, and makes no more messages', async () => {
    const { store, hold, days } = await twenty(open);
    expect(await days(5, null)).toEqual([false, false, false, false, true]);
    while (await store.deliveries.sweep()) continue;
    const settled = { pending: 0, dead: 20, failures: 5 };
    expect(await webhook(store)).toMatchObject({ disabled: SILENT, ...settled });
    const [last] = await deliveries(store);
    expect(last).toMatchObject({ attempts: 0, status: 'dead', last_error: `not tried: ${SILENT.reason}` });
    await tell(store, hold, 'agent_complete');
    expect(await due(store)).toEqual([]);
    expect(await webhook(store)).toMatchObject(settled);
    expect(await store.deliveries.redeliver('local', last?.delivery_id ?? '')).toBe('disabled');
  });

  test('what still waits to be given up is not promised to be delivered', async () => {
    const { store, hold, days } = await twenty(open);
    await tell(store, hold, ...Array.from({ length: 300 }, () => 'agent_progress' as const));
    await days(5, null);
    const waits = (await deliveries(store)).find(({ status }) => status === 'pending');
    expect(await store.deliveries.redeliver('local', waits?.delivery_id ?? '')).toBe('disabled');
  });

  test('registered again it has five days more, what comes, and what died on request', async () => {
    const { store, hold, days } = await twenty(open);
    await days(5, null);
    expect(await store.webhooks.register(registration())).toMatchObject({ webhook_id: 'wh_1', disabled: null });
    const [last] = await deliveries(store);
    expect(await store.deliveries.redeliver('local', last?.delivery_id ?? '')).toMatchObject({ status: 'pending' });
    await tell(store, hold, ...Array.from({ length: 9 }, () => 'agent_complete' as const));
    expect(await days(5, null)).toEqual([false, false, false, false, true]);
  });

  test('one for a workflow goes on where it was disabled', async () => {
    const { store, days } = await twenty(open, idOf(1));
    expect(await days(5, null)).toEqual([false, false, false, false, true]);
    await store.webhooks.register(registration({ task_id: idOf(1) }));
    expect(await deliverAll(store)).toEqual(Array.from({ length: 16 }, (_, n) => `wh_1 1.${n + 6}`));
  });

  test('a day is one on which an attempt failed, however many did, and however long none was made before', async () => {
    const { store, clock, days } = await twenty(open);
    expect(await days(8, null, DAY / 8)).not.toContain(true);
    clock.jump(30 * DAY);
    expect(await days(3, null, 7 * DAY)).not.toContain(true);
    // What the clock had put forward is over, and the day that began then goes on.
    clock.jump(-10 * DAY);
    expect(await days(2, null, DAY - 1)).not.toContain(true);
    clock.jump(1);
    expect(await fail(store, clock.now(), null)).toBe(true);
  });

  test('one message that is taken begins it anew', async () => {
    const { store, clock, days } = await twenty(open);
    await days(4, null);
    await store.deliveries.settle((await next(store)).hold, { kind: 'delivered', status: 204 });
    clock.jump(DAY);
    expect(await days(5, null)).toEqual([false, false, false, false, true]);
  });

  test('a message on the fifth day has what is due to it; on the sixth none is waited for', async () => {
    const { store, clock, days } = await twenty(open);
    expect(await days(5, 1000)).not.toContain(true);
    clock.jump(DAY - 1);
    expect(await fail(store, clock.now(), 1)).toBe(false);
    clock.jump(1);
    expect(await fail(store, clock.now(), 1)).toBe(true);
    while (await store.deliveries.sweep()) continue;
    expect(await webhook(store)).toMatchObject({ pending: 0, dead: 20 });
  });

  test('of one workflow every message has what is due to it', async () => {
    const { days } = await twenty(open, idOf(1));
    expect(await days(9, 1000)).not.toContain(true);
  });

  test('what says nothing of the receiver is no attempt that failed', async () => {
    const { store, clock } = await twenty(open);
    for (const kind of ['lost', 'given_back', 'lost', 'lost', 'lost', 'lost'] as const) {
      const { hold } = await next(store);
      expect(await store.deliveries.settle(hold, { kind, error: 'it is not there' })).toMatchObject({
        disabled: false,
      });
      clock.jump(DAY);
    }
    expect(await fail(store, clock.now(), null)).toBe(false);
  });
}
