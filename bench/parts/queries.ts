/**
 * Queries that read many rows, beside `get_status` in the same database: how long each takes, and how long it keeps the event loop,
 * on which everything else is answered, standing still.
 */

import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Orchestrator } from '../../src/core/views.ts';
import { USER } from '../../src/server/callers.ts';
import { compose } from '../composition.ts';
import { longestStall } from '../event-loop.ts';
import { type Figure, figure, median } from '../figures.ts';
import { type Filled, filledDatabase } from '../filled.ts';
import type { Part } from '../part.ts';

type Ask = (on: Orchestrator) => Promise<unknown>;

function asked({ words }: Filled): Readonly<Record<string, Ask>> {
  return {
    get_analytics: (on) => on.analytics(USER),
    'get_analytics of a month': (on) =>
      on.analytics(USER, { since: '2025-06-01T00:00:00.000Z', until: '2025-07-01T00:00:00.000Z' }),
    list_workflows: (on) => on.list(USER),
    'list_workflows, status failed': (on) => on.list(USER, { status: 'failed' }),
    'list_workflows, a word of one task': (on) => on.list(USER, { query: words.rare }),
    'list_workflows, a word of every task': (on) => on.list(USER, { query: words.common }),
  };
}

interface Taken {
  readonly ms: number[];
  readonly stall: number[];
  readonly status: number[];
}

/** Milliseconds of one call, and the longest time the loop stood still meanwhile. */
async function once(work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly stall: number }> {
  let ms = 0;
  const stall = await longestStall(async () => {
    const begin = performance.now();
    await work();
    ms = performance.now() - begin;
  });
  return { ms, stall };
}

export const queries: Part = {
  name: 'queries',
  about: 'get_analytics and list_workflows among 100,000 workflows, beside get_status',
  rounds: 7,
  run: async ({ folder, quick, rounds, say }) => {
    const stored = quick ? 200 : 100_000;
    const file = join(folder, 'filled.db');
    const filled = await filledDatabase(file, { workflows: stored, whole: 1000, searchable: true });
    say(`${stored} workflows stored`);
    const on = await compose({ file, source: join(folder, 'sources') });
    const figures: Figure[] = [];
    try {
      for (const [what, ask] of Object.entries(asked(filled))) {
        const taken: Taken = { ms: [], stall: [], status: [] };
        await ask(on.orchestrator);
        for (let round = 0; round < rounds; round += 1) {
          const { ms, stall } = await once(() => ask(on.orchestrator));
          taken.ms.push(ms);
          taken.stall.push(stall);
          const some = Array.from({ length: 9 }, (_, n) => filled.whole[(round * 9 + n) % filled.whole.length] ?? '');
          const each: number[] = [];
          for (const task_id of some) each.push((await once(() => on.orchestrator.status(task_id, USER))).ms);
          taken.status.push(median(each));
        }
        const among = `among ${stored}`;
        figures.push(
          figure({
            what: `${what} ${among}, beside get_status`,
            unit: 'ms',
            ours: taken.ms,
            baseline: taken.status,
            target: null,
          }),
          figure({
            what: `${what} ${among}: event loop stands still`,
            unit: 'ms',
            ours: taken.stall,
            baseline: null,
            target: null,
          }),
        );
      }
    } finally {
      await on.close();
    }
    return figures;
  },
};
