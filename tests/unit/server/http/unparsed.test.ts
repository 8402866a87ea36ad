/** What Node refuses before there is a request, and would with a status line alone. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import type { ListView } from '../../../../src/core/listing.ts';
import type { Caller } from '../../../../src/core/views.ts';
import { Pipelines } from '../../../../src/server/http/pipelines.ts';
import { RateLimit } from '../../../../src/server/http/rate-limit.ts';
import { unparsed } from '../../../../src/server/http/unreadable.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { servedHttp } from '../../../support/http-service.ts';
import { until } from '../mcp/connections.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { TASK_ID } from '../mcp/views.ts';

const HOST = 'Host: localhost\r\n';
const TYPE = 'Content-Type: application/json\r\n';
const POST = `POST /tools/list_workflows HTTP/1.1\r\n${HOST}${TYPE}`;
const SAID = [
  /\r\nconnection: close\r\n/i,
  /\r\ncontent-type: application\/problem\+json\r\n/i,
  /\r\nx-request-id: req_[0-9a-f-]{36}\r\n/i,
  /\r\nx-content-type-options: nosniff\r\n/i,
  /\r\ncache-control: no-store\r\n/i,
];

/** The one answer there is to be, whose body is as long as it says. */
function answerIn(text: string) {
  const [head = '', body = '', ...others] = text.split('\r\n\r\n');
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  expect([others, Number(length)]).toEqual([[], Buffer.byteLength(body)]);
  return { head: `${head}\r\n`, problem: JSON.parse(body) as Readonly<Record<string, unknown>> };
}

it.each([
  ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03', 400, 'INVALID_INPUT'],
  ['a method that is none', `FOO /mcp HTTP/1.1\r\n${HOST}\r\n`, 400, 'INVALID_INPUT'],
  ['a length that is none', `${POST}Content-Length: abc\r\n\r\n`, 400, 'INVALID_INPUT'],
  ['a chunk that is none', `${POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\nZZ\r\n`, 400, 'INVALID_INPUT'],
  ['long headers', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ['a long path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ['much beside a chunk', `${POST}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}`, 413, 'BODY_TOO_LARGE'],
  ['no host', 'GET /workflows HTTP/1.1\r\n\r\n', 400, 'INVALID_INPUT'],
])('answers %s once, in the form of every refusal, and ends the connection', async (...[, bytes, status, code]) => {
  const { url, log } = await servedHttp(new ScriptedOrchestrator());
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(Buffer.from(bytes, 'latin1'));
  const { head, problem } = answerIn(await text(socket));
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \\w`));
  for (const line of SAID) expect(head).toMatch(line);
  expect(problem).toMatchObject({ status, code, retryable: false });
  await until(() => log.some(({ fields }) => fields['status'] === status));
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});

it('serves a request that expects what nobody knows like all others', async () => {
  const { url } = await servedHttp(new ScriptedOrchestrator());
  const ask = async (host: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET /workflows HTTP/1.1\r\nHost: ${host}\r\nExpect: wonders\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  expect(await ask('localhost')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(await ask('evil.example')).toMatch(/^HTTP\/1\.1 403 [^]*HOST_REFUSED/);
});

/** Both ends of a connection, the service's first. */
async function ends(): Promise<readonly [Socket, Socket]> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const [own] = (await once(server, 'connection')) as [Socket];
  return [own, client];
}

const answering = (perMinute = 9) => ({
  rate: new RateLimit(perMinute, new FakeClock()),
  log: { debug: () => undefined },
  pipelines: new Pipelines(),
});

it('tells who is too slow how long is waited, and that it can try again', async () => {
  const [own, client] = await ends();
  const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  unparsed(late, own, answering());
  // Told once, whatever else is wrong.
  unparsed(late, own, answering());
  const { head, problem } = answerIn(await text(client));
  expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(problem).toMatchObject({ code: 'REQUEST_TIMEOUT', retryable: true, detail: expect.stringContaining('10 s') });
});

it('counts what is no request to the requests of its address', async () => {
  const [own, client] = await ends();
  Object.defineProperty(own, 'remoteAddress', { value: '192.0.2.1' });
  const parts = answering(1);
  parts.rate.take('192.0.2.1');
  unparsed(new Error('Parse Error'), own, parts);
  const { head, problem } = answerIn(await text(client));
  expect([problem['code'], /\r\nretry-after: 60\r\n/i.test(head)]).toEqual(['RATE_LIMITED', true]);
});

/** A list that never comes. */
class Silent extends ScriptedOrchestrator {
  override async list(caller: Caller): Promise<ListView> {
    await super.list(caller);
    return new Promise(() => undefined);
  }
}

it.each([
  ['nothing into an answer that has begun', '/stream', /^HTTP\/1\.1 200 OK\r\n(?![^]*HTTP\/1\.1 \d)/],
  ['no second answer behind one that is to come', '/workflows', /^HTTP\/1\.1 400 Bad Request\r\n(?![^]*HTTP\/1\.1 \d)/],
])('writes %s', async (...[, path, told]) => {
  const scripted = new Silent();
  const { url, log } = await servedHttp(scripted);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const streams = path === '/stream';
  socket.write(`GET ${streams ? `${path}/${TASK_ID}` : path} HTTP/1.1\r\n${HOST}\r\n`);
  if (streams) await once(socket, 'readable');
  else await until(() => scripted.asked.length === 1);
  socket.write('GARBAGE\r\n\r\n');
  expect(await text(socket)).toMatch(told);
  expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
});
