/** Ten minutes in which receivers are ill, each in its way, at the same time; then they are well. */

import { expect, test } from 'vitest';
import { deliveries as shown } from '../../../src/orchestrator/webhooks.ts';
import { deliveries, registration, tell, telling } from '../../contract/messages.ts';
import { end, idOf } from '../../contract/rows.ts';
import {
  eventOf,
  openPost,
  openReceiver,
  type Post,
  type Receiver,
  status,
  until,
  verify,
} from '../../support/post.ts';
import type { Answer, Asked } from '../../support/sites.ts';

const MINUTES = 60_000;
const EVERY = ['1.1', '1.2', '1.3', '1.4', '2.1', '2.2', '2.3', '2.4'];
const OF_ONE = EVERY.slice(0, 4);

interface Ill {
  readonly receiver: Receiver;
  readonly secret: string;
  readonly refused: readonly Asked[];
  readonly accepted: readonly Asked[];
  /** Requests that were not taken and whose connection is not closed: those that hang. */
  readonly open: number;
  isWell: boolean;
}

/** One that answers as it is told to as long as it is not well. */
async function openIll(n: number, answers: Answer): Promise<Ill> {
  const [refused, accepted]: [Asked[], Asked[]] = [[], []];
  const ill = { refused, accepted, open: 0, isWell: false, secret: `whsec_${Buffer.alloc(32, n).toString('base64')}` };
  const receiver = await openReceiver((asked, response) => {
    (ill.isWell ? accepted : refused).push(asked);
    if (ill.isWell) return status(204)(asked, response);
    ill.open += 1;
    response.once('close', () => (ill.open -= 1));
    answers(asked, response);
  });
  return Object.assign(ill, { receiver });
}

/** Lets time pass, each attempt coming to its end before it goes on, but for those that hang. */
async function pass(post: Post, ms: number, hanging: Ill): Promise<void> {
  const over = post.clock.now() + ms;
  const atRest = (): Promise<void> =>
    until(async () => {
      await post.clock.settle(5);
      const all = await deliveries(post.store);
      const underWay = all.filter(
        (one) => one.status === 'pending' && one.attempts > 0 && one.next_attempt_at === null,
      );
      return underWay.length === hanging.open;
    }, 'nothing is under way but what hangs');
  await atRest();
  for (let next = post.clock.next; next !== null && next <= over; next = post.clock.next) {
    await post.clock.advance(Math.max(0, next - post.clock.now()));
    await atRest();
  }
  await post.clock.advance(Math.max(0, over - post.clock.now()));
}

/** What was taken, workflow after workflow, in the order in which it was. */
function heard({ accepted }: Ill): readonly string[] {
  const seqs = accepted.map(eventOf).map(({ task_id, seq }) => `${task_id.slice(-1)}.${seq}`);
  return seqs.toSorted((one, other) => Number(one.slice(0, 1)) - Number(other.slice(0, 1)));
}

test('every receiver hears all of it once it is well, in order, signed for it, and is counted for itself', async () => {
  const within = await openReceiver();
  const ills = {
    well: await openIll(1, status(204)),
    down: await openIll(2, (_asked, response) => response.destroy()),
    slow: await openIll(3, () => {}),
    failing: await openIll(4, status(500)),
    leading: await openIll(5, status(302, { location: `${within.url}/private` })),
    gone: await openIll(6, status(410)),
  };
  const { well, slow, gone } = ills;
  const all = Object.values(ills);
  const post = await openPost({ allow: all.map(({ receiver }) => receiver.host) });
  const register = async (webhook_id: string, { receiver: { url, host }, secret }: Ill, task_id: string | null) => {
    await post.store.webhooks.register(registration({ webhook_id, url, host, secret, task_id }));
    post.webhooks.wake();
  };
  well.isWell = true;
  for (const [name, ill] of Object.entries(ills)) if (ill !== gone) await register(name, ill, null);
  for (const n of [1, 2]) {
    const hold = await telling(post.store, n);
    if (n === 1) await register('gone', gone, hold.task_id);
    await tell(post.store, hold, 'agent_start', 'agent_complete');
    await post.store.workflows.finish(hold, end());
  }
  await pass(post, 10 * MINUTES, slow);
  expect(all.map((ill) => heard(ill).length)).toEqual([8, 0, 0, 0, 0, 0]);
  for (const ill of all) ill.isWell = true;
  await register('gone', gone, idOf(1));
  await pass(post, 20 * MINUTES, slow);
  for (const ill of all) {
    expect(heard(ill)).toEqual(ill === gone ? OF_ONE : EVERY);
    for (const asked of ill.receiver.asked) verify(asked, ill.secret);
  }
  expect(within.asked).toEqual([]);
  const { store, clock, webhooks } = post;
  const view = await shown({ store, clock, webhooks }, { owner: 'local', trusted: true }, {});
  const figures = view.webhooks.map(({ webhook_id, deliveries: taken, failures, pending, dead }) => [
    webhook_id,
    { taken, failures, pending, dead },
  ]);
  const counted = Object.entries(ills).map(([name, { accepted, refused }]) => [
    name,
    { taken: accepted.length, failures: refused.length, pending: 0, dead: 0 },
  ]);
  expect(Object.fromEntries(figures)).toEqual(Object.fromEntries(counted));
  expect(post.log).toEqual([expect.stringMatching(/^webhook gone to \S+ is disabled until it is registered again/u)]);
});
