/** Looks at the service every few seconds while it works: what it takes, and how late it is. */

import { quantile } from '../figures.ts';
import type { Client } from './client.ts';
import { metric, sizeOf, taken } from './readings.ts';
import type { Running } from './service.ts';
import type { Sample, Tolerance } from './trend.ts';
import { MEBIBYTE, sleep } from './units.ts';

/** How the samples of a piece of time become one. */
type Joined = 'least' | 'median' | 'most';

export interface Quantity {
  readonly what: string;
  readonly unit: string;
  readonly joined: Joined;
  /** Null for what is told and may grow. */
  readonly tolerance: Tolerance | null;
}

const NOTHING: Tolerance = { absolute: 1, share: 0 };

/** So many looks from one collection to the next: each stops the service for some 100 ms, which is not to be what is measured. */
const COLLECTED_EVERY = 5;

/**
 * What is looked at. Of the heap the least of each piece of time counts: what is left after a collection, and that alone is what
 * is kept.
 */
export const QUANTITIES = {
  heap: { what: 'heap after collection', unit: 'MiB', joined: 'least', tolerance: { absolute: 2, share: 0.05 } },
  external: { what: 'memory beside the heap', unit: 'MiB', joined: 'least', tolerance: { absolute: 2, share: 0.05 } },
  rss: { what: 'resident memory', unit: 'MiB', joined: 'median', tolerance: { absolute: 4, share: 0.05 } },
  descriptors: { what: 'open files and connections', unit: '', joined: 'median', tolerance: NOTHING },
  handles: { what: 'active handles of Node', unit: '', joined: 'median', tolerance: NOTHING },
  threads: { what: 'threads', unit: '', joined: 'median', tolerance: NOTHING },
  wal: { what: 'write-ahead log', unit: 'MiB', joined: 'most', tolerance: { absolute: 1, share: 0.1 } },
  loop: { what: 'event-loop delay p99', unit: 'ms', joined: 'median', tolerance: { absolute: 5, share: 0.5 } },
  answer: { what: 'answers p50', unit: 'ms', joined: 'median', tolerance: { absolute: 2, share: 0.5 } },
  slow: { what: 'answers p99', unit: 'ms', joined: 'median', tolerance: null },
  processor: { what: 'processor time of one core', unit: '%', joined: 'median', tolerance: null },
  database: { what: 'database, which keeps everything', unit: 'MiB', joined: 'most', tolerance: null },
} as const satisfies Readonly<Record<string, Quantity>>;

export type Name = keyof typeof QUANTITIES;
export type Samples = Readonly<Record<Name, readonly Sample[]>>;

interface Watching {
  readonly service: Running;
  readonly client: Client;
  readonly every_ms: number;
  readonly until: number;
  readonly told: (values: Readonly<Record<Name, number>>) => void;
}

export async function watch({ service, client, every_ms, until, told }: Watching): Promise<Samples> {
  const samples = Object.fromEntries(Object.keys(QUANTITIES).map((name) => [name, []])) as unknown as Record<
    Name,
    Sample[]
  >;
  let before = { at: performance.now(), cpu: taken(service.pid).cpu_seconds };
  for (let looks = 1; performance.now() < until; looks += 1) {
    await sleep(every_ms);
    if (looks % COLLECTED_EVERY === 0) await service.collect();
    const at = performance.now();
    const values = await look(service, client, before);
    before = { at, cpu: values.cpu };
    for (const name of Object.keys(QUANTITIES) as Name[]) samples[name].push({ at, value: values[name] });
    told(values);
  }
  return samples;
}

async function look(service: Running, client: Client, before: { readonly at: number; readonly cpu: number }) {
  const { rss_mib, descriptors, threads, cpu_seconds: cpu } = taken(service.pid);
  const at = performance.now();
  const text = await client.text('/metrics', 'admin');
  const latencies = client.latencies.splice(0);
  return {
    cpu,
    heap: metric(text, 'nodejs_heap_size_used_bytes') / MEBIBYTE,
    external: metric(text, 'nodejs_external_memory_bytes') / MEBIBYTE,
    rss: rss_mib,
    descriptors,
    handles: metric(text, 'nodejs_active_handles'),
    threads,
    wal: sizeOf(`${service.database}-wal`),
    loop: metric(text, 'beltalowda_event_loop_delay_seconds', 'quantile="0.99"') * 1000,
    answer: latencies.length === 0 ? 0 : quantile(latencies, 0.5),
    slow: latencies.length === 0 ? 0 : quantile(latencies, 0.99),
    processor: ((cpu - before.cpu) / ((at - before.at) / 1000)) * 100,
    database: sizeOf(service.database),
  };
}
