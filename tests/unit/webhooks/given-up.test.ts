/** Receivers that take nothing for days: how long their messages wait, all of them together and not one after the other. */

import { expect, test } from 'vitest';
import type { DeliveryView } from '../../../src/core/webhook.ts';
import { deliveries, due, next, registration, tell, telling, webhook } from '../../contract/messages.ts';
import type { Answer } from '../../support/sites.ts';
import { eventOf, openPost, openReceiver, type Post, type Receiver, status } from '../../support/post.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DOWN = { kind: 'failed', status: null, error: 'no answer within 15 s', refused: false } as const;

async function registered(receiver: Receiver): Promise<Post> {
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  return post;
}

async function hours(post: Post, count: number): Promise<void> {
  for (let hour = 0; hour < count; hour += 1) {
    await post.pass(1000);
    post.clock.jump(HOUR - 1000);
  }
}

test.each<[string, Answer, Partial<DeliveryView>]>([
  ['that answers 500 is asked once about each', status(500), { attempts: 1, last_error: 'HTTP 500' }],
  [
    'that does not answer is not asked about any',
    (_asked, response) => void response.destroy(),
    { attempts: 0, last_error: 'not tried: the receiver has taken nothing since 2026-01-01T00:00:00.000Z' },
  ],
])(
  'ten messages of a workflow are given up after one day, and what comes later has its own: one %s',
  async (_what, answer, last) => {
    const receiver = await openReceiver(answer);
    const post = await registered(receiver);
    const hold = await telling(post.store);
    await tell(post.store, hold, ...Array.from({ length: 9 }, () => 'agent_progress' as const));
    await hours(post, 20);
    await tell(post.store, hold, 'agent_complete');
    await hours(post, 6);
    expect(await webhook(post.store)).toMatchObject({ pending: 1, dead: 10, deliveries: 0 });
    const [late, tenth] = await deliveries(post.store);
    expect(late).toMatchObject({ seq: 11, status: 'pending' });
    expect(tenth).toMatchObject({ seq: 10, status: 'dead', ...last });
    await hours(post, 20);
    expect(await webhook(post.store)).toMatchObject({ pending: 0, dead: 11 });
  },
);

test('a receiver that cannot take one event has all the others of its workflow', async () => {
  const receiver = await openReceiver((asked, response) =>
    status(eventOf(asked).seq === 1 ? 500 : 204)(asked, response),
  );
  const post = await registered(receiver);
  await tell(post.store, await telling(post.store), 'agent_start', 'agent_complete');
  await hours(post, 26);
  expect(await webhook(post.store)).toMatchObject({ pending: 0, dead: 1, deliveries: 2 });
});

test('a receiver that takes one message again has all of its time anew', async () => {
  const receiver = await openReceiver(status(500));
  const post = await registered(receiver);
  await tell(post.store, await telling(post.store), 'agent_start', 'agent_complete');
  await hours(post, 20);
  receiver.answers = (_asked, response) => {
    receiver.answers = status(500);
    response.writeHead(204).end();
  };
  await hours(post, 20);
  expect(await webhook(post.store)).toMatchObject({ deliveries: 1, pending: 2, dead: 0 });
});

test('a burst that failed before a weekend on which nothing ran is no reason to give anything up', async () => {
  const receiver = await openReceiver(status(503));
  const friday = await registered(receiver);
  for (let n = 1; n <= 12; n += 1) await telling(friday.store, n);
  await friday.pass(0);
  await friday.close();
  friday.clock.jump(2.5 * DAY);
  const { file, clock } = friday;
  const monday = await openPost({ file, clock, allow: [receiver.host] });
  await monday.pass(60_000);
  expect(await webhook(monday.store)).toMatchObject({ pending: 12, dead: 0 });
  receiver.answers = status(204);
  await monday.pass(10 * 60_000);
  expect(await webhook(monday.store)).toMatchObject({ deliveries: 12, dead: 0 });
});

/** One whose receiver was seen to take nothing every hour of a day, and what waits for it since then. */
async function afterADay(): Promise<Post> {
  const post = await openPost({ serve: false });
  await post.store.webhooks.register(registration());
  for (let n = 1; n <= 20; n += 1) await telling(post.store, n);
  for (let hour = 0; hour < 24; hour += 1) {
    const [first] = await due(post.store, { limits: { in_all: 1 } });
    post.clock.jump(HOUR);
    if (first === undefined) throw new Error('nothing is due');
    const next_attempt_at = new Date(post.clock.now()).toISOString();
    await post.store.deliveries.settle(first.hold, { ...DOWN, next_attempt_at });
  }
  return post;
}

test('one that hangs has no more waiting than a day brings: what waited for one is given up with the first', async () => {
  const { store } = await afterADay();
  for (let n = 21; n <= 23; n += 1) await telling(store, n);
  const [first, other] = await due(store, { limits: { in_all: 2 } });
  if (first === undefined || other === undefined) throw new Error('two are due');
  await store.deliveries.settle(first.hold, { ...DOWN, next_attempt_at: null });
  // All but the one that is under way, and those that are not a day old.
  expect(await webhook(store)).toMatchObject({ pending: 4, dead: 19 });
  expect(await store.deliveries.settle(other.hold, { kind: 'delivered', status: 200 })).toBe(true);
  expect((await due(store)).map(({ task_id }) => task_id).length).toBe(3);
});

test('what is delivered again on request has a day of its own', async () => {
  const { store } = await afterADay();
  const [first] = await due(store, { limits: { in_all: 1 } });
  if (first === undefined) throw new Error('one is due');
  await store.deliveries.settle(first.hold, { ...DOWN, next_attempt_at: null });
  expect(await due(store)).toEqual([]);
  await store.deliveries.redeliver('local', first.hold.delivery_id);
  const again = await next(store);
  expect(again.tried_since).toBe(again.first_attempt_at);
  expect(again.failing_attempts).toBe(0);
});

test('an event that is not there says nothing of the receiver', async () => {
  const { store } = await openPost({ serve: false });
  await store.webhooks.register(registration());
  await tell(store, await telling(store), 'agent_start');
  await store.deliveries.settle((await next(store)).hold, { kind: 'lost', error: 'it is not there' });
  expect(await next(store)).toMatchObject({ seq: 2, failing_attempts: 0 });
  expect(await webhook(store)).toMatchObject({ dead: 1, failures: 1 });
});
