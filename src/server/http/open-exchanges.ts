/** What is being answered: ended when the service stops, and broken off when nobody reads. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { Connection } from './app.ts';

/** How long an answer may lie unread, whoever asked: it is held in memory as long. Looked at for all of them at once. */
const UNREAD_MS = 30_000;
const UNREAD_LOOK_MS = 5000;
/** Bytes a millisecond: one large piece is seen to have left only when all of it has. */
const SLOWEST = 64;

export interface Incoming {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Why what belongs to a request is ended. One for all: making one with its stack for each costs more than the smallest answers. */
const OVER = new Error('the request is over');

interface Moved {
  /** Bytes that the other side's machine or ours has taken. */
  readonly bytes: number;
  /** When it was first seen to stand still; null while nothing waits to leave. */
  readonly since: number | null;
}

function moving({ socket, writableLength }: ServerResponse, before: Moved, now: number): Moved {
  // `bytesWritten` counts what is only held as well.
  const bytes = socket === null ? 0 : socket.bytesWritten - socket.writableLength;
  if (writableLength === 0) return { bytes, since: null };
  return { bytes, since: bytes === before.bytes && before.since !== null ? before.since : now };
}

/** Requests that are not answered to the end, by what ends the wait of each. */
export class OpenExchanges {
  readonly #open = new Set<AbortController>();
  /** Answers on their way, and how much of each had left when it last moved. */
  readonly #answers = new Map<ServerResponse, Moved>();
  readonly #clock: Clock;
  #watching: (() => void) | null = null;
  #left: () => void = () => undefined;
  #ending = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connection({ incoming, outgoing }: Incoming): Connection {
    const ends = new AbortController();
    const gone = new AbortController();
    this.#open.add(ends);
    this.#answers.set(outgoing, { bytes: 0, since: null });
    this.#watchUnread();
    outgoing.once('close', () => {
      this.#open.delete(ends);
      this.#answers.delete(outgoing);
      if (this.#answers.size === 0) {
        this.#watching?.();
        this.#watching = null;
      }
      gone.abort(OVER);
      ends.abort(OVER);
      this.#left();
    });
    // One that comes while everything ends is answered at once, and the connection is not kept for another.
    if (this.#ending) {
      ends.abort();
      outgoing.shouldKeepAlive = false;
    }
    return {
      address: incoming.socket.remoteAddress ?? '',
      host: hostAsked(incoming),
      gone: gone.signal,
      ends: ends.signal,
      cut: () => outgoing.destroy(),
    };
  }

  /** Only while something is answered. */
  #watchUnread(): void {
    this.#watching ??= this.#clock.after(UNREAD_LOOK_MS, () => {
      this.#watching = null;
      const now = this.#clock.now();
      for (const [outgoing, before] of this.#answers) {
        const moved = moving(outgoing, before, now);
        this.#answers.set(outgoing, moved);
        if (moved.since === null) continue;
        if (now - moved.since >= UNREAD_MS + outgoing.writableLength / SLOWEST) outgoing.destroy();
      }
      if (this.#answers.size > 0) this.#watchUnread();
    });
  }

  /** Ends every wait, and with its answer each connection: nobody is to ask over one that is about to be closed. */
  end(): void {
    this.#ending = true;
    for (const outgoing of this.#answers.keys()) outgoing.shouldKeepAlive = false;
    for (const ends of this.#open) ends.abort();
  }

  /** Resolves when no more answers than `besides` are open, at the latest after `ms`. */
  async leave({ ms, besides }: { readonly ms: number; readonly besides: () => number }): Promise<void> {
    if (this.#open.size <= besides()) return;
    await new Promise<void>((resolve) => {
      const stop = this.#clock.after(ms, resolve);
      this.#left = () => {
        if (this.#open.size > besides()) return;
        stop();
        resolve();
      };
    });
  }
}

/** A whole URL as the target counts before the header (RFC 9112, 3.2.2). */
function hostAsked({ url = '', headers }: IncomingMessage): string | undefined {
  return url.startsWith('/') || !URL.canParse(url) ? headers.host : new URL(url).host;
}
