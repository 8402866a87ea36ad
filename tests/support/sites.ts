/** Servers on this machine that stand in for sites and for the interfaces of search providers. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

export interface Site {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** `127.0.0.1:PORT`, as an allow-list names it. */
  readonly host: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export async function openSite(answer: Answer): Promise<Site> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const met = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      asked.push(met);
      // Who asked may hang up half way: that is what some tests are about.
      response.on('error', () => undefined);
      answer(met, response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** One answer, whole. */
export function send(
  response: ServerResponse,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
  response.end(body);
}

export function status(response: ServerResponse, code: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(code, headers);
  response.end();
}

/** Paths to bodies; what is not there is 404. */
export function paths(answers: Readonly<Record<string, Answer>>): Answer {
  return (asked, response) => {
    const answer = answers[asked.path.split('?')[0] ?? ''];
    if (answer === undefined) status(response, 404);
    else answer(asked, response);
  };
}
