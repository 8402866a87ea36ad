/** What an attempt says of the lane it went by: only a receiver that was asked can fail to answer. */

import SqliteDatabase from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { attempt, type Attempted } from '../../../src/webhooks/attempt.ts';
import { openSender, SEND_LIMITS } from '../../../src/webhooks/send.ts';
import { next, registration, telling } from '../../contract/messages.ts';
import { openPost, openReceiver, type Post, status } from '../../support/post.ts';

interface Reach {
  readonly url: string;
  readonly host: string;
  readonly allow: readonly string[];
}

async function attempted(post: Post, { url, host, allow }: Reach): Promise<Attempted> {
  const { store, clock } = post;
  await store.webhooks.register(registration({ url, host }));
  await telling(store);
  const sender = openSender({ clock, allow, limits: SEND_LIMITS });
  onTestFinished(() => sender.close());
  const message = await next(store);
  return attempt({ events: store.events, sender, clock, random: () => 0 }, message, new AbortController().signal);
}

test('a receiver that answers was asked, and so was one that does not', async () => {
  const { url, host } = await openReceiver(status(500));
  const well = await attempted(await openPost({ serve: false }), { url, host, allow: [host] });
  expect(well).toMatchObject({ asked: true, outcome: { kind: 'failed', status: 500 } });
  const closed = await openReceiver();
  await closed.close();
  const dead = await attempted(await openPost({ serve: false }), { ...closed, allow: [closed.host] });
  expect(dead).toMatchObject({ asked: true, outcome: { kind: 'failed', status: null } });
});

test('nobody was asked at an address that is refused here', async () => {
  const { url, host } = await openReceiver();
  const refused = await attempted(await openPost({ serve: false }), { url, host, allow: [] });
  expect(refused).toMatchObject({ asked: false, outcome: { kind: 'failed', status: null, refused: false } });
});

test('nobody was asked about an event that cannot be read', async () => {
  const { url, host } = await openReceiver();
  const post = await openPost({ serve: false });
  const db = new SqliteDatabase(post.file);
  db.exec(`DROP TRIGGER events_never_change;
    CREATE TRIGGER breaks AFTER INSERT ON events BEGIN UPDATE events SET event_data = '{broken' WHERE id = NEW.id; END`);
  db.close();
  const lost = await attempted(post, { url, host, allow: [host] });
  expect(lost).toMatchObject({ asked: false, outcome: { kind: 'lost' } });
});
