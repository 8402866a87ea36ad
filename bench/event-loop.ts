/** How long the event loop of this thread stands still. */

import { performance } from 'node:perf_hooks';

/**
 * The longest time in milliseconds between two turns of the event loop while `work` runs: time in which nothing else was answered. A
 * turn is asked for every millisecond, so an idle loop gives a little more than one.
 */
export async function longestStall(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(turn, 1);
  try {
    await work();
    // What the work did last stands in the way of a turn that is still due.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 2);
    });
    turn();
  } finally {
    clearInterval(timer);
  }
  return longest;
}
