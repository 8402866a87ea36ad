/** Values of a label that others choose: so many are told apart, all further ones are one. */

const OTHER = 'other';
const LONGEST = 80;

export class Bounded {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The value as it may stand in a label. `proven`: something answered to this name. One that nothing has answered to gets no
   * place: whoever makes names up would else take those of real ones.
   */
  label(value: string, proven: boolean): string {
    if (this.#known.has(value)) return value;
    if (!proven || value.length > LONGEST || this.#known.size >= this.#most) return OTHER;
    this.#known.add(value);
    return value;
  }
}
