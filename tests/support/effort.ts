/**
 * What a call takes, counted: the same on any machine and under any load, as its time is not. Counted is how often functions are
 * called and their blocks entered: the rounds of a loop, the branches of a condition. What a function of the language does by itself
 * is one step, however long it takes: an `indexOf`, a pattern, a spread, a text put together. So a loop that is quadratic is seen, and
 * text that is sliced or searched from its beginning over and over is not.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface EffortJob {
  /** Its URL, and the name of a function it exports. */
  readonly module: string;
  readonly name: string;
  readonly inputs: readonly (readonly unknown[])[];
}

const ENTRY = new URL('./effort-entry.ts', import.meta.url);

/** For each input what its call takes in the module and in `src`, callbacks included. */
export async function effortsOf(job: EffortJob): Promise<readonly number[]> {
  const worker = new Worker(ENTRY, { workerData: job, execArgv: [] });
  const [taken] = (await once(worker, 'message')) as [readonly number[]];
  return taken;
}
