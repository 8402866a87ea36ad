/** A thousand active workflows of 11 agents each in one process: what heap they take, whether it comes back, and whether the loop turns. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActiveWorkflows } from '../apart/active-workflows.ts';
import { measuredApart } from '../child.ts';
import { type Figure, figure } from '../figures.ts';
import type { Part } from '../part.ts';

export const memory: Part = {
  name: 'memory',
  about: 'heap and event loop with 1,000 active workflows of 11 agents each',
  rounds: 3,
  run: async ({ folder, quick, rounds, say }) => {
    const [count, seconds] = quick ? [6, 0.1] : [1000, 30];
    const taken: ActiveWorkflows[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const own = join(folder, `round-${round}`);
      mkdirSync(own);
      const file = 'bench/apart/active-workflows.ts';
      taken.push(await measuredApart<ActiveWorkflows>(file, [own, String(count), String(seconds)], ['--expose-gc']));
      say(`round ${round + 1}: ${taken.at(-1)?.heap.toFixed(0)} MiB of heap above idle`);
    }
    const told = (what: string, name: keyof ActiveWorkflows, most: number | null): Figure =>
      figure({
        what: `${count} active workflows: ${what}`,
        unit: name.startsWith('delay') ? 'ms' : 'MiB',
        ours: taken.map((one) => one[name]),
        baseline: null,
        target: most === null ? null : { of: 'ours', at: 'most', value: most },
      });
    return [
      told('heap above idle', 'heap', 256),
      told('resident memory above idle', 'rss', null),
      told('heap above idle once they have ended', 'heap_after', null),
      told('event-loop delay p99 while they begin', 'delay_begin', 50),
      told(`event-loop delay p99 while half end, answers spread over ${seconds} s`, 'delay_spread', 50),
      told('event-loop delay p99 while half end, all answers in one moment', 'delay_burst', null),
    ];
  },
};
