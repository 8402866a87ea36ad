/** Figures of all owners where there are many, beside the same number of workflows of eight: what a tenant more costs all others. */

import { join } from 'node:path';
import type { Orchestrator } from '../../src/core/views.ts';
import { USER } from '../../src/server/callers.ts';
import { type Figure, figure } from '../figures.ts';
import { msOf, stored } from '../stored.ts';

const ALL = { all_owners: true };
/** Neither end lies where a day does. */
const PART = { ...ALL, since: '2024-05-20T09:30:00.000Z', until: '2025-03-10T17:45:00.000Z' };

const ASKED: Readonly<Record<string, (on: Orchestrator) => Promise<unknown>>> = {
  summary: (on) => on.figures.summary(USER, ALL),
  workflows: (on) => on.figures.workflows(USER, ALL),
  costs: (on) => on.figures.costs(USER, ALL),
  performance: (on) => on.figures.performance(USER, ALL),
  'performance of ten months': (on) => on.figures.performance(USER, PART),
};

interface Many {
  readonly folder: string;
  readonly owners: number;
  readonly rounds: number;
}

/** As many workflows as owners: one each, and the same of eight. */
export async function manyOwners({ folder, owners, rounds }: Many): Promise<readonly Figure[]> {
  const few = await stored(join(folder, 'few-owners'), { workflows: owners });
  const many = await stored(join(folder, 'many-owners'), { workflows: owners, owners });
  try {
    const figures: Figure[] = [];
    for (const { on } of [few, many]) while (await on.store.analytics.countMore());
    for (const [what, ask] of Object.entries(ASKED)) {
      const taken = { ours: [] as number[], baseline: [] as number[] };
      for (const { on } of [few, many]) await ask(on.orchestrator);
      for (let round = 0; round < rounds; round += 1) {
        taken.baseline.push(await msOf(() => ask(few.on.orchestrator)));
        taken.ours.push(await msOf(() => ask(many.on.orchestrator)));
      }
      figures.push(figure({ what: `${what} of ${owners} owners, beside 8`, unit: 'ms', target: null, ...taken }));
    }
    return figures;
  } finally {
    await Promise.all([few.on.close(), many.on.close()]);
  }
}
