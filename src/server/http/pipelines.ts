/**
 * Requests sent over one connection before the earlier ones are answered. Each is worked on at once, and its answer held until
 * its turn: some kilobytes of requests that nobody reads the answers of would cost hundreds of megabytes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Hardly any client sends a second one; what sends more is no client. */
const MOST = 16;

export class Pipelines {
  readonly #open = new WeakMap<Socket, number>();

  /** False: the connection has been broken off, and nothing that came over it is answered. */
  takes({ socket }: Pick<IncomingMessage, 'socket'>, outgoing: Pick<ServerResponse, 'once'>): boolean {
    // What came in the same piece is still told, one by one.
    if (socket.destroyed) return false;
    const open = (this.#open.get(socket) ?? 0) + 1;
    if (open > MOST) {
      socket.destroy();
      return false;
    }
    this.#open.set(socket, open);
    outgoing.once('close', () => this.#open.set(socket, (this.#open.get(socket) ?? 1) - 1));
    return true;
  }
}
