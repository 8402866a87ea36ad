/** Lines of a stream of bytes. What comes is looked at once, however long a line grows. */

const NEWLINE = 0x0a;

export class Lines {
  readonly #most: number;
  #held: Buffer[] = [];
  #length = 0;

  /** @param most bytes of one line */
  constructor(most: number) {
    this.#most = most;
  }

  /** The lines that end in this chunk; null where one is too long. Then no more is to be taken. */
  take(chunk: Buffer): readonly string[] | null {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, at));
      if (this.#length > this.#most) return null;
      lines.push(Buffer.concat(this.#held).toString('utf8'));
      this.#held = [];
      this.#length = 0;
      from = at + 1;
    }
    this.#hold(chunk.subarray(from));
    return this.#length > this.#most ? null : lines;
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#length += part.length;
  }
}
