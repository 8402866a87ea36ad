/**
 * Events over `GET /stream/{id}` to a thousand readers, beside Node's HTTP server writing the same frames to as many answers, with no
 * store and nothing else. Readers are a process of their own, servers too; ours and the bare one take turns.
 */

import { join } from 'node:path';
import type { Delays, Question as Read } from '../apart/streams-read.ts';
import type { Opened, Question as Write, Written } from '../apart/streams-written.ts';
import { Asked } from '../conversation.ts';
import { type Figure, figure } from '../figures.ts';
import type { Part } from '../part.ts';

interface Sizes {
  readonly readers: number;
  readonly workflows: number;
  /** Events of each workflow: before anything is measured, as fast as they can be written, and at a pace. */
  readonly warm: number;
  readonly fast: number;
  readonly paced: number;
}

/** Between two events of a workflow at a pace, as busy agents tell them. */
const EVERY_MS = 100;

interface Taken {
  /** Deliveries a second while events are written as fast as they can be. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server for a delivery at a pace, microseconds. */
  readonly cpu: number;
}

async function taken(args: readonly string[], sizes: Sizes): Promise<Taken> {
  const server = new Asked<Write>('bench/apart/streams-written.ts', args);
  const clients = new Asked<Read>('bench/apart/streams-read.ts');
  try {
    const { port, paths, head } = await server.ask<Opened>({ kind: 'open' });
    await clients.ask({ kind: 'read', port, paths, readers: sizes.readers });
    let last = head;
    const written = async (rounds: number, every_ms: number) => {
      const cpu = await server.ask<number>({ kind: 'cpu' });
      const { committed } = await server.ask<Written>({ kind: 'write', rounds, every_ms });
      const from = last + 1;
      last += rounds;
      await clients.ask({ kind: 'have', seq: last });
      const used = (await server.ask<number>({ kind: 'cpu' })) - cpu;
      return { used, ...(await clients.ask<Delays>({ kind: 'delays', from, committed })) };
    };
    await written(sizes.warm, 0);
    const fast = await written(sizes.fast, 0);
    const paced = await written(sizes.paced, EVERY_MS);
    const { p50, p99 } = paced;
    return {
      rate: (sizes.fast * sizes.readers) / (fast.whole / 1000),
      cpu: (paced.used * 1000) / (sizes.paced * sizes.readers),
      p50,
      p99,
    };
  } finally {
    await clients.end();
    await server.end();
  }
}

const TOLD: readonly (readonly [name: keyof Taken, what: string, unit: string])[] = [
  ['rate', 'deliveries, as fast as events are written', '/s'],
  ['p50', 'from commit to receipt, ten events a second, p50', 'ms'],
  ['p99', 'from commit to receipt, ten events a second, p99', 'ms'],
  ['cpu', 'processor time of the server for a delivery', 'µs'],
];

export const streams: Part = {
  name: 'streams',
  about: 'live events to 1,000 readers, of one workflow and of 100, beside a bare HTTP server',
  rounds: 5,
  run: async ({ folder, quick, rounds, say }) => {
    const figures: Figure[] = [];
    const base = quick ? { readers: 6, warm: 1, fast: 3, paced: 2 } : { readers: 1000, warm: 20, fast: 100, paced: 50 };
    for (const workflows of quick ? [2] : [1, 100]) {
      const sizes: Sizes = { ...base, workflows };
      const ours: Taken[] = [];
      const bare: Taken[] = [];
      for (let round = 0; round < rounds; round += 1) {
        ours.push(await taken(['ours', join(folder, `${workflows}-${round}`), String(workflows)], sizes));
        bare.push(await taken(['bare', String(workflows)], sizes));
        say(
          `${workflows} of ${round + 1}: ${ours.at(-1)?.rate.toFixed(0)} and ${bare.at(-1)?.rate.toFixed(0)} a second`,
        );
      }
      for (const [name, what, unit] of TOLD) {
        figures.push(
          figure({
            what: `${sizes.readers} readers of ${workflows}: ${what}`,
            unit,
            ours: ours.map((one) => one[name]),
            baseline: bare.map((one) => one[name]),
            target: null,
          }),
        );
      }
    }
    return figures;
  },
};
