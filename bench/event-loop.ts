/** How long the event loop of this thread stands still. */

import { performance } from 'node:perf_hooks';

export interface Stalls {
  /** Milliseconds between two turns of the event loop, for each turn. */
  readonly gaps: readonly number[];
  readonly longest: number;
}

/**
 * Watches while `work` runs. It asks for a turn every millisecond, as a timer does, so an idle loop shows gaps of a little more than
 * one millisecond; a longer one is time in which nothing else was answered.
 */
export async function stallsOf(work: () => Promise<void>): Promise<Stalls> {
  const gaps: number[] = [];
  let last = performance.now();
  const turn = (): void => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  };
  const timer = setInterval(turn, 1);
  try {
    await work();
    // What the work did last has stood in the way of a turn that is still due.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 2);
    });
    turn();
  } finally {
    clearInterval(timer);
  }
  return { gaps, longest: Math.max(...gaps) };
}
