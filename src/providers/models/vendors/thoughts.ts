/** Takes reasoning out of text where a model writes it between `<think>` tags, however the pieces are cut. */

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Some servers swallow the opening tag with the prompt: what stands before the closing one was reasoning all the same. Only where
 * it ends a line, or the answer: pages about models hold the tag, and an answer that quotes them is not to be cut there.
 */
const SWALLOWED = /<\/think>[ \t]*(?=\n|$)/u;
/** An answer that is JSON, bare or fenced. */
const DATA = /^\s*(?:[[{]|```)/u;

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

  /** The text without its reasoning. `elsewhere`: whether reasoning came in a place of its own, too. */
  end(elsewhere: boolean): string {
    if (this.#state === 'before') this.#say();
    if (this.#state === 'thinking') this.#thought += this.#held.length;
    this.#held = '';
    const closing = this.#thought === 0 && !elsewhere ? SWALLOWED.exec(this.#text) : null;
    if (closing !== null && !DATA.test(this.#text) && !this.#text.slice(0, closing.index).includes(OPEN)) {
      this.#thought = closing.index;
      this.#text = this.#text.slice(closing.index + closing[0].length).trimStart();
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
