/** A system clock that is put right while messages wait: what they wait for is a length of time, not a time of day. */

import { expect, test } from 'vitest';
import { claim, next, registration, tell, telling } from '../../contract/messages.ts';
import { openPost, openReceiver, type Post, type Receiver, status } from '../../support/post.ts';

const HOUR = 3_600_000;

async function registered(receiver: Receiver): Promise<Post> {
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  return post;
}

/** Timers of a system are not set back with its clock: one that was to fire does. */
async function setBack(post: Post, ms: number): Promise<void> {
  post.clock.jump(-ms);
  post.webhooks.wake();
  await post.pass(0);
}

test('a clock that is set back by hours makes no message wait for hours', async () => {
  const receiver = await openReceiver(status(500));
  const post = await registered(receiver);
  const hold = await telling(post.store);
  await post.pass(0);
  receiver.answers = status(200);
  await setBack(post, 6 * HOUR);
  expect(receiver.seqs).toEqual(['1.1']);
  await tell(post.store, hold, 'agent_start');
  await telling(post.store, 2);
  await post.pass(6000);
  expect(receiver.seqs.toSorted()).toEqual(['1.1', '1.1', '1.2', '2.1']);
  expect(post.log).toEqual([]);
});

test('what asked for time gets all of it once more, and no more', async () => {
  const receiver = await openReceiver(status(503, { 'retry-after': '1800' }));
  const post = await registered(receiver);
  await telling(post.store);
  await post.pass(0);
  receiver.answers = status(200);
  await setBack(post, 24 * HOUR);
  await post.pass(HOUR / 2 - 1);
  expect(receiver.seqs).toEqual(['1.1']);
  await post.pass(1);
  expect(receiver.seqs).toEqual(['1.1', '1.1']);
});

test('a lease ends when its length is over, and no sooner, whatever the clock does', async () => {
  const receiver = await openReceiver();
  const post = await openPost({ allow: [receiver.host], serve: false });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(post.store);
  const { hold } = await next(post.store, { holder: 'elsewhere' });
  post.clock.jump(-24 * HOUR);
  const { clock, file } = post;
  const other = await openPost({ allow: [receiver.host], clock, file, serve: false });
  const seen = await other.store.deliveries.claim(claim({ holder: 'two' }));
  expect(seen).toEqual({ claimed: [], next: new Date(clock.now() + 30_000).toISOString() });
  clock.jump(29_999);
  expect((await other.store.deliveries.claim(claim({ holder: 'two' }))).claimed).toEqual([]);
  clock.jump(1);
  const [taken] = (await other.store.deliveries.claim(claim({ holder: 'two' }))).claimed;
  expect(taken?.hold).toMatchObject({ delivery_id: hold.delivery_id, holder: 'two', attempt: 2 });
  expect(await post.store.deliveries.settle(hold, { kind: 'delivered', status: 200 })).toMatchObject({
    recorded: false,
  });
});

test('what fails is given up after a day, also where that began in a month that the clock took back', async () => {
  const receiver = await openReceiver(status(500));
  const post = await registered(receiver);
  await tell(post.store, await telling(post.store), 'agent_start');
  await post.pass(0);
  await setBack(post, 30 * 24 * HOUR);
  for (let hour = 0; hour < 30; hour += 1) {
    await post.pass(1000);
    post.clock.jump(HOUR);
  }
  expect(receiver.seqs).toContain('1.2');
});
