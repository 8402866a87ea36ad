/** Receivers that take nothing for days: each message is given up for itself, and none without having been tried. */

import { expect, test } from 'vitest';
import { deliveries, next, registration, tell, telling, webhook } from '../../contract/messages.ts';
import { eventOf, openPost, openReceiver, type Post, type Receiver, status } from '../../support/post.ts';
import type { Answer } from '../../support/sites.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ATTEMPTS = 10;
const closes: Answer = (_asked, response) => void response.destroy();

async function registered(receiver: Receiver): Promise<Post> {
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  return post;
}

/** A workflow that tells ten things. */
async function ten({ store }: Post, n = 1): Promise<void> {
  await tell(store, await telling(store, n), ...Array.from({ length: 9 }, () => 'agent_progress' as const));
}

/** Looks but once in each step: else a day consists of looks that find nothing. */
async function steps(post: Post, count: number, ms: number): Promise<void> {
  for (let step = 0; step < count; step += 1) {
    await post.pass(1000);
    post.clock.jump(ms - 1000);
  }
}

const hours = (post: Post, count: number): Promise<void> => steps(post, count, HOUR);
const minutes = (post: Post, count: number): Promise<void> => steps(post, count, MINUTE);

test.each<[string, Answer]>([
  ['answers 500', status(500)],
  ['closes every connection', closes],
])('a receiver that %s: the first message takes a day, each behind it ten attempts', async (_what, answer) => {
  const receiver = await openReceiver(answer);
  const post = await registered(receiver);
  await ten(post);
  await hours(post, 23);
  expect(await webhook(post.store)).toMatchObject({ pending: 10, dead: 0 });
  await minutes(post, 60 + 10 * 20);
  expect(await webhook(post.store)).toMatchObject({ pending: 0, dead: 10, deliveries: 0 });
  const [first, ...behind] = (await deliveries(post.store)).toReversed();
  expect(first?.attempts).toBeGreaterThan(ATTEMPTS);
  expect(behind.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 9 }, () => ATTEMPTS));
});

test('an address that is refused here: what waits behind the first has its ten attempts', async () => {
  const post = await openPost();
  await post.store.webhooks.register(registration({ url: 'http://127.0.0.1:9/', host: '127.0.0.1:9' }));
  await ten(post);
  await hours(post, 24);
  await minutes(post, 10 * 20);
  const [, ...behind] = (await deliveries(post.store)).toReversed();
  expect(behind.map((one) => [one.status, one.attempts])).toEqual(Array.from({ length: 9 }, () => ['dead', ATTEMPTS]));
});

test('after a weekend on which nothing ran a dropped connection costs no message', async () => {
  const receiver = await openReceiver(status(503));
  const friday = await registered(receiver);
  await ten(friday);
  for (let n = 2; n <= 12; n += 1) await telling(friday.store, n);
  await friday.pass(0);
  await friday.close();
  friday.clock.jump(2.5 * DAY);
  receiver.answers = (asked, response) => {
    receiver.answers = status(204);
    closes(asked, response);
  };
  const { file, clock } = friday;
  const monday = await openPost({ file, clock, allow: [receiver.host] });
  await monday.pass(10 * MINUTE);
  expect(await webhook(monday.store)).toMatchObject({ deliveries: 21, pending: 0, dead: 0 });
});

test.each<[string, Answer]>([
  ['closes the connection', closes],
  ['is answered 500', status(500)],
])('an event that %s is given up alone', async (_what, answer) => {
  const receiver = await openReceiver((asked, response) =>
    (eventOf(asked).seq === 1 ? answer : status(204))(asked, response),
  );
  const post = await registered(receiver);
  await ten(post);
  await hours(post, 26);
  expect(await webhook(post.store)).toMatchObject({ pending: 0, dead: 1, deliveries: 9 });
});

test('a balancer that answers 404 during a deployment costs no message, however long the receiver was down before', async () => {
  const receiver = await openReceiver(closes);
  const post = await registered(receiver);
  await ten(post);
  await hours(post, 24);
  await minutes(post, 5);
  receiver.answers = status(404);
  await minutes(post, 40);
  expect(await webhook(post.store)).toMatchObject({ pending: 9, dead: 1 });
  receiver.answers = status(204);
  await minutes(post, 60);
  expect(await webhook(post.store)).toMatchObject({ pending: 0, dead: 1, deliveries: 9 });
});

test('what was made while the clock ran ahead is no younger than its turn', async () => {
  const receiver = await openReceiver(status(500));
  const post = await registered(receiver);
  post.clock.jump(30 * DAY);
  await tell(post.store, await telling(post.store), 'agent_start');
  await post.pass(1000);
  post.clock.jump(-30 * DAY);
  // Timers of a system are not set back with its clock.
  post.webhooks.wake();
  await hours(post, 26);
  expect(await webhook(post.store)).toMatchObject({ pending: 1, dead: 1 });
  await hours(post, 26);
  expect(await webhook(post.store)).toMatchObject({ pending: 0, dead: 2 });
});

test('what is to be delivered again on request has a day of its own', async () => {
  const { store, clock } = await openPost({ serve: false });
  await store.webhooks.register(registration());
  await telling(store);
  const { hold } = await next(store);
  await store.deliveries.settle(hold, {
    kind: 'failed',
    status: null,
    error: 'no answer within 15 s',
    refused: false,
    next_attempt_at: null,
  });
  clock.jump(3 * DAY);
  const asked_again = new Date(clock.now()).toISOString();
  await store.deliveries.redeliver('local', hold.delivery_id);
  clock.jump(HOUR);
  expect(await next(store)).toMatchObject({ waits_since: asked_again, hold: { attempt: 1 } });
  expect((await deliveries(store))[0]?.created_at).toBe('2026-01-01T00:00:00.000Z');
});

test('an event that is not there is told once and keeps none behind it waiting', async () => {
  const { store } = await openPost({ serve: false });
  await store.webhooks.register(registration());
  await tell(store, await telling(store), 'agent_start');
  await store.deliveries.settle((await next(store)).hold, { kind: 'lost', error: 'it is not there' });
  expect(await next(store)).toMatchObject({ seq: 2 });
  expect(await webhook(store)).toMatchObject({ dead: 1, failures: 1 });
});
