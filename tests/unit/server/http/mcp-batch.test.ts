/** Batches, which the revision of 2025-03-26 has: what is answered, and how much of it is made before somebody takes it. */

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text as consumed } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { ListView } from '../../../../src/core/listing.ts';
import type { Caller, StatusView, WaitOptions } from '../../../../src/core/views.ts';
import { answeredSingly } from '../../../../src/server/http/mcp-batch.ts';
import { STALLED_MS } from '../../../../src/server/http/event-stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { post, servedHttp } from '../../../support/http-service.ts';
import { until } from '../mcp/connections.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { LIST, STATUS, TASK_ID } from '../mcp/views.ts';

const HEADERS = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  'MCP-Protocol-Version': '2025-03-26',
};
const MOST = 100;
const LONG = 1_000_000;
const READ = { jsonrpc: '2.0', method: 'resources/read', params: { uri: `orchestrator://${TASK_ID}/status` } };
const LARGE: StatusView = {
  ...STATUS,
  agents: STATUS.agents.slice(0, 1).map((agent) => ({ ...agent, objective: 'x'.repeat(LONG) })),
};

/** Answers the first who asks, and others after that. */
class FirstAlone extends ScriptedOrchestrator {
  answered = 0;
  #asked = 0;

  override async status(task_id: string, caller: Caller, wait?: WaitOptions): Promise<StatusView> {
    this.#asked += 1;
    if (this.#asked > 1) for (let turns = 0; turns < 5; turns += 1) await turn();
    const view = await super.status(task_id, caller, wait);
    this.answered += 1;
    return view;
  }
}

/** As many large answers as a batch may ask for, of which nobody reads a byte before they are wanted. */
async function unread() {
  const scripted = new FirstAlone();
  scripted.statusView = LARGE;
  const served = await servedHttp(scripted);
  const { port, hostname } = new URL(served.url);
  const asked = request({ port, hostname, path: '/mcp', method: 'POST', headers: HEADERS });
  onTestFinished(() => void asked.destroy());
  asked.end(JSON.stringify(Array.from({ length: MOST }, (_, id) => ({ ...READ, id }))));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  // Until nothing more is made: what the kernel takes is taken by then.
  for (let before = -1; before !== scripted.answered;) {
    before = scripted.answered;
    for (let turns = 0; turns < 200; turns += 1) await turn();
  }
  return { ...served, scripted, answer };
}

it('makes few large answers of a batch before they are taken, and answers it to the end however slowly that is', async () => {
  const { scripted, answer } = await unread();
  expect(scripted.answered).toBeLessThan(MOST / 2);
  const text = await consumed(answer);
  const ids = Array.from(text.matchAll(/"id":(\d+)\}\n/g), ([, id]) => Number(id));
  expect(ids.toSorted((one, other) => one - other)).toEqual(Array.from({ length: MOST }, (_, id) => id));
  expect([answer.statusCode, scripted.answered, text.length > MOST * LONG]).toEqual([200, MOST, true]);
});

it('breaks a batch off of which nothing is taken for half a minute, and asks for nothing more', async () => {
  const { scripted, answer, clock } = await unread();
  const { answered } = scripted;
  const closed = new Promise<void>((resolve) => void answer.once('close', resolve));
  answer.on('error', () => undefined);
  await clock.advance(STALLED_MS);
  answer.resume();
  await closed;
  expect([answer.complete, scripted.answered]).toEqual([false, answered]);
});

it('a message that waits does not keep those behind it waiting', async () => {
  const scripted = new ScriptedOrchestrator();
  scripted.wait = null;
  const { url, service } = await servedHttp(scripted);
  const call = { jsonrpc: '2.0', method: 'tools/call' };
  const waits = { name: 'get_status', arguments: { task_id: TASK_ID, wait_seconds: 50 } };
  const batch = [
    { ...call, id: 'waits', params: waits },
    { ...call, id: 'lists', params: { name: 'list_workflows', arguments: {} } },
  ];
  const answer = await fetch(`${url}/mcp`, post(batch, HEADERS));
  await until(() => scripted.asked.some(({ method }) => method === 'list'));
  await service.close();
  const text = await answer.text();
  expect(text.indexOf('"id":"lists"')).toBeGreaterThan(0);
  expect(text.indexOf('"id":"waits"')).toBeGreaterThan(text.indexOf('"id":"lists"'));
});

