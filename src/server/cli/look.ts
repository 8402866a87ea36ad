/** What a look of `doctor` at something comes to. */

import type { Fault } from '../../core/errors.ts';

/** One thing that was looked at. `good` null: research works, and something is not there yet or is to be seen to. */
export interface Check {
  readonly what: string;
  readonly good: boolean | null;
  /** How it is, in words. */
  readonly words: string;
}

/** What came out of one look: how it is, and the fault where something is wrong. */
export interface Look {
  readonly check: Check;
  readonly problem: Fault | null;
  /** What to do, as a sentence, where nothing is wrong for sure. */
  readonly advice?: string;
}
