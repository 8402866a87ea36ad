/**
 * The soak: `npm run bench:soak -- [--minutes N] [--rate N] [--json FILE] [--dir FOLDER] [--heap-snapshots]`. The real binary
 * serves for half an hour under a steady load of everything its clients do; what it takes of the machine is sampled, and each
 * quantity is judged by its slope over the last two thirds. Linux only. Prints a Markdown table; the exit code is 1 where
 * something grows or was answered wrongly.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { quantile } from './figures.ts';
import { Client } from './soak/client.ts';
import { Load, OWNERS } from './soak/load.ts';
import { openReceiver } from './soak/receiver.ts';
import { taken } from './soak/readings.ts';
import { startService } from './soak/service.ts';
import { lastPart, pieces, type Trend, trend } from './soak/trend.ts';
import { sleep } from './soak/units.ts';
import { type Name, QUANTITIES, type Samples, watch } from './soak/watch.ts';

const LOOK_MS = 5000;
/** What is judged; before, the process warms up. */
const JUDGED = 2 / 3;
/** So many pieces of time, each long enough that the heap is collected in it. */
const PIECES = 12;
/** Connections that nobody uses are kept a minute, and are then let go. */
const REST_MS = 75_000;

interface Plan {
  readonly minutes: number;
  /** Submissions a second. */
  readonly rate: number;
  readonly json: string | null;
  readonly folder: string;
  readonly snapshots: boolean;
}

function planned(argv: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '0.5' },
      json: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
      'heap-snapshots': { type: 'boolean', default: false },
    },
  });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  if (!(minutes > 0 && rate > 0)) throw new RangeError('--minutes and --rate take numbers above 0');
  const json = values.json === undefined ? null : resolve(values.json);
  return { minutes, rate, json, folder: resolve(values.dir), snapshots: values['heap-snapshots'] };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const JOIN = {
  least: (values: readonly number[]) => Math.min(...values),
  median: (values: readonly number[]) => quantile(values, 0.5),
  most: (values: readonly number[]) => Math.max(...values),
} as const;

type Trends = Readonly<Record<Name, Trend>>;

function trendsOf(samples: Samples): Trends {
  const names = Object.keys(QUANTITIES) as Name[];
  const trends = names.map((name) => {
    const { joined, tolerance } = QUANTITIES[name];
    const judged = lastPart(samples[name], JUDGED);
    const piece = ((judged.at(-1)?.at ?? 0) - (judged[0]?.at ?? 0)) / PIECES;
    const without = { absolute: Number.POSITIVE_INFINITY, share: 0 };
    return [name, trend(pieces(judged, Math.max(piece, 2 * LOOK_MS), JOIN[joined]), tolerance ?? without)];
  });
  return Object.fromEntries(trends) as Trends;
}

function table(trends: Trends): string {
  const rows = (Object.keys(QUANTITIES) as Name[]).map((name) => {
    const { what, unit, tolerance } = QUANTITIES[name];
    const { median, least, most, slope, slope_from, slope_to, grown, flat } = trends[name];
    const verdict = tolerance === null ? '–' : flat ? 'flat' : 'grows';
    const range = `${shown(median)}${unit === '' ? '' : ` ${unit}`} (${shown(least)}–${shown(most)})`;
    return [what, range, `${shown(slope)} (${shown(slope_from)} to ${shown(slope_to)})`, shown(grown), verdict];
  });
  const head = ['what', 'median (range)', 'slope an hour (95 %)', 'grown', 'verdict'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

interface Soaked {
  readonly trends: Trends;
  readonly samples: Samples;
  readonly wrong: readonly string[];
}

async function soaked(plan: Plan, home: string): Promise<Soaked> {
  const receiver = await openReceiver();
  const service = await startService({
    home,
    owners: OWNERS,
    settings: { BELTALOWDA_FETCH_ALLOW: receiver.host },
    node: plan.snapshots ? ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${plan.folder}`] : [],
    log: join(home, 'service.log'),
  });
  const client = new Client(service);
  const load = new Load({ service, client, receiver, every_ms: 1000 / plan.rate });
  const idle = taken(service.pid);
  await load.begin();
  const began = performance.now();
  const length = plan.minutes * 60_000;
  if (plan.snapshots)
    for (const share of [1 / 3, 0.98]) setTimeout(() => process.kill(service.pid, 'SIGUSR2'), length * share);
  let looked = 0;
  const samples = await watch({
    service,
    client,
    every_ms: LOOK_MS,
    until: began + length,
    told: (values) => {
      looked += 1;
      if (looked % 12 !== 1) return;
      const words = (Object.keys(QUANTITIES) as Name[]).map((name) => `${name} ${shown(values[name])}`).join(', ');
      say(`${((performance.now() - began) / 60_000).toFixed(1)} min: ${words}; ${load.counts.submitted} submitted`);
    },
  });
  await load.end();
  say(`${JSON.stringify(load.counts)}, ${client.answers} answers, ${client.faultCount} wrong ones`);
  await delivered(client, receiver.taken);
  await sleep(REST_MS);
  const rest = taken(service.pid);
  say(`at rest before: ${told(idle)}; after: ${told(rest)}`);
  const code = await service.stop();
  const wrong = [...client.faults];
  if (code !== 0) wrong.push(`the service ended with ${code}`);
  receiver.close();
  return { trends: trendsOf(samples), samples, wrong };
}

interface Rest {
  readonly rss_mib: number;
  readonly descriptors: number;
  readonly threads: number;
}

function told({ rss_mib, descriptors, threads }: Rest): string {
  return `${shown(rss_mib)} MiB, ${descriptors} descriptors, ${threads} threads`;
}

/** Every message that was due has been taken; what was turned down came again. */
async function delivered(client: Client, taken_there: () => number): Promise<void> {
  for (;;) {
    const { webhooks } = await client.ask('/webhook/deliveries', { owner: 'ann' });
    const [{ deliveries, pending, dead, failures } = NO_HOOK] = webhooks as readonly Hook[];
    if (pending > 0) {
      await sleep(1000);
      continue;
    }
    say(
      `webhook: ${deliveries} delivered, ${failures} attempts failed, ${dead} given up, ${taken_there()} taken there`,
    );
    if (dead > 0 || taken_there() < deliveries) client.fault(`${deliveries} delivered, ${dead} given up`);
    return;
  }
}

interface Hook {
  readonly deliveries: number;
  readonly failures: number;
  readonly pending: number;
  readonly dead: number;
}
const NO_HOOK: Hook = { deliveries: 0, failures: 0, pending: 0, dead: 1 };

async function main(plan: Plan): Promise<void> {
  mkdirSync(plan.folder, { recursive: true });
  const home = mkdtempSync(join(plan.folder, 'beltalowda-soak-'));
  try {
    const { trends, samples, wrong } = await soaked(plan, home);
    console.log(table(trends));
    for (const fault of wrong) say(`wrong: ${fault}`);
    const grows = Object.values(trends).some(({ flat }) => !flat);
    if (grows || wrong.length > 0) process.exitCode = 1;
    if (plan.json !== null) {
      const { minutes, rate } = plan;
      writeFileSync(
        plan.json,
        `${JSON.stringify({ minutes, rate, node: process.version, trends, samples, wrong }, null, 2)}\n`,
      );
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

await main(planned(process.argv.slice(2)));
