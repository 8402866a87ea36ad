/**
 * What another writes without asking whether it is read, as the SDK writes answers: what is not taken lies here, and a reader
 * that leaves too much of one answer, or leaves it too long, is cut off. Several answers can follow one another, as those of a
 * batch do: the next is asked for only while little lies here, so that a few messages can never have a hundred large answers made.
 */

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { STALLED_MS } from './event-stream.ts';

/** Bytes of one answer that may lie untaken when more come. One piece may be larger: it is an answer, and its reader is still reading. */
const MAX_UNTAKEN_BYTES = 1024 * 1024;
/** Answers under way at once: a message that waits does not keep all behind it waiting. */
const AT_ONCE = 4;

export interface Reader {
  readonly clock: Clock;
  /** Aborted when the connection is gone. */
  readonly gone: AbortSignal;
  /** Ends the connection of a reader that does not keep up. */
  readonly cut: () => void;
}

/** Begins the next answer. Null: there is none. */
export type NextAnswer = () => Promise<ReadableStream<Uint8Array> | null>;

interface Answer {
  readonly stream: ReadableStreamDefaultReader<Uint8Array>;
  /** Bytes of it that lie here. */
  untaken: number;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly of: Answer;
}

/**
 * The stream as it is handed on, from its first piece on. What has ended by then comes as one piece: head, answer and end leave
 * in one write, and each write costs more than most answers do.
 */
export async function taken(
  source: ReadableStream<Uint8Array>,
  reader: Reader,
  next: NextAnswer | null = null,
): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const from = new TakenSource(reader, next);
  const stream = new ReadableStream<Uint8Array>(
    { start: (controller) => from.start(source, controller), pull: () => from.pull(), cancel: () => from.close() },
    { highWaterMark: 0 },
  );
  await from.begun;
  // What is written after it in the same turn, above all the end, is there then.
  await setImmediate();
  return from.whole() ?? stream;
}

class TakenSource {
  readonly #reader: Reader;
  /** Null where there is one answer only. */
  readonly #next: NextAnswer | null;
  /** Being written. */
  readonly #answers = new Set<Answer>();
  readonly #untaken: Piece[] = [];
  #bytes = 0;
  #ended = false;
  #closed = false;
  #takenAt = 0;
  #stopTimer: (() => void) | null = null;
  #came: () => void;
  /** Wakes those who wait until less lies here. */
  #room = Promise.withResolvers<void>();
  /** Whether somebody has asked for a piece: until then none is too many. */
  #asked = false;
  readonly begun: Promise<void>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(reader: Reader, next: NextAnswer | null) {
    this.#reader = reader;
    this.#next = next;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.begun = promise;
    this.#came = resolve;
  }

  start(first: ReadableStream<Uint8Array>, controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const { gone } = this.#reader;
    gone.addEventListener('abort', () => this.close(), { once: true });
    this.#fillAll(first).catch((thrown: unknown) => {
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
      this.#bytes -= piece.bytes.length;
      piece.of.untaken -= piece.bytes.length;
      this.#controller?.enqueue(piece.bytes);
      this.#makeRoom();
    }
    if (this.#untaken.length === 0) this.#disarm();
    if (piece !== undefined) return;
    this.close();
    this.#controller?.close();
  }

  /** All of it, if it has ended and is one piece or not too much to copy; nothing is left then. */
  whole(): Uint8Array | null {
    if (!this.#ended || this.#closed) return null;
    const [only, ...others] = this.#untaken;
    if (others.length > 0 && this.#bytes > MAX_UNTAKEN_BYTES) return null;
    const bytes =
      only !== undefined && others.length === 0 ? only.bytes : Buffer.concat(this.#untaken.map((piece) => piece.bytes));
    this.close();
    return bytes;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#untaken.length = 0;
    this.#disarm();
    this.#came();
    this.#makeRoom();
    // Who wrote is told that nobody reads; how it takes that is its own affair.
    for (const { stream } of this.#answers) stream.cancel().catch(() => undefined);
  }

  async #fillAll(first: ReadableStream<Uint8Array>): Promise<void> {
    const others = Array.from({ length: AT_ONCE - 1 }, () => this.#fillOthers());
    await Promise.all([this.#fill(first).then(() => this.#fillOthers()), ...others]);
    this.#ended = true;
    this.#came();
  }

  async #fillOthers(): Promise<void> {
    while (this.#next !== null) {
      while (this.#bytes >= MAX_UNTAKEN_BYTES && !this.#closed) await this.#room.promise;
      if (this.#closed) return;
      const next = await this.#next();
      if (next === null) return;
      await this.#fill(next);
    }
  }

  async #fill(source: ReadableStream<Uint8Array>): Promise<void> {
    const answer = { stream: source.getReader(), untaken: 0 };
    this.#answers.add(answer);
    // It was begun before the reader left.
    if (this.#closed) answer.stream.cancel().catch(() => undefined);
    for (;;) {
      const { done, value } = await answer.stream.read();
      if (this.#closed) return;
      if (done) break;
      if (this.#asked && answer.untaken > MAX_UNTAKEN_BYTES) {
        this.#cut();
        return;
      }
      if (this.#untaken.length === 0) this.#takenAt = this.#reader.clock.now();
      this.#untaken.push({ bytes: value, of: answer });
      this.#bytes += value.length;
      answer.untaken += value.length;
      this.#arm(STALLED_MS);
      this.#came();
    }
    this.#answers.delete(answer);
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
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
