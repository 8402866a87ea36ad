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
  #closed = false;
  /** Ends the wait for something to happen; true: nothing did. */
  #settle: ((silent: boolean) => void) | null = null;
  /** Whether a piece lies ready that was not taken. */
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
    parts.lapsed.addEventListener('abort', () => this.#settle?.(false), { once: true });
  }

  start(controller: Controller): void {
    const { first } = this.#parts;
    // At once, also where there is no event yet: the client is to see that it is connected.
    this.#give(controller, encoder.encode(first ?? ': events\n\n'));
  }

  async pull(controller: Controller): Promise<void> {
    this.#untaken = false;
    while (!this.#closed) {
      if (this.#parts.lapsed.aborted || (this.#ready.length === 0 && !(await this.#more()))) {
        this.#end(controller);
        return;
      }
      const silent = this.#ready.length === 0 && (await this.#silent());
      if (silent || this.#ready.length > 0) {
        this.#give(controller, silent ? HEARTBEAT : this.#piece());
        return;
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#armed?.stop();
    this.#settle?.(false);
    this.#parts.following.leave();
  }

  /** Takes what there is, perhaps nothing yet. False when no more will come. */
  async #more(): Promise<boolean> {
    const { draining, following } = this.#parts;
    const next = draining.aborted ? null : following.next();
    const frames = next instanceof Promise ? await next : next;
    if (frames === null) return false;
    this.#ready = [...frames];
    return true;
  }

  #give(controller: Controller, bytes: Uint8Array): void {
    if (this.#closed) return;
    controller.enqueue(bytes);
    this.#untaken = true;
    this.#arm(STALLED_MS);
  }

  #piece(): Uint8Array {
    const [only] = this.#ready;
    if (only !== undefined && this.#ready.length === 1) {
      this.#ready = [];
      // The same bytes go to every reader; nobody writes to them.
      return only.bytes;
    }
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
    const { draining, lapsed, random } = this.#parts;
    const why = lapsed.aborted ? 'the token holds no more' : draining.aborted ? 'the service stops' : null;
    if (why !== null) {
      const retry = Math.round(RETRY_LEAST_MS + random() * RETRY_SPREAD_MS);
      controller.enqueue(encoder.encode(`: ${why}, come back\nretry: ${retry}\n\n`));
    }
    this.close();
    controller.close();
  }

  /** Waits for something to happen. True when nothing did for so long that a sign of life is due. */
  async #silent(): Promise<boolean> {
    const { following, draining, lapsed } = this.#parts;
    if (draining.aborted || lapsed.aborted) return false;
    this.#arm(HEARTBEAT_MS);
    return new Promise((resolve) => {
      const settle = (silent: boolean): void => {
        this.#settle = null;
        stopListening();
        resolve(silent);
      };
      const stopListening = following.onChange(() => settle(false));
      this.#settle = settle;
    });
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
    } else this.#settle?.(true);
  }
}
