/** A server that answers as a test says, for what an emulator of vendors does not do. Loopback only, and gone after the test. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Json } from '../../src/core/json.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface VendorServer {
  /** Without a path. */
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Connections that were closed before their answer was whole. */
  readonly cut: () => number;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

export async function vendorServer(answer: Answer): Promise<VendorServer> {
  const asked: Asked[] = [];
  let cut = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('close', () => {
      if (!response.writableFinished) cut += 1;
    });
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString('utf8');
      const one = { path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, cut: () => cut };
}

/** Begins a stream of events. */
export function stream(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers });
  response.flushHeaders();
}

export function event(data: Json): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
