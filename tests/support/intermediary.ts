/**
 * A proxy between a reader and the service that takes each liberty the headers leave it: it compresses what may be transformed, holds
 * back to the end what may be buffered, and passes the rest on in pieces cut wherever chance wants, also within a character.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request as ask, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { Random } from './random.ts';

/** Its address; closed with the test. */
export async function intermediaryTo(service: string, random: Random): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const { url = '/', headers, method } = incoming;
    const onward = ask(new URL(url, service), { agent: false, method, headers });
    onward.once('response', (answer) => {
      // One that broke off is no end: who reads must not take it for one.
      passOn(answer, outgoing, random).catch(() => outgoing.destroy());
    });
    onward.once('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    onward.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function passOn(answer: IncomingMessage, outgoing: ServerResponse, random: Random): Promise<void> {
  const { 'cache-control': cache = '', 'x-accel-buffering': buffering, ...rest } = answer.headers;
  delete rest['transfer-encoding'];
  const headers = {
    ...rest,
    'cache-control': cache,
    ...(buffering === undefined ? {} : { 'x-accel-buffering': buffering }),
  };
  const compressed = !cache.includes('no-transform') && answer.statusCode === 200;
  outgoing.writeHead(answer.statusCode ?? 502, { ...headers, ...(compressed ? { 'content-encoding': 'gzip' } : {}) });
  outgoing.flushHeaders();
  const pieces = Readable.from(buffering === 'no' ? inPieces(answer, random) : [Buffer.concat(await answer.toArray())]);
  await (compressed ? pipeline(pieces, createGzip(), outgoing) : pipeline(pieces, outgoing));
}

async function* inPieces(answer: IncomingMessage, random: Random): AsyncGenerator<Buffer> {
  for await (const whole of answer as AsyncIterable<Buffer>) {
    for (let rest = whole; rest.length > 0;) {
      const length = 1 + random.below(Math.min(rest.length, random.chance(0.1) ? 5 : 4096));
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
  }
}
