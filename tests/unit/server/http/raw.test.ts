/** Requests that no client library sends. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { nodeServer } from '../../../../src/server/http/node-server.ts';
import { RateLimit } from '../../../../src/server/http/rate-limit.ts';
import { unreadable } from '../../../../src/server/http/unreadable.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';

const END = '\r\nConnection: close\r\n\r\n';

it.each([
  ['without a host', 'GET /workflows HTTP/1.0\r\n\r\n', 400],
  ['with two hosts', `GET /workflows HTTP/1.1\r\nHost: localhost\r\nHost: evil.example${END}`, 200],
  ['with another host first', `GET /workflows HTTP/1.1\r\nHost: evil.example\r\nHost: localhost${END}`, 403],
  ['for a whole URL of another host', `GET http://evil.example/workflows HTTP/1.1\r\nHost: localhost${END}`, 403],
  ['for a path with a backslash', `GET /work\\flows HTTP/1.1\r\nHost: localhost${END}`, 400],
  ['for a path with a space', `GET /a b HTTP/1.1\r\nHost: localhost${END}`, 400],
  ['for no path', `OPTIONS * HTTP/1.1\r\nHost: localhost${END}`, 400],
  ['that traces', `TRACE /mcp HTTP/1.1\r\nHost: localhost${END}`, 405],
  ['of a method that is none', `FOO /mcp HTTP/1.1\r\nHost: localhost${END}`, 400],
  ['that would upgrade', `GET /mcp HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket${END}`, 405],
  ['of a length that is none', `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc${END}`, 400],
  [
    'of two lengths',
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked${END}`,
    400,
  ],
  ['with a header that never ends', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}${END}`, 431],
  ['that climbs', `GET /workflows/%2e%2e/%2e%2e/etc HTTP/1.1\r\nHost: localhost${END}`, 404],
] as const)('answers a request %s', async (...[, bytes, status]) => {
  const { url, log } = await servedHttp(new ScriptedOrchestrator());
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  const answer = await text(socket);
  expect(answer.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});

it.each([
  ['1.0', ''],
  ['1.0', 'Connection: close\r\n'],
  ['1.1', 'Connection: close\r\n'],
])('ends the connection of a message over HTTP/%s with its answer where that is asked for: %j', async (...of) => {
  const [version, connection] = of;
  const { url } = await servedHttp(new ScriptedOrchestrator());
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const head = ['Host: localhost', 'Content-Type: application/json', 'Accept: application/json, text/event-stream'];
  const lines = [`POST /mcp HTTP/${version}`, ...head, `Content-Length: ${body.length}`];
  socket.write(`${lines.join('\r\n')}\r\n${connection}\r\n${body}`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*"id":1/);
});

it.each([
  ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n'],
  ['a URL that is none', 'GET http://[ HTTP/1.1\r\nHost: localhost\r\n'],
])('answers %s as everything else: with its headers, and counted', async (...[, bytes]) => {
  const { url, log } = await servedHttp(new ScriptedOrchestrator());
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${bytes}X-Request-Id: mine-1${END}`);
  const answer = (await text(socket)).toLowerCase();
  for (const header of ['x-request-id: mine-1', 'x-content-type-options: nosniff', 'cache-control: no-store']) {
    expect(answer).toContain(`\r\n${header}\r\n`);
  }
  expect(answer).toContain('"code":"invalid_input"');
  expect(log.find(({ message }) => message === 'request')?.fields).toMatchObject({ request_id: 'mine-1', status: 400 });
});

it('counts what cannot be read to the requests of its address', () => {
  const rate = new RateLimit(1, new FakeClock());
  const socket = { remoteAddress: '192.0.2.1' } as Socket;
  const told = (): Response =>
    unreadable(
      new Error('Invalid URL'),
      { headers: {}, method: 'GET', socket },
      { rate, log: { debug: () => undefined } },
    );
  expect([told(), told()].map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
    [400, null],
    [429, '60'],
  ]);
});

it('waits for a client so long as it says, and looks every second whether that has passed', () => {
  // Where Node keeps what it was told.
  expect(nodeServer()).toMatchObject({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 1000,
  });
});

it('breaks off an answer that nobody reads', async () => {
  const asked = Promise.withResolvers<void>();
  const { url, clock } = await servedHttp(new ScriptedOrchestrator(), {
    metrics: async () => {
      asked.resolve();
      return 'x'.repeat(20_000_000);
    },
  });
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause().write(`GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const closed = once(socket, 'close');
  await asked.promise;
  await clock.advance(400_000);
  let bytes = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => (bytes += chunk.length));
  socket.resume();
  await closed;
  expect(bytes).toBeLessThan(20_000_000);
});
