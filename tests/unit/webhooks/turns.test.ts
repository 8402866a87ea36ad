/** Receivers that hang: whom they keep waiting, and for how long. No time passes in these tests unless they say so. */

import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { iso } from '../../../src/core/clock.ts';
import { claim, registration, telling } from '../../contract/messages.ts';
import { openPost, openReceiver, type Post, type Receiver, until } from '../../support/post.ts';

/** One that never answers. */
function hanging(): Promise<Receiver> {
  return openReceiver(() => {});
}

async function register(post: Post, owner: string, receivers: readonly Receiver[]): Promise<void> {
  for (const [n, { url, host }] of receivers.entries()) {
    await post.store.webhooks.register(registration({ webhook_id: `wh_${owner}_${n}`, owner, url, host }));
  }
}

function asked(receivers: readonly Receiver[]): number {
  return receivers.reduce((sum, receiver) => sum + receiver.asked.length, 0);
}

/** Begins what is due. What is begun arrives when it does: real connections take real time. */
async function deliver(post: Post): Promise<void> {
  post.webhooks.wake();
  await post.clock.advance(50);
}

test.each([
  { whom: 'another owner', hosts: 8, most: 24, owner: 'good' },
  { whom: 'another host of its own', hosts: 4, most: 16, owner: 'bad' },
])('hosts that hang keep $whom waiting for nothing', async ({ hosts, most, owner }) => {
  const well = await openReceiver();
  const dead = await Promise.all(Array.from({ length: hosts }, hanging));
  const post = await openPost({ allow: [well, ...dead].map(({ host }) => host) });
  await register(post, 'bad', dead);
  for (let n = 1; n <= 9; n += 1) await telling(post.store, n, 'bad');
  await deliver(post);
  await until(() => asked(dead) >= 16, 'all of them hang');
  await post.store.webhooks.register(registration({ webhook_id: 'wh_well', owner, url: well.url, host: well.host }));
  await telling(post.store, 10, owner);
  await deliver(post);
  await until(() => well.asked.length === 1, 'the other one is told', 5000);
  await until(() => asked(dead) >= most, 'those that hang have what they may');
  expect(asked(dead)).toBe(most);
});

test('a host that gave no answer is asked one thing at a time until it gives one', async () => {
  const receiver = await hanging();
  const post = await openPost({ allow: [receiver.host] });
  await register(post, 'bad', [receiver]);
  for (let n = 1; n <= 9; n += 1) await telling(post.store, n, 'bad');
  await deliver(post);
  await until(() => receiver.asked.length === 4, 'four hang');
  await post.clock.advance(15_000);
  await until(() => receiver.asked.length === 5, 'the next one comes when those are given up');
  for (let round = 6; round <= 8; round += 1) {
    await post.clock.advance(14_000);
    expect(receiver.asked.length).toBe(round - 1);
    await post.clock.advance(1000);
    await until(() => receiver.asked.length === round, 'and the next one after that');
  }
  receiver.answers = (_asked, response) => void response.writeHead(204).end();
  await post.clock.advance(15_000);
  await post.pass(60_000);
  expect(new Set(receiver.seqs).size).toBe(9);
});

/** One owner with 1200 hosts, to each of which it has a message: due an hour from now, but for some. */
async function manyHosts(
  isDue: (n: number) => boolean,
): Promise<{ readonly post: Post; readonly hosts: readonly string[] }> {
  const post = await openPost({ serve: false });
  await telling(post.store);
  const hosts = Array.from({ length: 1200 }, (_, n) => `h${n + 1000}.example`);
  const db = new SqliteDatabase(post.file);
  const [now, later] = [iso(post.clock.now()), iso(post.clock.now() + 3_600_000)];
  db.transaction(() => {
    const hook = db.prepare(
      "INSERT INTO webhooks (webhook_id, owner, url, host, secret, since, created_at) VALUES (?, 'bad', ?, ?, 's', 0, ?)",
    );
    const message = db.prepare(
      `INSERT INTO deliveries (delivery_id, webhook_id, owner, host, task_id, seq, event_type, status, created_at, waits_since, set_at, available_at)
       SELECT ?, ?, 'bad', ?, task_id, 1, 'workflow_start', 'pending', ?, ?, ?, ? FROM workflows`,
    );
    for (const [n, host] of hosts.entries()) {
      hook.run(`wh_${n}`, `https://${host}/`, host, now);
      message.run(`dlv_${n}`, `wh_${n}`, host, now, now, now, isDue(n) ? now : later);
    }
  })();
  db.close();
  return { post, hosts };
}

test('of an owner with a thousand hosts the one that is due is found at once', async () => {
  const { post } = await manyHosts((n) => n === 1100);
  const { claimed, next } = await post.store.deliveries.claim(claim());
  expect(claimed.map(({ host }) => host)).toEqual(['h2100.example']);
  expect(next).toBe('2026-01-01T01:00:00.000Z');
});

test('of an owner with a thousand hosts that are due some are looked at in a second, and each in its turn', async () => {
  const { post, hosts } = await manyHosts(() => true);
  const failing = hosts.filter((host) => host !== 'h2100.example').map((host) => ({ owner: 'bad', host }));
  const looks = [];
  for (let look = 0; look < 3; look += 1) {
    const { claimed, next } = await post.store.deliveries.claim(claim({ limits: { failing: 0 }, failing }));
    looks.push([claimed.map(({ host }) => host), next]);
    post.clock.jump(1000);
  }
  expect(looks).toEqual([
    [[], '2026-01-01T00:00:01.000Z'],
    [[], '2026-01-01T00:00:02.000Z'],
    [['h2100.example'], '2026-01-01T00:00:03.000Z'],
  ]);
});
