/**
 * Stands between a client and a vendor, and is the site whose pages its agents read. Knows of each request when it came and
 * when it was answered.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Of one request: it is here and nothing of an answer is; the last byte of the answer is handed over. */
type Happening = 'received' | 'answered';

export interface Relay {
  /** Host and port. */
  readonly host: string;
  /** Calls as the journal names them, `agent:belter-1/turn-2`, one for each request in the order in which they came. */
  readonly calls: readonly string[];
  /** Resolves with the call of the request of that number, counted from 0 over all, in the moment it happens. */
  moment(at: number, happening: Happening): Promise<string>;
  /** What went wrong between here and the vendor. */
  readonly failures: readonly unknown[];
  close(): Promise<void>;
}

interface Behind {
  /** The vendor's base URL. */
  readonly vendor: string;
  /** A page by the call that reads it: what follows `/pages/` in its address. */
  readonly page: (call: string) => string;
}

/** What a request says beside its body; the rest belongs to its connection. */
const SAID = ['content-type', 'accept', 'x-api-key', 'anthropic-version', 'idempotency-key'] as const;
const PAGES = '/pages/';

export async function relayTo({ vendor, page }: Behind): Promise<Relay> {
  const calls: string[] = [];
  const failures: unknown[] = [];
  const waiting = new Map<string, (call: string) => void>();
  const tell = (at: number, happening: Happening): void => waiting.get(`${at} ${happening}`)?.(calls[at] ?? '');

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await whole(incoming);
    // Whoever is killed in the middle of a request has asked for nothing.
    if (body === null) return;
    const call = callOf(incoming);
    if (call === null) {
      outgoing.writeHead(404).end();
      return;
    }
    const at = calls.push(call) - 1;
    tell(at, 'received');
    outgoing.once('finish', () => tell(at, 'answered'));
    if (incoming.method === 'GET') {
      outgoing.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(page(call));
      return;
    }
    const headers = SAID.map((name) => [name, headerOf(incoming, name)] as [string, string]);
    // A vendor answers, and charges, whether or not anybody is left to hear it.
    const answer = await fetch(`${vendor}${incoming.url}`, { method: 'POST', headers, body });
    outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    outgoing.end(await answer.bytes());
  };

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((thrown: unknown) => {
      failures.push(thrown);
      outgoing.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    failures,
    moment: (at, happening) =>
      new Promise((resolve) => {
        waiting.set(`${at} ${happening}`, resolve);
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * An idempotency key without the id of the workflow and the hash of the request, which are others in each run: a vendor gives
 * each tool call an id of its own, and the next turn repeats it. Null for what belongs to no call: a site's rules for robots.
 */
function callOf(incoming: IncomingMessage): string | null {
  const { method, url = '' } = incoming;
  if (method === 'POST') return headerOf(incoming, 'idempotency-key').split('/').slice(1, -1).join('/');
  return url.startsWith(PAGES) ? url.slice(PAGES.length) : null;
}

/** Null where it broke off. */
async function whole(incoming: IncomingMessage): Promise<Buffer | null> {
  try {
    return await buffer(incoming);
  } catch (thrown) {
    if (incoming.complete) throw thrown;
    return null;
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string {
  return String(headers[name] ?? '');
}
