/** A byte stream as lines, with memory bounded whatever is sent: an oversized line is measured and dropped. */

import { Buffer } from 'node:buffer';

/** How much of each end of a dropped line is kept, enough to find the id of a JSON-RPC message there. */
const KEPT_BYTES = 256;
/** A line may come byte by byte; so many pieces are joined, or their number would weigh more than their bytes. */
const MAX_PIECES = 1024;
const NEWLINE = 0x0a;

export type Line =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'not_utf8' }
  | { readonly kind: 'too_long'; readonly bytes: number; readonly head: string; readonly tail: string };

/** Splits at `\n`; a `\r` before it belongs to the break. Feed it with `push`, then `end`. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #emit: (line: Line) => void;
  #parts: Buffer[] = [];
  /** What came since the last part. */
  #pieces: Buffer[] = [];
  /** Bytes of the line so far, also those no longer kept. */
  #bytes = 0;
  #head = '';
  #tail: Buffer = Buffer.alloc(0);

  constructor(maxBytes: number, emit: (line: Line) => void) {
    this.#maxBytes = maxBytes;
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
      this.#take(chunk.subarray(from, to));
      this.#finish();
      from = to + 1;
    }
    this.#take(chunk.subarray(from));
  }

  /** The last line may lack its break. */
  end(): void {
    if (this.#bytes > 0) this.#finish();
  }

  #take(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    this.#pieces.push(part);
    if (this.#pieces.length >= MAX_PIECES) this.#join();
    if (this.#bytes <= this.#maxBytes) return;
    const held = Buffer.concat([this.#tail, ...this.#parts, ...this.#pieces]);
    if (this.#head === '') this.#head = held.subarray(0, KEPT_BYTES).toString('utf8');
    this.#tail = Buffer.from(held.subarray(-KEPT_BYTES));
    this.#parts = [];
    this.#pieces = [];
  }

  #join(): void {
    this.#parts.push(Buffer.concat(this.#pieces));
    this.#pieces = [];
  }

  #finish(): void {
    const [first, ...more] = [...this.#parts, ...this.#pieces];
    // Most lines arrive whole, and are read where they lie.
    const bytes = first === undefined || more.length > 0 ? Buffer.concat([...this.#parts, ...this.#pieces]) : first;
    const line = this.#bytes > this.#maxBytes ? this.#dropped() : decode(bytes);
    this.#pieces = [];
    this.#parts = [];
    this.#bytes = 0;
    this.#head = '';
    this.#tail = Buffer.alloc(0);
    this.#emit(line);
  }

  #dropped(): Line {
    return { kind: 'too_long', bytes: this.#bytes, head: this.#head, tail: this.#tail.toString('utf8') };
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): Line {
  try {
    const text = UTF8.decode(bytes);
    return { kind: 'text', text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { kind: 'not_utf8' };
  }
}
