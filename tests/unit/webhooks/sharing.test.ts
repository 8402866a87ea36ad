import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { deliveries, registration, tell, telling, webhook } from '../../contract/messages.ts';
import { end, ERASURE } from '../../contract/rows.ts';
import { NEW_SECRET, openPost, openReceiver, SECRET, status, until, verify } from '../../support/post.ts';

const DAY = 86_400_000;

test('only events of the types asked for are sent', async () => {
  const receiver = await openReceiver();
  const post = await openPost({ allow: [receiver.host] });
  const { url, host } = receiver;
  await post.store.webhooks.register(registration({ url, host, events: ['agent_complete', 'workflow_complete'] }));
  const hold = await telling(post.store);
  await tell(post.store, hold, 'agent_start', 'agent_progress', 'agent_complete');
  await post.store.workflows.finish(hold, end());
  await post.pass(0);
  expect(receiver.seqs).toEqual(['1.4', '1.5']);
});

test('a replaced secret signs beside the new one for its time, and no longer', async () => {
  const receiver = await openReceiver();
  const post = await openPost({ allow: [receiver.host] });
  const own = registration({ url: receiver.url, host: receiver.host, secret: SECRET });
  await post.store.webhooks.register(own);
  const former_until = new Date(post.clock.now() + DAY).toISOString();
  await post.store.webhooks.register({ ...own, secret: NEW_SECRET, replace_secret: true, former_until });
  const hold = await telling(post.store);
  await post.pass(0);
  post.clock.jump(DAY);
  await tell(post.store, hold, 'agent_start');
  await post.pass(5000);
  const [during, after] = receiver.asked;
  if (during === undefined || after === undefined) throw new Error('two are sent');
  verify(during, SECRET);
  verify(during, NEW_SECRET);
  verify(after, NEW_SECRET);
  expect(() => verify(after, SECRET)).toThrow('no signature fits');
});

test('processes that share a file deliver each event once, in order', async () => {
  const receiver = await openReceiver();
  const one = await openPost({ allow: [receiver.host] });
  const { file, clock } = one;
  const other = await openPost({ file, clock, allow: [receiver.host] });
  await one.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  for (let n = 1; n <= 6; n += 1) await tell(one.store, await telling(one.store, n), 'agent_start', 'agent_complete');
  for (const { webhooks } of [one, other]) webhooks.wake();
  await other.pass(0);
  for (let n = 1; n <= 6; n += 1) {
    expect(receiver.seqs.filter((seq) => seq.startsWith(`${n}.`))).toEqual([`${n}.1`, `${n}.2`, `${n}.3`]);
  }
  expect(receiver.asked.length).toBe(18);
});

test('a process that may not reach the host keeps the messages for one that may', async () => {
  const receiver = await openReceiver();
  const stopped = await openPost({ allow: [receiver.host], serve: false });
  const { file, clock } = stopped;
  await stopped.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await tell(stopped.store, await telling(stopped.store), 'agent_start', 'agent_complete');
  const other = await openPost({ file, clock });
  await other.pass(10 * 60_000);
  await other.close();
  expect(await webhook(stopped.store)).toMatchObject({ pending: 3, dead: 0 });
  stopped.webhooks.serve();
  await stopped.pass(10 * 60_000);
  expect(receiver.seqs).toEqual(['1.1', '1.2', '1.3']);
});

test('one receiver that hangs keeps neither another nor more than its share waiting', async () => {
  const [hanging, well] = [await openReceiver(() => {}), await openReceiver()];
  const post = await openPost({ allow: [hanging.host, well.host] });
  await post.store.webhooks.register(registration({ url: hanging.url, host: hanging.host }));
  await post.store.webhooks.register(registration({ webhook_id: 'wh_2', url: well.url, host: well.host }));
  for (let n = 1; n <= 9; n += 1) await telling(post.store, n);
  await post.clock.advance(0);
  await until(async () => (await webhook(post.store, 'wh_2'))?.deliveries === 9, 'the other one has all');
  expect(hanging.asked.length).toBe(4);
});

