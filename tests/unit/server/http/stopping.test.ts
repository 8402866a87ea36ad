/** What requests of the protocol are answered that were let in before the service began to stop. */

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { ListView } from '../../../../src/core/listing.ts';
import type { Caller } from '../../../../src/core/views.ts';
import { post, servedHttp } from '../../../support/http-service.ts';
import { until } from '../mcp/connections.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { LIST } from '../mcp/views.ts';

/** A list that takes until the test lets it go. */
class Slow extends ScriptedOrchestrator {
  readonly work = Promise.withResolvers<ListView>();

  override async list(caller: Caller): Promise<ListView> {
    await super.list(caller);
    return this.work.promise;
  }
}

const ACCEPT = { Accept: 'application/json, text/event-stream' };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const LATEST = { ...ACCEPT, 'MCP-Protocol-Version': '2026-07-28' };
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
const PARAMS = { name: 'list_workflows', arguments: {} };

const LATEST_CALL = post(
  { ...CALL, params: { ...PARAMS, _meta: META } },
  { ...LATEST, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'list_workflows' },
);

async function told(answer: Promise<Response>) {
  const response = await answer;
  return { status: response.status, retry: response.headers.get('retry-after'), text: await response.text() };
}

const STOPPING = { status: 503, retry: '5', text: expect.stringContaining('"code":"SHUTTING_DOWN"') };

it.each([
  ['of 2025', '/mcp', post({ ...CALL, params: PARAMS }, ACCEPT)],
  ['of 2026', '/mcp', LATEST_CALL],
  ['without the protocol', '/tools/list_workflows', post({})],
] as const)('a call %s that works for another few seconds is answered', async (...[, path, init]) => {
  const scripted = new Slow();
  const { url, service, clock } = await servedHttp(scripted);
  const asked = told(fetch(url + path, init));
  await until(() => scripted.asked.length === 1);
  const closing = service.close();
  await clock.advance(3500);
  scripted.work.resolve(LIST);
  expect(await asked).toMatchObject({ status: 200, text: expect.stringContaining('workflows') });
  await closing;
});

it('a call of 2026 that works for longer is told that the service stops', async () => {
  const scripted = new Slow();
  const { url, service, clock } = await servedHttp(scripted);
  const asked = told(fetch(`${url}/mcp`, LATEST_CALL));
  await until(() => scripted.asked.length === 1);
  const closing = service.close();
  await clock.advance(4000);
  expect(await asked).toEqual(STOPPING);
  await closing;
});

it('a subscription whose first look is under way is told so, and leaves nothing behind', async () => {
  const scripted = new Slow();
  const { url, service, clock, log } = await servedHttp(scripted);
  const params = { notifications: { resourcesListChanged: true }, _meta: META };
  const message = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params };
  const asked = told(fetch(`${url}/mcp`, post(message, { ...LATEST, 'Mcp-Method': 'subscriptions/listen' })));
  await until(() => scripted.asked.length === 1);
  const closing = service.close();
  await clock.advance(1000);
  scripted.work.resolve(LIST);
  expect(await asked).toEqual(STOPPING);
  await closing;
  expect([scripted.watches, log.filter(({ level }) => level === 'warn')]).toEqual([0, []]);
});

it('a message whose end comes when nothing is answered any more is told so', async () => {
  const { url, service, clock, log } = await servedHttp(new ScriptedOrchestrator());
  const { port, hostname } = new URL(url);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const socket = connect(Number(port), hostname);
  const head = ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', `Accept: ${ACCEPT.Accept}`];
  const watched = clock.waiting;
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
  await until(() => clock.waiting > watched);
  const closing = service.close();
  await clock.advance(4000);
  socket.write(body.slice(10));
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 [^]*"code":"SHUTTING_DOWN"/);
  await closing;
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});
