/** The newest events of a workflow, kept for all who follow it. */

import { type Frame, piece } from './event-frames.ts';

/** Events that are kept, and bytes of them: what a reader may be behind without a read of its own. */
const KEPT = 512;
const KEPT_BYTES = 1024 * 1024;
/** Places in a history of which the next piece is kept. Readers that come back in a crowd are at the same few. */
const PLACES = 16;

export class KeptEvents {
  /** In order and without a gap. */
  readonly #frames: Frame[] = [];
  #bytes = 0;
  /** The piece behind a place, by the place; until more is kept. */
  readonly #pieces = new Map<number, Frame>();

  /** Keeps those that follow. The newest stays, however large it is. */
  keep(frames: readonly Frame[]): void {
    this.#frames.push(...frames);
    for (const { bytes } of frames) this.#bytes += bytes.length;
    let gone = 0;
    for (const { bytes } of this.#frames) {
      const left = this.#frames.length - gone;
      if (left === 1 || (left <= KEPT && this.#bytes <= KEPT_BYTES)) break;
      gone += 1;
      this.#bytes -= bytes.length;
    }
    this.#frames.splice(0, gone);
    this.#pieces.clear();
  }

  /** The piece behind `after`, the same bytes for all; undefined where what comes next is not kept. */
  behind(after: number): Frame | undefined {
    const known = this.#pieces.get(after);
    if (known !== undefined) return known;
    const first = this.#frames[0];
    if (first === undefined || first.seq > after + 1) return undefined;
    const next = piece(this.#frames, after + 1 - first.seq);
    if (next === undefined) return undefined;
    if (this.#pieces.size === PLACES) this.#pieces.clear();
    this.#pieces.set(after, next);
    return next;
  }
}