test('what is under way at the end of a process is given back, and the next one delivers it', async () => {
  const receiver = await openReceiver(() => {});
  const first = await openPost({ allow: [receiver.host] });
  await first.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(first.store);
  await first.clock.advance(0);
  await until(() => receiver.asked.length === 1, 'the attempt arrives');
  await first.close();
  receiver.answers = status(200);
  const next = await openPost({ file: first.file, clock: first.clock, allow: [receiver.host] });
  await next.pass(0);
  expect(receiver.seqs).toEqual(['1.1', '1.1']);
  expect(await deliveries(next.store)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  expect(first.log).toEqual([]);
});

test('what was tried before a weekend on which nothing ran is delivered after it', async () => {
  const receiver = await openReceiver(status(503));
  const friday = await openPost({ allow: [receiver.host] });
  await friday.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(friday.store);
  await friday.pass(0);
  await friday.close();
  friday.clock.jump(2.5 * DAY);
  const monday = await openPost({ file: friday.file, clock: friday.clock, allow: [receiver.host] });
  await monday.pass(0);
  receiver.answers = status(204);
  await monday.pass(60_000);
  expect(await deliveries(monday.store)).toMatchObject([{ status: 'delivered', attempts: 3 }]);
});

test('who does not serve delivers nothing, and leaves it to those who do', async () => {
  const receiver = await openReceiver();
  const still = await openPost({ allow: [receiver.host], serve: false });
  await still.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(still.store);
  still.webhooks.wake();
  await still.pass(60_000);
  expect(receiver.asked).toEqual([]);
});

test('what was given up is delivered again on request', async () => {
  const receiver = await openReceiver(status(404));
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(post.store);
  await post.pass(2 * 3_600_000);
  const [dead] = await deliveries(post.store);
  expect(dead).toMatchObject({ status: 'dead', attempts: 13 });
  receiver.answers = status(200);
  await post.store.deliveries.redeliver('local', dead?.delivery_id ?? '');
  post.webhooks.wake();
  await post.pass(0);
  expect(await deliveries(post.store)).toMatchObject([{ status: 'delivered', attempts: 1, last_error: null }]);
  expect(new Set(receiver.asked.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

test('of a workflow that is erased meanwhile nothing more goes out', async () => {
  const receiver = await openReceiver(status(500));
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  const hold = await telling(post.store);
  await post.store.workflows.finish(hold, end());
  await post.pass(0);
  await post.store.workflows.erase(hold.task_id, ERASURE);
  await post.pass(60_000);
  expect(receiver.seqs).toEqual(['1.1']);
  expect(await deliveries(post.store)).toEqual([]);
  expect(post.log).toEqual([]);
});

test('an event that cannot be read is given up at once and told, and the next one goes', async () => {
  const receiver = await openReceiver();
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await tell(post.store, await telling(post.store), 'agent_start');
  const db = new SqliteDatabase(post.file);
  db.exec("DROP TRIGGER events_never_change; UPDATE events SET event_data = '{broken' WHERE seq = 1");
  db.close();
  await post.pass(0);
  expect(receiver.seqs).toEqual(['1.2']);
  const first = (await deliveries(post.store)).find(({ seq }) => seq === 1);
  expect(first).toMatchObject({ status: 'dead', attempts: 1 });
  expect(first?.last_error).toContain('where JSON should be');
});

test('a store that cannot be written is told, and tried again', async () => {
  const receiver = await openReceiver();
  const post = await openPost({ allow: [receiver.host] });
  await post.store.webhooks.register(registration({ url: receiver.url, host: receiver.host }));
  await telling(post.store);
  const db = new SqliteDatabase(post.file);
  db.exec('ALTER TABLE delivery_position RENAME TO away');
  await post.pass(0);
  expect(post.log[0]).toContain('could not be looked through');
  db.exec('ALTER TABLE away RENAME TO delivery_position');
  db.close();
  await post.pass(5000);
  expect(receiver.seqs).toEqual(['1.1']);
});

test('an address is checked when it is registered, as far as it can be without asking anybody', async () => {
  const { webhooks } = await openPost({ allow: ['hooks.corp', '10.1.2.3:9000'] });
  expect(await webhooks.check('https://example.com:443/Hook?a=b#c')).toEqual({
    url: 'https://example.com/Hook?a=b',
    host: 'example.com',
  });
  expect(await webhooks.check('http://10.1.2.3:9000/')).toMatchObject({ host: '10.1.2.3:9000' });
  for (const url of [
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://localhost/',
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://10.1.2.3/',
    'http://169.254.169.254/latest/meta-data',
    'http://0x7f000001/',
    'https://user:word@example.com/',
    'nowhere',
  ]) {
    await expect(webhooks.check(url)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  }
  await expect(webhooks.check(`https://example.com/${'x'.repeat(2048)}`)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
});
