/**
 * One reader's stream of server-sent events. It is asked for each piece, so it goes at the reader's own pace and holds one
 * piece at a time; a reader that takes nothing for half a minute is cut off, and asks again with the last id it saw.
 */

import type { Clock } from '../../core/clock.ts';
import type { Following, Frame } from './event-hub.ts';

/** Silence after which a comment is sent: proxies close what is silent. */
export const HEARTBEAT_MS = 15_000;
/** How long a piece may lie ready untaken. */
export const STALLED_MS = 30_000;
/** Bytes of one piece, but for an event that is larger. */
const PIECE_BYTES = 32 * 1024;
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
  readonly cut: () => void;
  /** Sent first: what the reader has to know before the events. */
  readonly first: string | null;
}

export function eventStream(parts: StreamParts): ReadableStream<Uint8Array> {
  const source = new StreamSource(parts);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => source.start(controller),
      pull: (controller) => source.pull(controller),
      cancel: () => source.close(),
    },
    { highWaterMark: 1 },
  );
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class StreamSource {
  readonly #parts: StreamParts;
  /** Read and not yet handed over. */
  #ready: Frame[] = [];
  #stopStall: (() => void) | null = null;
  #closed = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    // A connection can be gone without the stream being cancelled: before the first byte of it.
    parts.gone.addEventListener('abort', () => this.close(), { once: true });
  }

  start(controller: Controller): void {
    const { first } = this.#parts;
    // At once, also where there is no event yet: the client is to see that it is connected.
    this.#give(controller, encoder.encode(first ?? ': events\n\n'));
  }

  async pull(controller: Controller): Promise<void> {
    this.#stopStall?.();
    this.#stopStall = null;
    for (;;) {
      if (this.#closed) return;
      if (this.#ready.length === 0) {
        const frames = this.#parts.draining.aborted ? null : await this.#parts.following.next();
        if (frames === null) {
          this.#end(controller);
          return;
        }
        this.#ready = [...frames];
      }
      if (this.#ready.length > 0) {
        this.#give(controller, this.#piece());
        return;
      }
      if (await this.#silent()) {
        this.#give(controller, HEARTBEAT);
        return;
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopStall?.();
    this.#parts.following.leave();
  }

  #give(controller: Controller, bytes: Uint8Array): void {
    if (this.#closed) return;
    controller.enqueue(bytes);
    this.#stopStall = this.#parts.clock.after(STALLED_MS, () => {
      this.close();
      this.#parts.cut();
    });
  }

  #piece(): Uint8Array {
    let bytes = 0;
    let count = 0;
    for (const frame of this.#ready) {
      if (count > 0 && bytes + frame.bytes.length > PIECE_BYTES) break;
      bytes += frame.bytes.length;
      count += 1;
    }
    return Buffer.concat(this.#ready.splice(0, count).map((frame) => frame.bytes));
  }

  #end(controller: Controller): void {
    if (this.#closed) return;
    const { draining, random } = this.#parts;
    if (draining.aborted) {
      const retry = Math.round(RETRY_LEAST_MS + random() * RETRY_SPREAD_MS);
      controller.enqueue(encoder.encode(`: the service stops, come back\nretry: ${retry}\n\n`));
    }
    this.close();
    controller.close();
  }

  /** Waits for something to happen. True when nothing did for so long that a sign of life is due. */
  #silent(): Promise<boolean> {
    const { following, clock, draining, gone } = this.#parts;
    if (draining.aborted || gone.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (silent: boolean) => (): void => {
        stopTimer();
        stopListening();
        draining.removeEventListener('abort', changed);
        gone.removeEventListener('abort', changed);
        resolve(silent);
      };
      const changed = settle(false);
      const stopTimer = clock.after(HEARTBEAT_MS, settle(true));
      const stopListening = following.onChange(changed);
      draining.addEventListener('abort', changed);
      gone.addEventListener('abort', changed);
    });
  }
}
