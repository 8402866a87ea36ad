/**
 * Lines out, and how many nobody has read yet. A client may write all its requests before it reads an answer, so some
 * megabytes wait for it; a client that never reads must not make them all of memory.
 */

import type { Writable } from 'node:stream';

/** From here on no further request is read. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
/** Short lines cost more to keep than their bytes. */
const MAX_UNREAD_LINES = 10_000;

export class LineWriter {
  readonly #stream: Writable;
  readonly #written: () => void;
  #unread = 0;
  /** Hints kept back until there is room: the same one twice says nothing new, so there are as many as subscriptions. */
  readonly #held = new Set<string>();

  /** `written` is called each time a line has left this process. */
  constructor(stream: Writable, written: () => void) {
    this.#stream = stream;
    this.#written = written;
  }

  /** Whether everything has left this process. */
  get empty(): boolean {
    return this.#unread === 0 && this.#held.size === 0;
  }

  get full(): boolean {
    return this.#unread >= MAX_UNREAD_LINES || this.#stream.writableLength >= MAX_UNREAD_BYTES;
  }

  /** Throws when the message cannot be JSON. */
  write(message: object): void {
    this.#line(JSON.stringify(message));
  }

  /** A message that may come late, and once where it was to come several times. */
  hint(message: object): void {
    const line = JSON.stringify(message);
    if (this.full) this.#held.add(line);
    else this.#line(line);
  }

  #line(line: string): void {
    this.#unread += 1;
    // A failed write is reported by the stream's error event, which closes the connection.
    this.#stream.write(`${line}\n`, () => {
      this.#unread -= 1;
      this.#release();
      this.#written();
    });
  }

  #release(): void {
    for (const line of this.#held) {
      if (this.full) return;
      this.#held.delete(line);
      this.#line(line);
    }
  }
}
