/**
 * A stream that another writes without asking whether it is read, as the SDK writes answers: what is not taken lies here, and a
 * reader that leaves too much of it, or leaves it too long, is cut off. Of a batch all answers may come at once, so there it
 * counts nothing here: it is as long as what was asked for, and that its bytes leave is seen to where they leave.
 */

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { STALLED_MS } from './event-stream.ts';

/** Bytes that may lie untaken when more come. One piece may be larger: it is an answer, and its reader is still reading. */
const MAX_UNTAKEN_BYTES = 1024 * 1024;

interface Reader {
  readonly clock: Clock;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
  /** Ends the connection of a reader that does not keep up. Null where it may leave what it likes. */
  readonly cut: (() => void) | null;
}

/**
 * The stream as it is handed on, from its first piece on. What has ended by then comes as one piece: head, answer and end leave
 * in one write, and each write costs more than most answers do.
 */
export async function taken(
  source: ReadableStream<Uint8Array>,
  reader: Reader,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const from = new TakenSource(source, reader);
  const stream = new ReadableStream<Uint8Array>(
    { start: (controller) => from.start(controller), pull: () => from.pull(), cancel: () => from.close() },
    { highWaterMark: 0 },
  );
  await from.begun;
  // What is written after it in the same turn, above all the end, is there then.
  await setImmediate();
  return from.whole() ?? stream;
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
  #came: () => void;
  /** Whether somebody has asked for a piece: until then none is too many. */
  #asked = false;
  readonly begun: Promise<void>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(source: ReadableStream<Uint8Array>, reader: Reader) {
    this.#source = source.getReader();
    this.#reader = reader;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.begun = promise;
    this.#came = resolve;
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
    this.#asked = true;
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

  /** All of it, if it has ended; nothing is left then. */
  whole(): Uint8Array<ArrayBuffer> | null {
    if (!this.#ended || this.#closed) return null;
    const bytes = Buffer.concat(this.#untaken);
    this.close();
    return bytes;
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
      const { cut } = this.#reader;
      if (cut !== null && this.#asked && this.#bytes > MAX_UNTAKEN_BYTES) {
        this.#cut(cut);
        return;
      }
      if (this.#untaken.length === 0) this.#takenAt = this.#reader.clock.now();
      this.#untaken.push(value);
      this.#bytes += value.length;
      if (cut !== null) this.#arm(STALLED_MS, cut);
      this.#came();
    }
  }

  #arm(ms: number, cut: () => void): void {
    this.#stopTimer ??= this.#reader.clock.after(ms, () => {
      this.#stopTimer = null;
      const left = this.#takenAt + STALLED_MS - this.#reader.clock.now();
      // More than was ever armed for: the clock was set back, and the time has passed all the same.
      if (left > 0 && left <= STALLED_MS) this.#arm(left, cut);
      else this.#cut(cut);
    });
  }

  #disarm(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #cut(cut: () => void): void {
    this.close();
    cut();
  }
}
