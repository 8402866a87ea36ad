import { describe, expect, test } from 'vitest';
import type { WebhookView } from '../../../src/core/webhook.ts';
import { deliveries, registration, tell, telling, webhook } from '../../contract/messages.ts';
import { end } from '../../contract/rows.ts';
import {
  eventOf,
  openPost,
  openReceiver,
  type Post,
  type Receiver,
  SECRET,
  status,
  until,
  verify,
} from '../../support/post.ts';
import type { Answer } from '../../support/sites.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Pair {
  readonly post: Post;
  readonly receiver: Receiver;
}

/** A receiver that is registered for all workflows, and a workflow that told three things. */
async function pair(answers?: Answer): Promise<Pair> {
  const receiver = await openReceiver(answers);
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(
    registration({ url: `${receiver.url}/hook`, host: receiver.host, secret: SECRET }),
  );
  await tell(post.store, await telling(post.store), 'agent_start', 'agent_complete');
  return { post, receiver };
}

function shown(post: Post): Promise<WebhookView | undefined> {
  return webhook(post.store);
}

/** Milliseconds between one attempt and the next, as the messages say of themselves: to the second. */
function waits({ asked }: Receiver): readonly number[] {
  const times = asked.map(({ headers }) => Number(headers['webhook-timestamp']));
  return times.slice(1).map((time, at) => time - (times[at] ?? 0));
}

describe('a receiver that takes everything', () => {
  test('gets each event once, in order, as every reader of events gets it, signed', async () => {
    const { post, receiver } = await pair();
    await post.pass(0);
    expect(receiver.seqs).toEqual(['1.1', '1.2', '1.3']);
    const [task_id = ''] = receiver.asked.map((asked) => eventOf(asked).task_id);
    const events = await post.store.events.list(task_id, { after: 0, limit: 9 });
    expect(receiver.asked.map(eventOf)).toEqual(events);
    for (const [at, asked] of receiver.asked.entries()) {
      verify(asked, SECRET);
      expect(asked).toMatchObject({ method: 'POST', path: '/hook' });
      expect(asked.headers).toMatchObject({
        'webhook-id': `msg_${task_id}_${at + 1}`,
        'content-type': 'application/json',
      });
    }
    expect(await shown(post)).toMatchObject({ deliveries: 3, failures: 0, pending: 0, dead: 0 });
    expect(post.log).toEqual([]);
  });

  test('hears of what comes later, when it comes', async () => {
    const { post, receiver } = await pair();
    await post.pass(0);
    const hold = await telling(post.store, 2);
    post.bus.publish(hold.task_id);
    await post.pass(50);
    expect(receiver.seqs.at(-1)).toBe('2.1');
    // A hint that was lost costs seconds.
    await post.store.workflows.finish(hold, end());
    await post.pass(5000);
    expect(receiver.seqs.at(-1)).toBe('2.2');
  });
});

