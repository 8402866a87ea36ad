/** A line to a service that breaks in the worst moment: the request has got through, and its answer never comes. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Broken off when the request has been handed on, so that it may still be worked on; or when its answer has begun. */
export type Breaks = 'once it is asked' | 'once it is answered';

export interface CutLine {
  /** Of the line; what is asked there is asked of the service. */
  readonly url: string;
  /** Breaks the connection of the next request that holds these words, once. */
  cut(words: string, breaks: Breaks): void;
  /** Connections that were broken. */
  readonly cuts: () => number;
}

/** Closed with the test. */
export async function cutLine(service: string): Promise<CutLine> {
  const { hostname, port } = new URL(service);
  let armed: { readonly words: string; readonly breaks: Breaks } | null = null;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const both = [client, upstream];
    const cut = (): void => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      open.add(socket);
      // Whichever end breaks, the line is gone.
      socket.on('error', cut).on('close', () => {
        open.delete(socket);
        cut();
      });
    }
    let doomed = false;
    client.on('data', (piece) => {
      const breaks = armed !== null && piece.includes(armed.words) ? armed.breaks : null;
      if (breaks === null) {
        upstream.write(piece);
        return;
      }
      armed = null;
      cuts += 1;
      doomed = true;
      // What this machine has taken for the service reaches it, whatever becomes of the connection.
      upstream.write(piece, breaks === 'once it is asked' ? cut : undefined);
    });
    upstream.on('data', (piece) => {
      if (doomed) cut();
      else client.write(piece);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: (words, breaks) => {
      armed = { words, breaks };
    },
    cuts: () => cuts,
  };
}
