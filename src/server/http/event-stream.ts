/**
 * One reader's stream of server-sent events. It is asked for each piece, so it goes at the reader's own pace and holds one
 * piece at a time; a reader that takes nothing for half a minute is cut off, and asks again with the last id it saw.
 */

import type { Clock } from '../../core/clock.ts';
import type { Following, Next } from './event-hub.ts';

/** Silence after which a comment is sent: proxies close what is silent. */
export const HEARTBEAT_MS = 15_000;
/** How long a piece may lie ready untaken. */
export const STALLED_MS = 30_000;
/** Between these a client is told to come back when the service stops: not all in the same moment. */
const RETRY_LEAST_MS = 1000;
const RETRY_SPREAD_MS = 4000;

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(': alive\n\n');

export interface StreamParts {
  readonly following: Following;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborted when the service stops. */
  readonly draining: AbortSignal;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
  /** Aborted once the reader would not be let in any more. */
  readonly lapsed: AbortSignal;
  readonly cut: () => void;
  /** Sent first: what the reader has to know before the events. */
  readonly first: string | null;
}

export function eventStream(parts: StreamParts): ReadableStream<Uint8Array> {
  const source = new StreamSource(parts);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => source.start(controller),
      pull: () => source.pull(),
      cancel: () => source.close(),
    },
    { highWaterMark: 0 },
  );
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class StreamSource {
  readonly #parts: StreamParts;
  #controller: Controller | null = null;
  #closed = false;
  /** Whether the store is being read for the next piece. */
  #reading = false;
  /** Takes back the wait for something to happen; null while there is none. */
  #stopWaiting: (() => void) | null = null;
  /** Whether a piece was given and none was asked for since. */
  #untaken = false;
  /** When that, or a silence, will have lasted too long. */
  #due = 0;
  /** The one timer there is. It may fire early and is then set anew: most events set none. */
  #armed: { readonly at: number; readonly stop: () => void } | null = null;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    // A connection can be gone without the stream being cancelled: before the first byte of it, or where only its head was asked for.
    if (parts.gone.aborted) this.close();
    else parts.gone.addEventListener('abort', () => this.close(), { once: true });
    parts.lapsed.addEventListener('abort', this.#changed, { once: true });
  }

  start(controller: Controller): void {
    this.#controller = controller;
    const { first } = this.#parts;
    // At once, also where there is no event yet: the client is to see that it is connected.
    this.#give(encoder.encode(first ?? ': events\n\n'));
  }

  /**
   * The next piece is wanted: now, or as soon as there is one. No promise but where the store is read: with a thousand readers, those
   * would cost as much as the pieces.
   */
  pull(): void | Promise<void> {
    this.#untaken = false;
    return this.#stopWaiting === null && !this.#reading ? this.#next() : undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#armed?.stop();
    this.#waitIsOver();
    this.#parts.following.leave();
  }

  #next(): void | Promise<void> {
    if (this.#closed) return;
    if (this.#stops() !== null) {
      this.#end();
      return;
    }
    const next = this.#parts.following.next();
    if (next instanceof Promise) return this.#takeLater(next);
    this.#take(next);
  }

  async #takeLater(later: Promise<Next>): Promise<void> {
    this.#reading = true;
    const next = await later;
    this.#reading = false;
    this.#take(next);
  }

  #take(next: Next): void {
    if (this.#closed) return;
    if (next === 'end' || this.#stops() !== null) this.#end();
    else if (next === 'none') this.#wait();
    else this.#give(next.bytes);
  }

  #give(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#controller?.enqueue(bytes);
    this.#untaken = true;
    this.#arm(STALLED_MS);
  }

  /** Why the stream ends before its workflow; null while it does not. */
  #stops(): string | null {
    const { draining, lapsed } = this.#parts;
    return lapsed.aborted ? 'the token holds no more' : draining.aborted ? 'the service stops' : null;
  }

  #end(): void {
    if (this.#closed) return;
    const why = this.#stops();
    if (why !== null) {
      const retry = Math.round(RETRY_LEAST_MS + this.#parts.random() * RETRY_SPREAD_MS);
      this.#controller?.enqueue(encoder.encode(`: ${why}, come back\nretry: ${retry}\n\n`));
    }
    this.close();
    this.#controller?.close();
  }

  /** Until something happens, or nothing did for so long that a sign of life is due. */
  #wait(): void {
    this.#arm(HEARTBEAT_MS);
    this.#stopWaiting = this.#parts.following.onChange(this.#changed);
  }

  readonly #changed = (): void => {
    if (this.#waitIsOver()) void this.#next();
  };

  /** Whether there was one. */
  #waitIsOver(): boolean {
    const stop = this.#stopWaiting;
    this.#stopWaiting = null;
    stop?.();
    return stop !== null;
  }

  /** Sees to it that the timer fires in `ms` at the latest. */
  #arm(ms: number): void {
    const { clock } = this.#parts;
    this.#due = clock.now() + ms;
    if (this.#armed !== null && this.#armed.at <= this.#due) return;
    this.#armed?.stop();
    this.#armed = { at: this.#due, stop: clock.after(ms, () => this.#fired()) };
  }

  #fired(): void {
    this.#armed = null;
    const left = this.#due - this.#parts.clock.now();
    // More than was ever armed for: the clock was set back, and the time has passed all the same.
    if (left > 0 && left <= STALLED_MS) this.#arm(left);
    else if (this.#untaken) {
      this.close();
      this.#parts.cut();
    } else if (this.#waitIsOver()) this.#give(HEARTBEAT);
  }
}
