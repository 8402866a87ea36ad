/**
 * `get_status` of an ended 8-2-1 workflow over stdio, beside a tool that does nothing in a bare SDK server: same SDK, same kind
 * of pipe, same client, one call of each in turn. In an almost empty database and in full ones.
 */

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Client } from '@modelcontextprotocol/client';
import { type Figure, figure, median, quantile } from '../figures.ts';
import { type Filled, filledDatabase } from '../filled.ts';
import type { Part, PartOptions } from '../part.ts';
import { BARE, connected, OURS } from '../served.ts';

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

interface Clients {
  readonly ours: Client;
  readonly bare: Client;
}

/** One call of each in turn, each time about another workflow. */
async function turns({ ours, bare }: Clients, { whole }: Filled, count: number) {
  const taken = { ours: [] as number[], bare: [] as number[] };
  for (let n = 0; n < count; n += 1) {
    // A step that visits them all before it comes back, and neighbours never in a row.
    const task_id = whole[(n * 617) % whole.length] ?? '';
    taken.ours.push(await call(ours, 'get_status', task_id));
    taken.bare.push(await call(bare, 'nothing', task_id));
  }
  return taken;
}

async function among(stored: number, options: PartOptions, sizes: Sizes): Promise<readonly Figure[]> {
  const home = join(options.folder, `home-${stored}`);
  mkdirSync(home);
  const file = join(home, 'beltalowda.db');
  const filled = await filledDatabase(file, { workflows: stored + 1, whole: WHOLE, searchable: false });
  options.say(`${stored} workflows stored, ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`);
  const clients: Clients = { ours: await connected(OURS, home), bare: await connected(BARE, home) };
  const p50 = { ours: [] as number[], bare: [] as number[] };
  const p99 = { ours: [] as number[], bare: [] as number[] };
  try {
    await turns(clients, filled, sizes.warm);
    for (let round = 0; round < options.rounds; round += 1) {
      const taken = await turns(clients, filled, sizes.calls);
      for (const who of ['ours', 'bare'] as const) {
        p50[who].push(median(taken[who]));
        p99[who].push(quantile(taken[who], 0.99));
      }
    }
  } finally {
    await clients.ours.close();
    await clients.bare.close();
  }
  const target = { of: 'ratio', at: 'most', value: 1.5 } as const;
  const told = ([share, { ours, bare }]: [string, typeof p50]): Figure =>
    figure({ what: `get_status with ${stored} stored, ${share}`, unit: 'ms', ours, baseline: bare, target });
  return [told(['p50', p50]), told(['p99', p99])];
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
