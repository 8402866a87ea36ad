/** Requests that no client library sends. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
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
