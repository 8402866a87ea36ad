/** A thread of its own, as counting needs one: it calls a function of `src` as often as it is told, and tells what each call took. */

import { Session } from 'node:inspector/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { EffortJob } from './effort.ts';

const { module, name, inputs } = workerData as EffortJob;
const { [name]: call } = (await import(module)) as Readonly<Record<string, (...input: readonly unknown[]) => unknown>>;
if (call === undefined) throw new RangeError(`${module} exports no ${name}`);
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** Calls made since it was asked last. */
async function calls(): Promise<number> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const counts = result
    .filter(({ url }) => url.includes('/src/'))
    .flatMap(({ functions }) => functions.map(({ ranges }) => ranges[0]?.count ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

const taken: number[] = [];
for (const input of inputs) {
  // What is remembered of words that were met before is no effort of theirs.
  call(...input);
  await calls();
  call(...input);
  taken.push(await calls());
}
parentPort?.postMessage(taken);
