/** A thread of its own, as counting needs one: it calls a function as often as it is told, and tells what each call took. */

import { Session } from 'node:inspector/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { EffortJob } from './effort.ts';

const { module, name, inputs } = workerData as EffortJob;
const session = new Session();
session.connect();
await session.post('Profiler.enable');
// Before the module is loaded: what is compiled earlier counts its calls, but not the rounds of its loops.
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { [name]: call } = (await import(module)) as Readonly<Record<string, (...input: readonly unknown[]) => unknown>>;
if (call === undefined) throw new RangeError(`${module} exports no ${name}`);

/** How often a function was called or a block of one entered since it was asked last. */
async function entered(): Promise<number> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const counts = result
    .filter(({ url }) => url.includes('/src/') || url === module)
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)));
  return counts.reduce((sum, count) => sum + count, 0);
}

const taken: number[] = [];
for (const input of inputs) {
  // What is remembered of words that were met before is no effort of theirs.
  call(...input);
  await entered();
  call(...input);
  taken.push(await entered());
}
parentPort?.postMessage(taken);
