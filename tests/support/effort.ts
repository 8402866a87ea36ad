/** What a call takes, counted: the same on any machine and under any load, as its time is not. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface EffortJob {
  /** Its URL, and the name of a function it exports. */
  readonly module: string;
  readonly name: string;
  readonly inputs: readonly (readonly unknown[])[];
}

const ENTRY = new URL('./effort-entry.ts', import.meta.url);

/** For each input how many calls of functions in `src` its call makes, those of callbacks included. */
export async function effortsOf(job: EffortJob): Promise<readonly number[]> {
  const worker = new Worker(ENTRY, { workerData: job, execArgv: [] });
  const [taken] = (await once(worker, 'message')) as [readonly number[]];
  return taken;
}
