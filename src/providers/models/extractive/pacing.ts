/** Keeps long comparisons from holding up the event loop: others' heartbeats and cancels run in between. */

import { setImmediate as turn } from 'node:timers/promises';

/** Comparisons done in one slice: a few milliseconds of work. */
const COMPARISONS_A_SLICE = 1_500;

/** Call with the comparisons done since the last call; rejects with the signal's reason once it is aborted. */
export type Pace = (comparisons: number) => Promise<void>;

/** Gives way to the event loop after every slice. Counts work instead of reading a clock, so that runs are alike. */
export function pace(signal: AbortSignal): Pace {
  let done = 0;
  return async (comparisons) => {
    signal.throwIfAborted();
    done += comparisons;
    if (done < COMPARISONS_A_SLICE) return;
    done = 0;
    await turn();
    signal.throwIfAborted();
  };
}
