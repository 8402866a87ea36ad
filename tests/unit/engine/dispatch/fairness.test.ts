/** Who gets a free place, over many random loads: the bound on waiting is counted in steps begun. */

import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { InProcessDispatcher } from '../../../../src/engine/dispatch/in-process.ts';
import { Random } from '../../../support/random.ts';
import { SEED } from '../../../support/sizes.ts';

interface Load {
  readonly limit: number;
  /** Steps not yet handed in. */
  left: number;
  waiting: number;
  running: number;
  /** Steps of each other workflow begun since this one waits with nothing at work. */
  readonly passedBy: Map<string, number>;
}

/** One run to its end. Returns what went wrong. */
async function run(seed: number): Promise<readonly string[]> {
  const random = new Random(seed);
  const total = 1 + random.below(8);
  const dispatcher = new InProcessDispatcher({ total });
  const loads = new Map<string, Load>();
  const ends: { readonly task_id: string; readonly end: () => void }[] = [];
  const wrong: string[] = [];
  dispatcher.serve(({ task_id }) => {
    const own = loads.get(task_id);
    if (own === undefined) throw new Error(`${task_id} was never handed in`);
    for (const [other, load] of loads) {
      if (other === task_id || load.waiting === 0 || load.running >= load.limit) continue;
      if (load.running < own.running) wrong.push(`${task_id} has ${own.running + 1}, ${other} waits with fewer`);
      if (load.running > 0) continue;
      const passed = (load.passedBy.get(task_id) ?? 0) + 1;
      load.passedBy.set(task_id, passed);
      if (passed > 1) wrong.push(`${other} waits while ${task_id} begins ${passed} steps`);
    }
    own.waiting -= 1;
    own.running += 1;
    own.passedBy.clear();
    if (own.running > own.limit) wrong.push(`${task_id} is above its limit`);
    if (ends.length >= total) wrong.push('there are more at work than places');
    return new Promise<void>((resolve) => ends.push({ task_id, end: resolve }));
  });
  for (let n = 2 + random.below(12); n > 0; n -= 1) {
    const limit = 1 + random.below(10);
    loads.set(`w${n}`, { limit, left: 1 + random.below(20), waiting: 0, running: 0, passedBy: new Map() });
  }
  const open = (): [string, Load][] => [...loads].filter(([, load]) => load.left > 0);
  while (open().length > 0 || ends.length > 0) {
    const ready = open();
    if (ready.length > 0 && (ends.length === 0 || random.chance(0.5))) {
      const [task_id, load] = random.pick(ready);
      for (let some = 1 + random.below(load.left); some > 0; some -= 1) {
        load.left -= 1;
        load.waiting += 1;
        dispatcher.dispatch({ task_id, step_id: String(load.left) }, load.limit);
      }
      continue;
    }
    const [ending] = ends.splice(random.below(ends.length), 1);
    const load = loads.get(ending?.task_id ?? '');
    if (load === undefined) throw new Error('unreachable');
    load.running -= 1;
    ending?.end();
    // One at a time: the place is free a moment after the step has ended.
    await turn();
  }
  const undone = [...loads].filter(([, load]) => load.waiting > 0 || load.running > 0);
  return [...wrong, ...undone.map(([task_id]) => `${task_id} is never done`)];
}

test(`who has least at work is next, and with nothing at work one waits for one step of each other at most (seed ${SEED})`, async () => {
  for (let seed = SEED; seed < SEED + 200; seed += 1) {
    expect({ seed, wrong: await run(seed) }).toEqual({ seed, wrong: [] });
  }
});
