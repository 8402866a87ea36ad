/**
 * Figures over many workflows beside few, and beside SQLite alone: the aggregate over the tables that gives averages by pattern, and
 * nothing else of what is asked here.
 */

import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import type { Orchestrator } from '../../src/core/views.ts';
import { USER } from '../../src/server/callers.ts';
import { longestStall } from '../event-loop.ts';
import { type Figure, figure } from '../figures.ts';
import type { Part } from '../part.ts';
import { msOf, type Stored, stored } from '../stored.ts';
import { manyOwners } from './owners.ts';

type Ask = (on: Orchestrator) => Promise<unknown>;

/** Neither end lies where a day does; the stored workflows are of 2024 and 2025. */
const PART = { since: '2024-05-20T09:30:00.000Z', until: '2025-03-10T17:45:00.000Z' };

const ASKED: Readonly<Record<string, Ask>> = {
  summary: (on) => on.figures.summary(USER),
  workflows: (on) => on.figures.workflows(USER),
  costs: (on) => on.figures.costs(USER),
  performance: (on) => on.figures.performance(USER),
  get_analytics: (on) => on.analytics(USER),
  'performance of ten months': (on) => on.figures.performance(USER, PART),
  'performance of an hour': (on) =>
    on.figures.performance(USER, { since: '2025-03-10T16:00:00Z', until: '2025-03-10T17:00:00Z' }),
  'performance, all owners': (on) => on.figures.performance(USER, { all_owners: true }),
};

const PLAIN = `SELECT w.orchestrator_type, AVG(r.execution_time) as avg_time, AVG(r.total_cost) as avg_cost
  FROM workflows w JOIN results r ON w.task_id = r.task_id GROUP BY w.orchestrator_type`;

/** What it takes to count a former release's workflows, and what their figures take before that. */
async function counting({ on }: Stored, many: number): Promise<readonly Figure[]> {
  const before = await msOf(() => on.orchestrator.analytics(USER));
  let ms = 0;
  const stall = await longestStall(async () => {
    ms = await msOf(async () => {
      while (await on.store.analytics.countMore());
    });
  });
  return [
    told(`get_analytics of ${many} that are not counted yet`, 'ms', before),
    told(`counting ${many} of a former release`, 's', ms / 1000),
    told(`counting ${many}: event loop stands still, at most`, 'ms', stall),
  ];
}

function told(what: string, unit: string, value: number): Figure {
  return figure({ what, unit, ours: [value], baseline: null, target: null });
}

export const analytics: Part = {
  name: 'analytics',
  about: 'figures over 1,000,000 workflows, beside 1,000 and beside a plain aggregate',
  rounds: 7,
  run: async ({ folder, quick, rounds, say }) => {
    const [few, many] = quick ? [50, 200] : [1000, 1_000_000];
    const small = await stored(join(folder, 'few'), { workflows: few });
    const large = await stored(join(folder, 'many'), { workflows: many });
    say(`${few} and ${many} workflows stored`);
    const plain = new SqliteDatabase(large.file, { readonly: true });
    try {
      await counting(small, few);
      const figures = [...(await counting(large, many))];
      say('counted');
      const aggregate: number[] = [];
      const taken = Object.entries(ASKED).map(([what, ask]) => ({
        what,
        ask,
        few: [] as number[],
        many: [] as number[],
      }));
      for (const { ask } of taken) for (const { on } of [small, large]) await ask(on.orchestrator);
      for (let round = 0; round < rounds; round += 1) {
        aggregate.push(await msOf(() => plain.prepare(PLAIN).all()));
        for (const one of taken) {
          one.few.push(await msOf(() => one.ask(small.on.orchestrator)));
          one.many.push(await msOf(() => one.ask(large.on.orchestrator)));
        }
      }
      for (const { what, few: ours_few, many: ours } of taken) {
        figures.push(
          figure({ unit: 'ms', target: null, what: `${what} among ${many}, beside ${few}`, ours, baseline: ours_few }),
          figure({
            unit: 'ms',
            target: null,
            what: `${what} among ${many}, beside a plain aggregate`,
            ours,
            baseline: aggregate,
          }),
        );
      }
      say('of all owners');
      figures.push(...(await manyOwners({ folder, owners: quick ? 100 : 15_000, rounds })));
      return figures;
    } finally {
      plain.close();
      await Promise.all([small.on.close(), large.on.close()]);
    }
  },
};