it('lets others have the thread between messages, and asks for no more once nobody waits', async () => {
  const gone = new AbortController();
  let [inTurn, most, answered] = [0, 0, 0];
  const answer = async (): Promise<Response> => {
    inTurn += 1;
    answered += 1;
    most = Math.max(most, inTurn);
    return new Response('event: message\ndata: {}\n\n', { headers: { 'Content-Type': 'text/event-stream' } });
  };
  const reader = { clock: new FakeClock(), gone: gone.signal, cut: () => undefined };
  const messages = Array.from({ length: MOST }, () => READ);
  const answering = answeredSingly(messages, { answer, ends: gone.signal, reader });
  for (let turns = 0; turns < 5; turns += 1) {
    await turn();
    inTurn = 0;
  }
  gone.abort();
  await answering;
  for (let turns = 0; turns < MOST; turns += 1) await turn();
  expect([most <= 8, answered < MOST]).toEqual([true, true]);
});

it('waits for no longer with all messages of a batch than with one, and tells each how it is then', async () => {
  const scripted = new ScriptedOrchestrator();
  scripted.wait = null;
  const { url, clock } = await servedHttp(scripted);
  const params = { name: 'get_status', arguments: { task_id: TASK_ID, wait_seconds: 50 } };
  const batch = Array.from({ length: MOST }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params }));
  const answer = fetch(`${url}/mcp`, post(batch, HEADERS));
  await until(() => scripted.asked.length === 4);
  await clock.advance(50_000);
  const text = await (await answer).text();
  expect(text.match(/"structuredContent":\{"task_id":/g)).toHaveLength(MOST);
  await until(() => clock.waiting === 0);
});

it('tells what comes too late of a batch that the service stops, and still hands over what was answered', async () => {
  const list = Promise.withResolvers<ListView>();
  class Slow extends ScriptedOrchestrator {
    override async list(caller: Caller): Promise<ListView> {
      await super.list(caller);
      return list.promise;
    }
  }
  const scripted = new Slow();
  const { url, clock, service, log } = await servedHttp(scripted);
  const call = { jsonrpc: '2.0', method: 'tools/call', params: { name: 'list_workflows', arguments: {} } };
  const lists = Array.from({ length: 4 }, (_, id) => ({ ...call, id }));
  const late = { jsonrpc: '2.0', id: 'late', method: 'ping' };
  const answer = fetch(
    `${url}/mcp`,
    post([{ ...late, id: 'early' }, ...lists, { jsonrpc: '2.0', method: 'notifications/initialized' }, late], HEADERS),
  );
  await until(() => scripted.asked.length === 4);
  const closing = service.close();
  await clock.advance(4000);
  list.resolve(LIST);
  const text = await (await answer).text();
  await closing;
  const told = Array.from(text.matchAll(/^data: (.*)$/gm), ([, data = '']) => JSON.parse(data) as { id: unknown });
  expect(new Set(told.map(({ id }) => id))).toEqual(new Set(['early', 0, 1, 2, 3, 'late']));
  expect([told.length, told.find(({ id }) => id === 'late')]).toMatchObject([
    6,
    { error: { code: -32_000, message: 'the service is stopping' } },
  ]);
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});

it.each([
  ['notifications alone', [{ jsonrpc: '2.0', method: 'notifications/initialized' }], 202, /^$/],
  [
    'a notification before a request',
    [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 7, method: 'ping' },
    ],
    200,
    /^event: message\ndata: \{.*"id":7.*\}\n\n$/,
  ],
  [
    'the same id twice',
    [
      { jsonrpc: '2.0', id: 7, method: 'ping' },
      { jsonrpc: '2.0', id: 7, method: 'ping' },
    ],
    200,
    /^(?:event: message\ndata: \{.*"id":7.*\}\n\n){2}$/,
  ],
  [
    'an initialization among others',
    [
      { ...READ, id: 1 },
      {
        jsonrpc: '2.0',
        id: 2,
        method: 'initialize',
        params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'a', version: '1' } },
      },
    ],
    400,
    /-32600/,
  ],
  ['what is no message', [{ ...READ, id: 1 }, 1], 400, /-32600/],
  [
    'a message of the latest era',
    [
      { ...READ, id: 1 },
      { ...READ, id: 2, params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } } },
    ],
    400,
    /-32600/,
  ],
] as const)('answers %s', async (...[, batch, status, told]) => {
  const scripted = new ScriptedOrchestrator();
  const { url } = await servedHttp(scripted);
  const answer = await fetch(`${url}/mcp`, post(batch, HEADERS));
  expect(answer.status).toBe(status);
  expect(await answer.text()).toMatch(told);
  // Of a batch that is refused nothing is done.
  expect(scripted.asked).toEqual([]);
});

it('refuses a batch as the first message of it is refused', async () => {
  const { url } = await servedHttp(new ScriptedOrchestrator());
  const batch = [1, 2].map((id) => ({ ...READ, id }));
  const answer = await fetch(`${url}/mcp`, post(batch, { ...HEADERS, Accept: 'application/json' }));
  expect([answer.status, answer.headers.get('content-type')]).toEqual([406, 'application/json']);
});
