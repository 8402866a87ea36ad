/**
 * Connections that end before the answer: a client that has no patience left, and a line that breaks. Whoever asks again, with
 * the same key and over whatever connection, finds the one workflow there is, and everything in it was bought once.
 */

import { describe, expect, it, onTestFinished } from 'vitest';
import { LOCAL_OWNER } from '../../src/core/owner.ts';
import type { ListView } from '../../src/core/listing.ts';
import { type Breaks, type CutLine, cutLine } from '../support/cut-line.ts';
import { eventually } from '../support/engine-node.ts';
import { HTTP_CLIENTS } from '../support/http-clients.ts';
import { ask, post, servedHttp } from '../support/http-service.ts';
import { type Orchestra, orchestra } from '../support/orchestra.ts';
import { taskSession } from '../support/task-session.ts';

const KEY = 'the-one-and-only';
const RESEARCH = { task: 'How is the log written?', idempotency_key: KEY };
const ROUTE = '/tools/orchestrate_research';
const PRICE = { input: 1, cached: 1, cache_write: 1, output: 1, reasoning: null, as_of: '2026-01-01' };
const PAYS = 1000;
/** A plan, two agents and the report. The first request of each fails and is made again. */
const BOUGHT = ['compose', 'plan', 'research belter-1', 'research belter-2'];
/** Real milliseconds of a client's patience, in the place of the minute that clients have by default. */
const PATIENCE_MS = 300;
const BREAKS: readonly Breaks[] = ['once it is asked', 'once it is answered'];

interface Service extends Orchestra {
  readonly url: string;
  readonly line: CutLine;
}

/** Nothing goes on before its clock is moved: each first request waits to be made again. */
async function service(): Promise<Service> {
  const settings = { model: 'v/m', prices: { 'v/m': PRICE } };
  const on = await orchestra({ deeds: ['find', 'find'], pays: PAYS, settings });
  const { url } = await servedHttp(on.orchestrator);
  return { ...on, url, line: await cutLine(url) };
}

async function listed({ url }: Service): Promise<readonly string[]> {
  const { body } = await ask(`${url}/workflows`);
  return (body as unknown as ListView).workflows.map(({ task_id }) => task_id);
}

/** What was asked is done, whether or not anybody is there to hear of it. */
function begun(on: Service): Promise<void> {
  return eventually(async () => (await listed(on)).length === 1, 'the request that was cut off is carried out');
}

/** The only workflow there is. Ends it, and asks for its report over a connection that nobody had before. */
async function collected(on: Service, task_id: string): Promise<void> {
  expect(await listed(on)).toEqual([task_id]);
  await on.clock.advance(20_000);
  await eventually(async () => {
    const { status } = await on.orchestrator.status(task_id, { owner: LOCAL_OWNER, trusted: true });
    return status === 'completed';
  }, 'it ends');
  const { body } = await ask(`${on.url}/workflows/${task_id}/result`);
  expect(body).toMatchObject({ task_id, status: 'completed', completeness: 'full' });
  expect(on.calls.toSorted()).toEqual(BOUGHT);
  const calls = await on.store.calls.list(task_id);
  expect(calls.reduce((sum, { spent }) => sum + (spent.microusd ?? Number.NaN), 0)).toBe(BOUGHT.length * 2 * PAYS);
}

describe.each(HTTP_CLIENTS)('$title', ({ connect }) => {
  it('runs out of patience, leaves, and collects over another connection', async () => {
    const on = await service();
    const first = await connect(on.url);
    const waits = first.call('orchestrate_research', { ...RESEARCH, wait_seconds: 50 }, { timeout: PATIENCE_MS });
    // It does not even know the id.
    await expect(waits).rejects.toThrow(/timed? ?out/i);
    await first.close();
    await begun(on);
    const [task_id = ''] = await listed(on);

    const second = await connect(on.url);
    onTestFinished(() => second.close());
    const again = await second.call('orchestrate_research', RESEARCH);
    expect(again.structuredContent).toMatchObject({ task_id, status: 'running' });
    const waiting = second.call('get_status', { task_id, wait_seconds: 50 }, { timeout: PATIENCE_MS });
    await expect(waiting).rejects.toThrow(/timed? ?out/i);
    // The same connection is good for the next call.
    await collected(on, task_id);
    const report = await second.call('get_result', { task_id });
    expect(report.structuredContent).toMatchObject({ task_id, completeness: 'full' });
  });

  it.each(BREAKS)('asks again when the line broke %s', async (breaks) => {
    const on = await service();
    const client = await connect(on.line.url);
    onTestFinished(() => client.close());
    on.line.cut(KEY, breaks);
    const lost = client.call('orchestrate_research', RESEARCH, { timeout: PATIENCE_MS });
    await expect(lost).rejects.toThrow(/./);
    expect(on.line.cuts()).toBe(1);
    await begun(on);
    const again = await client.call('orchestrate_research', RESEARCH);
    await collected(on, String(again.structuredContent?.['task_id']));
  });
});

describe(`POST ${ROUTE}`, () => {
  it.each(BREAKS)('is asked again when the line broke %s', async (breaks) => {
    const on = await service();
    on.line.cut(KEY, breaks);
    const route = on.line.url + ROUTE;
    await expect(fetch(route, post(RESEARCH))).rejects.toThrow('fetch failed');
    await begun(on);
    const again = await ask(route, post(RESEARCH));
    expect(again.status).toBe(200);
    const over = await ask(route, post({ ...RESEARCH, task: 'Something else?' }));
    expect([over.status, over.body['code']]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    await collected(on, String(again.body['task_id']));
  });

  it('is asked by many at once, of whom most lose the answer', async () => {
    const on = await service();
    const lines = await Promise.all(Array.from({ length: 6 }, () => cutLine(on.url)));
    for (const [at, line] of lines.entries()) line.cut(KEY, BREAKS[at % 2] ?? 'once it is asked');
    const all = await Promise.allSettled([
      ...lines.map(({ url }) => fetch(url + ROUTE, post(RESEARCH))),
      ...lines.map(() => ask(on.url + ROUTE, post(RESEARCH))),
    ]);
    const answers = all.flatMap((one) => (one.status === 'fulfilled' && 'body' in one.value ? [one.value] : []));
    const ids = answers.map(({ body }) => (body as { readonly task_id?: string }).task_id);
    expect([answers.length, new Set(ids).size]).toEqual([lines.length, 1]);
    await collected(on, String(ids[0]));
  });
});

describe('the client of the tasks extension', () => {
  it.each(BREAKS)(
    'asks again when the line broke %s, and takes the task up from another connection',
    async (breaks) => {
      const on = await service();
      const session = await taskSession(on.line.url);
      on.line.cut(KEY, breaks);
      await expect(session.callTool('orchestrate_research', RESEARCH)).rejects.toThrow(/./);
      await begun(on);
      const execution = await session.callTool('orchestrate_research', RESEARCH);
      if (execution.kind !== 'task') throw new Error('it is no task');
      // It is not closed: this library cancels what a session that is closed has begun.
      const reference = execution.serializeReference();
      await collected(on, reference.taskId);
      const other = await taskSession(on.url);
      const { outcome } = await (await other.resumeTask(reference)).settle();
      expect(JSON.stringify(outcome)).toContain('"completeness":"full"');
    },
  );
});
