/** The real binary as a service, and everything that the clients of hosts do with it over HTTP. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { EventsView, ResultView } from '../../src/core/views.ts';
import { type Home, temporaryHome } from '../support/binary.ts';
import { HTTP_CLIENTS, type HttpClient, modernClient, type Progress } from '../support/http-clients.ts';
import { ask, post } from '../support/http-service.ts';
import { unsoundAtRest } from '../support/invariants.ts';
import { type ServiceProcess, startService } from '../support/service-process.ts';
import { taskSession } from '../support/task-session.ts';

const TASK = 'How do embedded databases keep committed data safe after a crash?';
const PATIENT = { timeout: 60_000 };

type Facts = Readonly<Record<string, unknown>>;
type Listener = (progress: Progress) => void;

let home: Home;
let running: ServiceProcess;
beforeAll(async () => {
  home = await temporaryHome();
  running = await startService(home);
});
afterAll(async () => {
  await running.stop('SIGTERM');
  await home.remove();
});

/** A client that counts the tools it has called, and takes no error for an answer. */
function counting(client: HttpClient) {
  const called = new Set<string>();
  const call = async (name: string, args: Record<string, unknown>, onprogress?: Listener): Promise<Facts> => {
    called.add(name);
    const options = onprogress === undefined ? PATIENT : { ...PATIENT, onprogress };
    const { isError, content, structuredContent } = await client.call(name, args, options);
    if (isError === true || structuredContent === undefined) throw new Error(`${name}: ${content[0]?.text ?? ''}`);
    return structuredContent;
  };
  return { called, call };
}

/** Their progress, each number greater than the one before; at least one. */
function rising(heard: readonly Progress[]): readonly number[] {
  if (heard.length === 0) throw new Error('nothing was heard');
  return [...new Set(heard.map(({ progress }) => progress))].toSorted((a, b) => a - b);
}

async function researched(client: HttpClient): Promise<string> {
  const asked = { task: TASK, idempotency_key: 'read by all', wait_seconds: 50 };
  const { structuredContent } = await client.call('orchestrate_research', asked, PATIENT);
  expect(structuredContent).toMatchObject({ status: 'completed' });
  return String(structuredContent?.['task_id']);
}

// What the last one does once it has asked, the one before it does.
describe.each(HTTP_CLIENTS.slice(0, 3))('$title', ({ version, connect }) => {
  async function connected(): Promise<HttpClient> {
    const client = await connect(running.url);
    onTestFinished(() => client.close());
    return client;
  }

  it('does with every tool what the tool is for', async () => {
    const client = await connected();
    expect(client.version()).toBe(version);
    const { called, call } = counting(client);
    expect(await call('orchestrate_research', { task: TASK, dry_run: true })).not.toHaveProperty('task_id');
    const first = await call('orchestrate_research', { task: TASK, require_approval: true, wait_seconds: 50 });
    const { task_id } = first;
    expect(first).toMatchObject({ phase: 'awaiting_approval' });
    const heard: Progress[] = [];
    const waits = { task_id, wait_seconds: 50, since_version: 10_000 };
    const waiting = call('get_status', waits, (progress) => heard.push(progress));
    await call('resume', { task_id, approve: true });
    expect(await waiting).toMatchObject({ status: 'completed' });
    expect(heard.map(({ progress }) => progress)).toEqual(rising(heard));
    for (const { message } of heard) expect(message).toMatch(/\w/);
    const report = await call('get_result', { task_id });
    expect(report).toMatchObject({ completeness: 'full' });
    expect((await ask(`${running.url}/tools/get_result`, post({ task_id }))).body).toEqual(report);
    expect(await call('list_workflows', { query: 'committed data', limit: 1 })).toMatchObject({
      workflows: [{ task_id }],
    });
    expect(await call('get_analytics', {})).toHaveProperty('totals');
    // The other one waits for approval for ever.
    const other = await call('orchestrate_research', { task: TASK, require_approval: true, wait_seconds: 50 });
    const cancelled = await call('cancel', { task_id: other['task_id'], reason: 'not needed' });
    expect(cancelled).toMatchObject({ status: 'cancelled' });
    expect([...called].toSorted()).toEqual((await client.tools()).toSorted());
  });

  it('reads a resource of every template, with names that it completes', async () => {
    const client = await connected();
    const task_id = await researched(client);
    const known: Record<string, string> = { task_id };
    for (const template of await client.templates()) {
      const names = Array.from(template.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
      for (const name of names) {
        const value = name === 'task_id' ? task_id.slice(0, 12) : '';
        const values = await client.complete({ uri: template }, { name, value }, name === 'task_id' ? {} : known);
        known[name] = values[0] ?? '';
      }
      expect(known['task_id']).toBe(task_id);
      expect(await client.read(template.replaceAll(/\{(\w+)\}/g, (_, name: string) => known[name] ?? ''))).not.toBe('');
    }
    const listed = await client.resources();
    expect(listed).toContain(`orchestrator://${task_id}/documents/report.md`);
    const result = JSON.parse(await client.read(`orchestrator://${task_id}/results`)) as ResultView;
    expect(await client.read(`orchestrator://${task_id}/documents/report.md`)).toBe(result.text);
    const events = JSON.parse(await client.read(`orchestrator://${task_id}/events`)) as EventsView;
    expect(events.events.at(-1)?.event_type).toBe('workflow_complete');
    await expect(client.read('orchestrator://nothing/there')).rejects.toThrow(/./);
  });

  it('is led through the tools by every prompt', async () => {
    const client = await connected();
    const prompts = await client.prompts();
    expect(prompts.length).toBeGreaterThan(0);
    for (const { name, arguments: takes = [] } of prompts) {
      const needed = takes.filter(({ required }) => required === true);
      const args = Object.fromEntries(needed.map((argument) => [argument.name, 'ships, boats']));
      expect(await client.prompt(name, args)).toContain('orchestrate_research');
    }
    const demanding = prompts.filter(({ arguments: takes = [] }) => takes.some(({ required }) => required === true));
    for (const { name } of demanding) {
      await expect(client.prompt(name, {})).rejects.toMatchObject({ code: -32_602 });
    }
    expect(await client.complete({ prompt: 'deep_research' }, { name: 'pattern', value: 'sw' })).toEqual(['swarm']);
  });
});

it('a subscription of the 2026 era hears of the end, whoever brings it about', async () => {
  const client = await modernClient(running.url);
  onTestFinished(() => client.close());
  const asked = { task: TASK, require_approval: true, wait_seconds: 50 };
  const { body } = await ask(`${running.url}/tools/orchestrate_research`, post(asked));
  const uri = `orchestrator://${String(body['task_id'])}/results`;
  const ended = new Promise<string>((resolve) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri));
  });
  await client.listen({ resourceSubscriptions: [uri] });
  await ask(`${running.url}/tools/resume`, post({ task_id: body['task_id'], approve: true }));
  expect(await ended).toBe(uri);
});

