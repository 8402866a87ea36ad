/**
 * Requests sent over one connection before the earlier ones are answered. Each is worked on at once, and its answer held until
 * its turn: some kilobytes of requests that nobody reads the answers of would cost hundreds of megabytes.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Hardly any client sends a second one; what sends more is no client. */
const MOST = 16;

type Outgoing = Pick<ServerResponse, 'once' | 'headersSent'>;

export class Pipelines {
  readonly #open = new WeakMap<Socket, Set<Outgoing>>();

  /** False: the connection has been broken off, and nothing that came over it is answered. */
  takes({ socket }: Pick<IncomingMessage, 'socket'>, outgoing: Outgoing): boolean {
    // What came in the same piece is still told, one by one.
    if (socket.destroyed) return false;
    const open = this.#open.get(socket) ?? new Set();
    if (open.size >= MOST) {
      socket.destroy();
      return false;
    }
    this.#open.set(socket, open.add(outgoing));
    outgoing.once('close', () => open.delete(outgoing));
    return true;
  }

  /** Whether an answer has begun that is not over: anything else written to the connection would stand in the midst of it. */
  answering(socket: Socket): boolean {
    return [...(this.#open.get(socket) ?? [])].some(({ headersSent }) => headersSent);
  }
}