test('down for ten minutes: nothing is lost, and all of it comes in order once it is up', async () => {
  const { post, receiver } = await pair();
  // Its connections are cut before any answer, as by a machine that is not there.
  receiver.answers = (_asked, response) => response.destroy();
  await post.pass(10 * MINUTE);
  // It waits 1, 2, 4 … seconds, so that ten minutes are ten attempts at the first event and none at the next.
  expect(waits(receiver)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  expect(new Set(receiver.seqs)).toEqual(new Set(['1.1']));
  expect(new Set(receiver.asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(await shown(post)).toMatchObject({ deliveries: 0, failures: 10, pending: 3, dead: 0 });
  const before = receiver.asked.length;
  receiver.answers = status(200);
  await post.pass(10 * MINUTE);
  expect(receiver.seqs.slice(before)).toEqual(['1.1', '1.2', '1.3']);
  for (const asked of receiver.asked) verify(asked, SECRET);
  expect(await shown(post)).toMatchObject({ deliveries: 3, failures: 10, pending: 0, dead: 0 });
});

test('one that nobody listens at is told as such', async () => {
  const { post, receiver } = await pair();
  await receiver.close();
  await post.pass(1000);
  const first = (await deliveries(post.store)).find(({ seq }) => seq === 1);
  expect(first).toMatchObject({ status: 'pending', attempts: 2, last_status: null });
  expect(first?.last_error).toBe('the host takes no connection there');
});

test('one that is slow is given up after fifteen seconds, and tried again', async () => {
  const { post, receiver } = await pair(() => {});
  await post.clock.advance(0);
  await until(() => receiver.asked.length === 1, 'the first attempt arrives');
  await post.clock.advance(15_000);
  await until(async () => (await shown(post))?.failures === 1, 'the attempt is given up');
  const first = (await deliveries(post.store)).find(({ seq }) => seq === 1);
  expect(first).toMatchObject({ status: 'pending', last_error: 'no answer within 15 s' });
  receiver.answers = status(200);
  await post.pass(1000);
  expect(receiver.seqs).toEqual(['1.1', '1.1', '1.2', '1.3']);
});

test('one that answers 500 is tried again for a day, then given up, soon followed by what waited as long, and what comes then goes', async () => {
  const { post, receiver } = await pair(status(500));
  for (let hour = 0; hour < 30; hour += 1) {
    await post.pass(1000);
    post.clock.jump(HOUR);
  }
  for (let minute = 0; minute < 40; minute += 1) {
    await post.pass(1000);
    post.clock.jump(60_000);
  }
  expect(await shown(post)).toMatchObject({ pending: 0, dead: 3 });
  const first = (await deliveries(post.store)).find(({ seq }) => seq === 1);
  await telling(post.store, 2);
  await post.pass(5000);
  expect(receiver.seqs.at(-1)).toBe('2.1');
  expect(first).toMatchObject({ status: 'dead', last_status: 500, last_error: 'HTTP 500', next_attempt_at: null });
  const lasted = Date.parse(first?.last_attempt_at ?? '') - Date.parse(first?.created_at ?? '');
  expect(lasted).toBeGreaterThan(20 * HOUR);
  expect(lasted).toBeLessThanOrEqual(24 * HOUR);
});

test.each([429, 503])('one that answers %i and asks for time gets it', async (code) => {
  const { post, receiver } = await pair(status(code, { 'retry-after': '90' }));
  await post.pass(89_000);
  expect(receiver.seqs).toEqual(['1.1']);
  receiver.answers = status(204);
  await post.pass(1000);
  expect(waits(receiver)[0]).toBe(90);
  expect(receiver.seqs).toEqual(['1.1', '1.1', '1.2', '1.3']);
});

test('one that answers 410 is told nothing more', async () => {
  const { post, receiver } = await pair(status(410));
  await post.pass(HOUR / 10);
  expect(receiver.seqs).toEqual(['1.1']);
  const reason = 'HTTP 410: the receiver wants nothing more';
  expect(await shown(post)).toMatchObject({ disabled: { reason }, deliveries: 0, failures: 1, pending: 0, dead: 3 });
});

test('what is answered 404 for an hour is given up, and what follows is not', async () => {
  const { post, receiver } = await pair((asked, response) =>
    status(eventOf(asked).seq === 2 ? 404 : 200)(asked, response),
  );
  await post.pass(HOUR);
  expect(await shown(post)).toMatchObject({ deliveries: 1, pending: 2, dead: 0 });
  await post.pass(HOUR);
  // 1, 2, 4 … 2048 seconds.
  expect(receiver.seqs).toEqual(['1.1', ...Array.from({ length: 13 }, () => '1.2'), '1.3']);
  expect(await shown(post)).toMatchObject({ deliveries: 2, failures: 13, pending: 0, dead: 1 });
});

test.each([400, 406, 413, 415, 422])(
  'each message that is itself refused (%i) waits for no more than five attempts',
  async (code) => {
    const { post, receiver } = await pair((asked, response) =>
      status(eventOf(asked).seq === 3 ? 200 : code)(asked, response),
    );
    await post.pass(MINUTE);
    expect(receiver.seqs).toEqual([
      ...Array.from({ length: 5 }, () => '1.1'),
      ...Array.from({ length: 5 }, () => '1.2'),
      '1.3',
    ]);
    expect(await shown(post)).toMatchObject({ deliveries: 1, failures: 10, pending: 0, dead: 2 });
  },
);

test('a balancer that answers 404 while its receiver is deployed costs no message', async () => {
  const { post, receiver } = await pair(status(404));
  await post.pass(MINUTE);
  receiver.answers = status(204);
  await post.pass(HOUR);
  expect(await shown(post)).toMatchObject({ deliveries: 3, pending: 0, dead: 0 });
});

test.each([301, 302, 307, 308])(
  'a redirect (%i) to a private address is not followed, and is no answer',
  async (code) => {
    const within = await openReceiver();
    const { post, receiver } = await pair(status(code, { location: `${within.url}/metadata` }));
    await post.pass(MINUTE);
    expect(within.asked).toEqual([]);
    expect(new Set(receiver.seqs)).toEqual(new Set(['1.1']));
    const first = (await deliveries(post.store)).find(({ seq }) => seq === 1);
    expect(first).toMatchObject({ status: 'pending', attempts: 6, last_status: code });
    expect(first?.last_error).toBe(`HTTP ${code}, a redirect, is not followed`);
  },
);

test('what is answered with a redirect for an hour is given up', async () => {
  const { post, receiver } = await pair(status(302, { location: 'https://example.com/' }));
  await post.pass(HOUR + MINUTE);
  post.clock.jump(HOUR);
  await post.pass(5000);
  expect(receiver.seqs).toContain('1.2');
  expect((await deliveries(post.store)).find(({ seq }) => seq === 1)).toMatchObject({
    status: 'dead',
    last_status: 302,
  });
});

test('an address that is private by the time of the attempt is not reached', async () => {
  const receiver = await openReceiver();
  const post = await openPost();
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(post.store);
  await post.pass(MINUTE - 1);
  const [first] = await deliveries(post.store);
  expect(first).toMatchObject({ status: 'pending', attempts: 1, last_status: null });
  expect(first?.last_error).toContain('is refused');
  await post.pass(HOUR);
  for (let hour = 1; hour < 22; hour += 1) {
    post.clock.jump(HOUR);
    await post.pass(5000);
  }
  expect(await shown(post)).toMatchObject({ pending: 1, dead: 0 });
  post.clock.jump(2 * HOUR);
  await post.pass(5000);
  expect(await shown(post)).toMatchObject({ pending: 0, dead: 1 });
  expect(receiver.asked).toEqual([]);
});

test('an answer without end costs no more than its beginning', async () => {
  const { post, receiver } = await pair((_asked, response) => {
    response.writeHead(200);
    const more = (): void => {
      if (response.write('x'.repeat(65_536))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await post.pass(0);
  expect(receiver.seqs).toEqual(['1.1', '1.2', '1.3']);
  expect(await shown(post)).toMatchObject({ deliveries: 3, failures: 0 });
});

test('answers that never end keep no connections', async () => {
  let [open, most] = [0, 0];
  const { post, receiver } = await pair((_asked, response) => {
    open += 1;
    most = Math.max(most, open);
    response.once('close', () => {
      open -= 1;
    });
    response.writeHead(200).write('x');
  });
  for (let n = 2; n <= 9; n += 1) await tell(post.store, await telling(post.store, n), 'agent_start');
  await until(async () => {
    await post.clock.advance(10);
    return (await shown(post))?.deliveries === 19 && open === 0;
  }, 'all are taken, and all connections are closed');
  expect(receiver.asked.length).toBe(19);
  // Four, and those whose end the receiver has not noticed yet.
  expect(most).toBeLessThanOrEqual(8);
});

test('an answer that is no HTTP is a failure like any other', async () => {
  const { post } = await pair((_asked, response) => response.socket?.end('who are you?\r\n\r\n'));
  await post.pass(0);
  const first = (await deliveries(post.store)).find(({ seq }) => seq === 1);
  expect(first).toMatchObject({ status: 'pending', attempts: 1, last_status: null });
  expect(first?.last_error).toContain('no proper answer');
});
