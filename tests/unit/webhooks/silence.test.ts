/** A receiver that takes nothing for days while there is always more to tell it, from the first attempt to its being well again. */

import { expect, test } from 'vitest';
import { type Happening, UNTOLD } from '../../../src/core/telemetry.ts';
import { deliveries, registration, telling, webhook } from '../../contract/messages.ts';
import { openPost, openReceiver, type Post, status } from '../../support/post.ts';

const HOUR = 3_600_000;

/** A day with a workflow that begins, looked at six times. */
async function day(post: Post, n: number): Promise<void> {
  await telling(post.store, n);
  for (let step = 0; step < 6; step += 1) {
    await post.pass(1000);
    post.clock.jump(4 * HOUR - 1000);
  }
}

test('it is disabled within the sixth day, told of, and costs nothing more; registered again, it has what it asks for', async () => {
  const receiver = await openReceiver((_asked, response) => void response.destroy());
  const told: Happening['kind'][] = [];
  const telemetry = { ...UNTOLD, tell: ({ kind }: Happening) => void told.push(kind) };
  const post = await openPost({ allow: [receiver.host], telemetry });
  const own = registration({ url: receiver.url, host: receiver.host });
  await post.store.webhooks.register(own);
  for (let n = 1; n <= 4; n += 1) await day(post, n);
  expect(await webhook(post.store)).toMatchObject({ disabled: null });
  expect(post.log).toEqual([]);
  for (let n = 5; n <= 6; n += 1) await day(post, n);
  const shown = await webhook(post.store);
  expect(shown?.disabled?.reason).toMatch(/^nothing was taken on 5 days on which it was tried, the last time: /u);
  expect(shown).toMatchObject({ deliveries: 0, pending: 0 });
  expect(post.log).toEqual([expect.stringMatching(/^webhook wh_1 to \S+ is disabled until it is registered again/u)]);
  expect(told.filter((kind) => kind === 'webhook_disabled')).toEqual(['webhook_disabled']);
  const asked = receiver.asked.length;
  await day(post, 7);
  expect((await webhook(post.store))?.dead).toBe(shown?.dead);
  expect(receiver.asked.length).toBe(asked);
  receiver.answers = status(204);
  await post.store.webhooks.register(own);
  const [lost] = (await deliveries(post.store)).toReversed();
  await post.store.deliveries.redeliver('local', lost?.delivery_id ?? '');
  await day(post, 8);
  expect(receiver.seqs.slice(asked)).toEqual(['1.1', '8.1']);
  expect(receiver.asked.at(asked)?.headers['webhook-id']).toBe(receiver.asked[0]?.headers['webhook-id']);
});
