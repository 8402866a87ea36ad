/** The receiver under examples/, in a process of its own: what is sent to it, it verifies with the public package and takes once. */

import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { registration, tell, telling, webhook } from '../contract/messages.ts';
import { end } from '../contract/rows.ts';
import { ROOT } from '../support/binary.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { NEW_SECRET, openPost, SECRET, until } from '../support/post.ts';

interface Example {
  readonly url: string;
  readonly host: string;
  readonly lines: readonly string[];
}

async function example(): Promise<Example> {
  const program = path.join(ROOT, 'examples', 'webhook-receiver', 'receiver.js');
  const env = { PATH: process.env['PATH'] ?? '', WEBHOOK_SECRET: SECRET, PORT: '0' };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill());
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => lines.push(line));
  await until(() => lines.length > 0, 'it listens');
  const url = lines.shift()?.split(' ').at(-1) ?? '';
  return { url, host: new URL(url).host, lines };
}

test('the example takes what is signed with its secret, once, in order, and nothing else', async () => {
  const { url, host, lines } = await example();
  // The package judges the age of a message by the machine's clock.
  const post = await openPost({ allow: [host], clock: new FakeClock(Date.now()) });
  await post.store.webhooks.register(registration({ url, host, secret: SECRET }));
  const hold = await telling(post.store);
  await tell(post.store, hold, 'agent_start');
  await post.store.workflows.finish(hold, end());
  await post.pass(0);
  const { task_id } = hold;
  const told = [`${task_id} 1 workflow_start`, `${task_id} 2 agent_start`, `${task_id} 3 workflow_complete`];
  await until(() => lines.length >= 3, 'it prints three events');
  expect(lines).toEqual(told);

  // The same again is taken, and told to nobody.
  const query = { owner: 'local', webhook_id: null, task_id: null, status: null, limit: 9, before: null };
  for (const { view } of await post.store.deliveries.list(query)) {
    await post.store.deliveries.redeliver('local', view.delivery_id);
  }
  post.webhooks.wake();
  await post.pass(0);
  expect(await webhook(post.store)).toMatchObject({ deliveries: 6, failures: 0 });

  // While the secret is replaced the old one still fits; a message from somebody else does not.
  const own = registration({ url, host, secret: NEW_SECRET, replace_secret: true });
  await post.store.webhooks.register({ ...own, former_until: new Date(post.clock.now() + 60_000).toISOString() });
  await telling(post.store, 2);
  await post.pass(5000);
  expect(await webhook(post.store)).toMatchObject({ deliveries: 7, failures: 0 });
  post.clock.jump(60_000);
  await telling(post.store, 3);
  await post.pass(5000);
  expect(await webhook(post.store)).toMatchObject({ deliveries: 7, pending: 1 });
  await until(() => lines.some((line) => line.startsWith('refused')), 'it says what it refuses');
  expect(lines.filter((line) => line.startsWith('wf_')).length).toBe(4);
});
