/** Takes reasoning out of text where a model writes it between `<think>` tags, however the pieces are cut. */

const OPEN = '<think>';
const CLOSE = '</think>';

export class Thoughts {
  readonly #delta: (text: string) => void;
  #state: 'before' | 'thinking' | 'after' = 'before';
  /** What could still turn out to be part of a tag. */
  #held = '';
  #text = '';
  #thought = 0;

  constructor(delta: (text: string) => void) {
    this.#delta = delta;
  }

  /** Characters of reasoning so far. */
  get thought(): number {
    return this.#thought;
  }

  /** Characters of the answer so far. */
  get written(): number {
    return this.#text.length;
  }

  add(piece: string): void {
    if (piece === '') return;
    this.#held += piece;
    if (this.#state === 'before') this.#open();
    if (this.#state === 'thinking') this.#close();
    if (this.#state === 'after') this.#say();
  }

  /** The text without its reasoning. */
  end(): string {
    if (this.#state === 'before') this.#say();
    if (this.#state === 'thinking') this.#thought += this.#held.length;
    this.#held = '';
    // Some servers swallow the opening tag with the prompt: what stands before the closing one was reasoning all the same.
    const closing = this.#thought === 0 ? this.#text.indexOf(CLOSE) : -1;
    if (closing >= 0 && !this.#text.slice(0, closing).includes(OPEN)) {
      this.#thought = closing;
      this.#text = this.#text.slice(closing + CLOSE.length).trimStart();
    }
    return this.#text;
  }

  #open(): void {
    const start = this.#held.trimStart();
    if (start === '' || (OPEN.startsWith(start) && start.length < OPEN.length)) return;
    this.#state = start.startsWith(OPEN) ? 'thinking' : 'after';
    if (this.#state === 'thinking') this.#held = start.slice(OPEN.length);
  }

  #close(): void {
    const end = this.#held.indexOf(CLOSE);
    if (end < 0) {
      const kept = Math.min(this.#held.length, CLOSE.length - 1);
      this.#thought += this.#held.length - kept;
      this.#held = this.#held.slice(this.#held.length - kept);
      return;
    }
    this.#thought += end;
    this.#held = this.#held.slice(end + CLOSE.length);
    this.#state = 'after';
  }

  #say(): void {
    // Line breaks between the reasoning and the answer belong to neither.
    const piece = this.#text === '' && this.#thought > 0 ? this.#held.trimStart() : this.#held;
    this.#held = '';
    if (piece === '') return;
    this.#text += piece;
    this.#delta(piece);
  }
}
