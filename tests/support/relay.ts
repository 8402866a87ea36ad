/** Stands between a client and a vendor, and knows of each request when it came and when it was answered. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Of one request: it is here and nothing of an answer is; the last byte of the answer is handed over. */
type Happening = 'received' | 'answered';

export interface Relay {
  readonly url: string;
  /** The idempotency key of each request, in the order in which they came. */
  readonly keys: readonly string[];
  /** Resolves with the key of the request of that number, counted from 0 over all, in the moment it happens. */
  moment(at: number, happening: Happening): Promise<string>;
  /** What went wrong between here and the vendor. */
  readonly failures: readonly unknown[];
  close(): Promise<void>;
}

/** What a request says beside its body; the rest belongs to its connection. */
const SAID = ['content-type', 'accept', 'x-api-key', 'anthropic-version', 'idempotency-key'] as const;

export async function relayTo(vendor: string): Promise<Relay> {
  const keys: string[] = [];
  const failures: unknown[] = [];
  const waiting = new Map<string, (key: string) => void>();
  const tell = (at: number, happening: Happening): void => waiting.get(`${at} ${happening}`)?.(keys[at] ?? '');

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await whole(incoming);
    // Whoever is killed in the middle of a request has asked for nothing.
    if (body === null) return;
    const at = keys.push(headerOf(incoming, 'idempotency-key')) - 1;
    tell(at, 'received');
    outgoing.once('finish', () => tell(at, 'answered'));
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
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    keys,
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
