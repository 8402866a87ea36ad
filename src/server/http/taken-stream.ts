/**
 * A stream that another writes without asking whether it is read, as the SDK writes subscriptions: what is not taken lies
 * here, and a reader that leaves too much of it, or leaves it too long, is cut off.
 */

import type { Clock } from '../../core/clock.ts';
import { STALLED_MS } from './event-stream.ts';

/** Bytes that may lie untaken when more come. One piece may be larger: it is an answer, and its reader is still reading. */
const MAX_UNTAKEN_BYTES = 1024 * 1024;

interface Reader {
  readonly clock: Clock;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
  readonly cut: () => void;
}

export function takenStream(source: ReadableStream<Uint8Array>, reader: Reader): ReadableStream<Uint8Array> {
  const taken = new TakenSource(source, reader);
  return new ReadableStream<Uint8Array>(
    { start: (controller) => taken.start(controller), pull: () => taken.pull(), cancel: () => taken.close() },
    { highWaterMark: 0 },
  );
}

class TakenSource {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #reader: Reader;
  readonly #untaken: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #closed = false;
  #takenAt = 0;
  #stopTimer: (() => void) | null = null;
  #came: () => void = () => undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(source: ReadableStream<Uint8Array>, reader: Reader) {
    this.#source = source.getReader();
    this.#reader = reader;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const { gone } = this.#reader;
    gone.addEventListener('abort', () => this.close(), { once: true });
    this.#fill().catch((thrown: unknown) => {
      this.close();
      controller.error(thrown);
    });
    if (gone.aborted) this.close();
  }

  /** Hands over one piece, waiting for it. */
  async pull(): Promise<void> {
    if (this.#untaken.length === 0 && !this.#ended && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#came = resolve;
      });
    }
    if (this.#closed) return;
    const piece = this.#untaken.shift();
    this.#takenAt = this.#reader.clock.now();
    if (piece !== undefined) {
      this.#bytes -= piece.length;
      this.#controller?.enqueue(piece);
    }
    if (this.#untaken.length === 0) this.#disarm();
    if (piece !== undefined) return;
    this.close();
    this.#controller?.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#untaken.length = 0;
    this.#disarm();
    this.#came();
    // Who wrote is told that nobody reads; how it takes that is its own affair.
    this.#source.cancel().catch(() => undefined);
  }

  async #fill(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#source.read();
      if (this.#closed) return;
      if (done) {
        this.#ended = true;
        this.#came();
        return;
      }
      if (this.#bytes > MAX_UNTAKEN_BYTES) {
        this.#cut();
        return;
      }
      if (this.#untaken.length === 0) this.#takenAt = this.#reader.clock.now();
      this.#untaken.push(value);
      this.#bytes += value.length;
      this.#arm(STALLED_MS);
      this.#came();
    }
  }

  #arm(ms: number): void {
    this.#stopTimer ??= this.#reader.clock.after(ms, () => {
      this.#stopTimer = null;
      const left = this.#takenAt + STALLED_MS - this.#reader.clock.now();
      // More than was ever armed for: the clock was set back, and the time has passed all the same.
      if (left > 0 && left <= STALLED_MS) this.#arm(left);
      else this.#cut();
    });
  }

  #disarm(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #cut(): void {
    this.close();
    this.#reader.cut();
  }
}