it('the client of the tasks extension gets the report as the result of its call', async () => {
  const session = await taskSession(running.url);
  const execution = await session.callTool('orchestrate_research', { task: TASK });
  const { outcome } = await execution.settle();
  expect(JSON.stringify(outcome)).toContain('"completeness":"full"');
});

it('kill -9 in the middle costs a client the connection, and nothing else', async () => {
  const own = await temporaryHome();
  onTestFinished(() => own.remove());
  const first = await startService(own);
  onTestFinished(() => void first.child.kill('SIGKILL'));
  const clients = await Promise.all(
    HTTP_CLIENTS.map(async ({ title, connect }) => ({ title, client: await connect(first.url) })),
  );
  onTestFinished(async () => {
    for (const { client } of clients) await client.close();
  });
  const started = await Promise.all(
    clients.map(({ title, client }) => client.call('orchestrate_research', { task: TASK, idempotency_key: title })),
  );
  const ids = started.map(({ structuredContent }) => String(structuredContent?.['task_id']));
  const waits = clients.map(({ client }, at) => client.call('get_status', { task_id: ids[at], wait_seconds: 50 }));
  const lost = Promise.allSettled(waits);
  await first.stop('SIGKILL');
  const next = await startService(own, ['--port', new URL(first.url).port]);
  onTestFinished(() => void next.child.kill('SIGKILL'));
  // There is no session to be begun anew: the next request simply finds the next process.
  for (const [at, { title, client }] of clients.entries()) {
    const again = await client.call('orchestrate_research', { task: TASK, idempotency_key: title });
    expect(again.structuredContent).toMatchObject({ task_id: ids[at] });
    const status = await client.call('get_status', { task_id: ids[at], wait_seconds: 50 }, PATIENT);
    expect(status.structuredContent).toMatchObject({ status: 'completed' });
    const report = await client.call('get_result', { task_id: ids[at] });
    expect(report.structuredContent).toMatchObject({ completeness: 'full' });
  }
  expect((await ask(`${next.url}/workflows`)).body['workflows']).toHaveLength(ids.length);
  await next.stop('SIGTERM');
  expect(await unsoundAtRest(`${own.folder}/beltalowda.db`)).toEqual([]);
  for (const { status } of await lost) expect(status).toBe('rejected');
}, 60_000);
