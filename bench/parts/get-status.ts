/**
 * `get_status` of an ended 8-2-1 workflow over stdio, beside a tool that does nothing in a bare SDK server: same SDK, same kind
 * of pipe, same client, one call of each in turn. In an almost empty database and in full ones. A third server has such an answer
 * ready, word for word, and shows what of the difference is the size of the answer.
 */

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Client } from '@modelcontextprotocol/client';
import { type Figure, figure, median, quantile } from '../figures.ts';
import { type Filled, filledDatabase } from '../filled.ts';
import type { Part, PartOptions } from '../part.ts';
import { BARE, connected, OURS, ready } from '../served.ts';

const WHOLE = 1000;

interface Sizes {
  /** Workflows stored beside the one that is asked about. */
  readonly stored: readonly number[];
  readonly calls: number;
  readonly warm: number;
}

function sizesOf(quick: boolean): Sizes {
  return quick ? { stored: [0, 100], calls: 5, warm: 1 } : { stored: [0, 10_000, 1_000_000], calls: 1000, warm: 500 };
}

async function call(client: Client, name: string, task_id: string): Promise<number> {
  const begin = performance.now();
  const answer = await client.callTool({ name, arguments: { task_id } });
  const taken = performance.now() - begin;
  if (answer.isError === true) throw new Error(`${name} answered ${JSON.stringify(answer.content)}`);
  return taken;
}

const WHO = ['ours', 'bare', 'ready'] as const;
type Who = (typeof WHO)[number];
type Each<T> = Readonly<Record<Who, T>>;

function each(): Each<number[]> {
  return { ours: [], bare: [], ready: [] };
}

/** One call of each in turn, each time about another workflow. */
async function turns(clients: Each<Client>, { whole }: Filled, count: number): Promise<Each<number[]>> {
  const taken = each();
  for (let n = 0; n < count; n += 1) {
    // A step that visits them all before it comes back, and neighbours never in a row.
    const task_id = whole[(n * 617) % whole.length] ?? '';
    for (const who of WHO)
      taken[who].push(await call(clients[who], who === 'ours' ? 'get_status' : 'nothing', task_id));
  }
  return taken;
}

async function started(home: string, [task_id = '']: readonly string[]): Promise<Each<Client>> {
  const ours = await connected(OURS, home);
  const answer = await ours.callTool({ name: 'get_status', arguments: { task_id } });
  return { ours, bare: await connected(BARE, home), ready: await connected(ready(answer), home) };
}

async function among(stored: number, options: PartOptions, sizes: Sizes): Promise<readonly Figure[]> {
  const home = join(options.folder, `home-${stored}`);
  mkdirSync(home);
  const file = join(home, 'beltalowda.db');
  const filled = await filledDatabase(file, { workflows: stored + 1, whole: WHOLE, searchable: false });
  options.say(`${stored} workflows stored, ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB`);
  const clients = await started(home, filled.whole);
  const p50 = each();
  const p99 = each();
  try {
    await turns(clients, filled, sizes.warm);
    for (let round = 0; round < options.rounds; round += 1) {
      const taken = await turns(clients, filled, sizes.calls);
      for (const who of WHO) {
        p50[who].push(median(taken[who]));
        p99[who].push(quantile(taken[who], 0.99));
      }
    }
  } finally {
    for (const who of WHO) await clients[who].close();
  }
  const target = { of: 'ratio', at: 'most', value: 1.5 } as const;
  const what = `get_status with ${stored} stored`;
  return [
    figure({ what: `${what}, p50`, unit: 'ms', ours: p50.ours, baseline: p50.bare, target }),
    figure({ what: `${what}, p99`, unit: 'ms', ours: p99.ours, baseline: p99.bare, target }),
    figure({
      what: `${what}, p50, against the same answer ready-made`,
      unit: 'ms',
      ours: p50.ours,
      baseline: p50.ready,
      target: null,
    }),
  ];
}

export const getStatus: Part = {
  name: 'get-status',
  about: 'get_status with 0, 10,000 and 1,000,000 workflows stored, against a tool that does nothing',
  rounds: 5,
  run: async (options) => {
    const sizes = sizesOf(options.quick);
    const figures: Figure[] = [];
    for (const stored of sizes.stored) figures.push(...(await among(stored, options, sizes)));
    return figures;
  },
};
