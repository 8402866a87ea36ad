/** Webhooks of the real binary over stdio: asked for with the research, delivered by that process or by the one after it. */

import { expect, onTestFinished, test } from 'vitest';
import { type Home, temporaryHome } from '../support/binary.ts';
import { Host, notification, request } from '../support/host.ts';
import { eventOf, openReceiver, status, until, verify } from '../support/post.ts';

const TASK = 'How does a write-ahead log recover after a crash?';

async function hello(home: Home): Promise<Host> {
  const host = new Host(home);
  onTestFinished(() => void host.child.kill('SIGKILL'));
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  await host.write(request(0, 'initialize', params) + notification('notifications/initialized'));
  await host.answer(0);
  return host;
}

async function homeFor(receiver: { readonly host: string }): Promise<Home> {
  const home = await temporaryHome({ BELTALOWDA_FETCH_ALLOW: receiver.host });
  onTestFinished(() => home.remove());
  return home;
}

test('every event comes, signed with the secret that the answer showed once', async () => {
  const receiver = await openReceiver();
  const host = await hello(await homeFor(receiver));
  const started = await host.call(1, 'orchestrate_research', { task: TASK, webhook: { url: receiver.url } });
  const { webhook_id, secret } = started['webhook'] as { readonly webhook_id: string; readonly secret: string };
  expect(webhook_id).toMatch(/^wh_[0-9a-f]{32}$/);
  await until(
    () => receiver.asked.some((asked) => eventOf(asked).event_type === 'workflow_complete'),
    'the end is told',
  );
  const seqs = receiver.asked.map((asked) => eventOf(asked).seq);
  expect(seqs).toEqual(seqs.map((_, at) => at + 1));
  for (const asked of receiver.asked) verify(asked, secret);
  expect(await host.call(2, 'get_status', { task_id: started['task_id'] })).toMatchObject({ version: seqs.length });
  expect((await host.end()).code).toBe(0);
  expect(host.stderr).not.toContain('whsec_');
});

test('what a process that was killed had to deliver, the next one does', async () => {
  const receiver = await openReceiver(status(503));
  const home = await homeFor(receiver);
  const killed = await hello(home);
  const webhook = { url: receiver.url, events: ['workflow_start', 'workflow_complete'] };
  const started = await killed.call(1, 'orchestrate_research', { task: TASK, webhook, wait_seconds: 50 });
  expect(started).toMatchObject({ status: 'completed' });
  await until(() => receiver.asked.length > 0, 'it is tried');
  killed.child.kill('SIGKILL');
  await killed.exited;
  receiver.answers = status(204);
  const before = receiver.asked.length;
  const next = await hello(home);
  await next.call(1, 'list_workflows', {});
  await until(() => receiver.asked.length >= before + 2, 'both are delivered');
  const told = receiver.asked.slice(before).map((asked) => eventOf(asked));
  expect(told.map(({ event_type }) => event_type)).toEqual(['workflow_start', 'workflow_complete']);
  expect(told.map(({ task_id }) => task_id)).toEqual([started['task_id'], started['task_id']]);
  await next.end();
});

test('an address that may not be reached is refused, and nothing starts', async () => {
  const receiver = await openReceiver();
  const home = await temporaryHome();
  onTestFinished(() => home.remove());
  const host = await hello(home);
  const refused = await host.ask(1, 'orchestrate_research', { task: TASK, webhook: { url: receiver.url } });
  expect(refused['error']).toMatchObject({ code: 'ADDRESS_REFUSED' });
  expect(await host.call(2, 'list_workflows', {})).toMatchObject({ workflows: [] });
  await host.end();
});
