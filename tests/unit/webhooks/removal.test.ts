/** Messages that nobody needs any more, by the thousand: piece by piece, unseen from the first moment on, and whatever happens meanwhile. */

import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { WebhookView } from '../../../src/core/webhook.ts';
import type { DeliveryOutcome } from '../../../src/store/store.ts';
import { ATTEMPT_MS, deliveries, due, next, registration, tell, telling, webhook } from '../../contract/messages.ts';
import { end, ended, idOf } from '../../contract/rows.ts';
import { openPost, openReceiver, type Post, status } from '../../support/post.ts';

const DAY = 86_400_000;
const FAILED = { kind: 'failed', status: 500, error: 'HTTP 500', refused: false } as const;
const MANY = 600;
const PIECE = 250;

/** One workflow with many messages that wait. */
async function loaded(): Promise<Post> {
  const post = await openPost({ serve: false });
  await post.store.webhooks.register(registration());
  const hold = await telling(post.store);
  await tell(post.store, hold, ...Array.from({ length: MANY - 1 }, () => 'agent_progress' as const));
  while (await post.store.deliveries.collect()) continue;
  return post;
}

/** What is there, whether it is shown or not. */
function stored(post: Post, condition = 'true'): number {
  const db = new SqliteDatabase(post.file, { readonly: true });
  const found = db.prepare<[], number>(`SELECT count(*) FROM deliveries WHERE ${condition}`).pluck().get();
  db.close();
  return found ?? 0;
}

async function sweepAll(post: Post): Promise<number> {
  let pieces = 1;
  while (await post.store.deliveries.sweep()) pieces += 1;
  return pieces;
}

test('a registration is gone at once, its messages little by little, and nothing shows them meanwhile', async () => {
  const post = await loaded();
  const under = await next(post.store);
  expect(await post.store.webhooks.unregister('local', { webhook_id: 'wh_1' })).toBe(1);
  expect(stored(post)).toBe(MANY - PIECE);
  const { store } = post;
  expect(await deliveries(store)).toEqual([]);
  expect(await webhook(store)).toBeUndefined();
  expect(await due(store)).toEqual([]);
  expect(await store.deliveries.settle(under.hold, { kind: 'delivered', status: 200 })).toMatchObject({
    recorded: false,
  });
  // The same address again is another registration, which begins anew.
  await store.webhooks.register(registration({ webhook_id: 'wh_2' }));
  await telling(store, 2);
  expect((await due(store)).map(({ webhook_id, task_id }) => [webhook_id, task_id])).toEqual([['wh_2', idOf(2)]]);
  await sweepAll(post);
  expect(stored(post)).toBe(1);
});

test('what a crash leaves of it the next process removes', async () => {
  const post = await loaded();
  await post.store.webhooks.unregister('local', { webhook_id: 'wh_1' });
  await post.close();
  const later = await openPost({ file: post.file, clock: post.clock });
  expect(stored(later)).toBe(MANY - PIECE);
  await later.pass(100);
  expect(stored(later)).toBe(0);
  expect(later.log).toEqual([]);
});

test('what waits for a receiver that is gone dies little by little, and none of it is sent', async () => {
  const post = await loaded();
  const { store } = post;
  const { hold } = await next(store);
  await store.deliveries.settle(hold, { kind: 'gone', status: 410, error: 'HTTP 410' });
  expect(stored(post, "status = 'pending'")).toBe(MANY - 1 - PIECE);
  expect(await due(store)).toEqual([]);
  expect(await sweepAll(post)).toBe(2);
  expect(await webhook(store)).toMatchObject({ pending: 0, dead: MANY, failures: 1 });
});

test.each<[string, DeliveryOutcome | null]>([
  ['is to be tried again', { ...FAILED, next_attempt_at: '2026-01-01T00:01:00.000Z' }],
  ['is given back', { kind: 'given_back' }],
  ['is never heard of again', null],
])('what was under way to a receiver that is gone dies where it %s', async (_what, outcome) => {
  const { store, clock } = await openPost({ serve: false });
  await store.webhooks.register(registration());
  await telling(store, 1);
  await telling(store, 2);
  const [gone, other] = await due(store);
  if (gone === undefined || other === undefined) throw new Error('two are due');
  await store.deliveries.settle(gone.hold, { kind: 'gone', status: 410, error: 'HTTP 410' });
  expect(await store.deliveries.sweep()).toBe(false);
  expect(await webhook(store)).toMatchObject({ pending: 1, dead: 1 });
  if (outcome === null) clock.jump(ATTEMPT_MS);
  else await store.deliveries.settle(other.hold, outcome);
  while (await store.deliveries.sweep()) continue;
  expect(await webhook(store)).toMatchObject({ pending: 0, dead: 2 });
  expect(await due(store)).toEqual([]);
});

test('what is under way when its receiver is gone holds up no one who registers that again, and dies of it no more', async () => {
  const { store } = await openPost({ serve: false });
  await store.webhooks.register(registration());
  await telling(store, 1);
  await telling(store, 2);
  const [gone, other] = await due(store);
  if (gone === undefined || other === undefined) throw new Error('two are due');
  await store.deliveries.settle(gone.hold, { kind: 'gone', status: 410, error: 'HTTP 410' });
  await store.webhooks.register(registration());
  await store.deliveries.settle(other.hold, { ...FAILED, next_attempt_at: '2026-01-01T00:00:00.000Z' });
  while (await store.deliveries.sweep()) continue;
  expect((await due(store)).map(({ task_id }) => task_id)).toEqual([other.task_id]);
});

test('whoever registers it again meanwhile gets what comes, and nothing of what was to die', async () => {
  const post = await loaded();
  const { store } = post;
  const { hold } = await next(store);
  await store.deliveries.settle(hold, { kind: 'gone', status: 410, error: 'HTTP 410' });
  const again: WebhookView = await store.webhooks.register(registration());
  expect(again).toMatchObject({ webhook_id: 'wh_1', disabled: null, pending: 0, dead: MANY });
  await telling(store, 2);
  expect((await due(store)).map(({ task_id }) => task_id)).toEqual([idOf(2)]);
});

test('a receiver of one workflow that is registered again hears what it missed, in order and once', async () => {
  const receiver = await openReceiver();
  receiver.answers = (asked, response) => status(asked.body.includes('"seq":2') ? 410 : 200)(asked, response);
  const post = await openPost({ allow: [receiver.host] });
  const hold = await telling(post.store);
  const own = registration({ url: receiver.url, host: receiver.host, task_id: idOf(1) });
  await post.store.webhooks.register(own);
  await tell(post.store, hold, 'agent_start', 'agent_complete');
  post.webhooks.wake();
  await post.pass(0);
  await tell(post.store, hold, 'synthesis_start');
  await post.store.workflows.finish(hold, end());
  await post.pass(10_000);
  expect(receiver.seqs).toEqual(['1.1', '1.2']);
  receiver.answers = status(200);
  await post.store.webhooks.register(own);
  post.webhooks.wake();
  await post.pass(10_000);
  expect(receiver.seqs).toEqual(['1.1', '1.2', '1.2', '1.3', '1.4', '1.5']);
  expect(await webhook(post.store)).toMatchObject({ deliveries: 5, failures: 1, pending: 0, dead: 0 });
});

test('a receiver that is registered again with a narrower filter hears of what it missed no more than that lets through', async () => {
  const receiver = await openReceiver(status(410));
  const post = await openPost({ allow: [receiver.host] });
  const hold = await telling(post.store);
  const own = registration({ url: receiver.url, host: receiver.host, task_id: idOf(1) });
  await post.store.webhooks.register(own);
  await tell(post.store, hold, 'agent_start', 'agent_complete');
  await post.store.workflows.finish(hold, end());
  await post.pass(10_000);
  expect(receiver.seqs).toEqual(['1.1']);
  receiver.answers = status(200);
  await post.store.webhooks.register({ ...own, events: ['workflow_complete'] });
  post.webhooks.wake();
  await post.pass(10_000);
  expect(receiver.seqs).toEqual(['1.1', '1.4']);
});

test('what was taken is dropped after a week, counted still, and sent no second time', async () => {
  const receiver = await openReceiver();
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await ended(post.store);
  await post.pass(0);
  const taken = receiver.seqs.length;
  post.clock.jump(7 * DAY);
  await post.pass(0);
  expect(stored(post)).toBe(taken);
  await post.pass(10_000);
  expect(stored(post)).toBe(0);
  expect(await webhook(post.store)).toMatchObject({ deliveries: taken, pending: 0, dead: 0 });
  const again = registration({ url: receiver.url, host: receiver.host, events: ['workflow_complete'] });
  await post.store.webhooks.register(again);
  await post.pass(10_000);
  expect(receiver.seqs.length).toBe(taken);
});
