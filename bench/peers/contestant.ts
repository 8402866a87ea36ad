/** What a contestant is, and the child process that runs one of them: opens, warms up, waits for the word, measures, closes. */

import { readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { checkReport } from './workload.ts';

export interface Opened {
  /** What durability rests on, as read back from a connection configured like the one in use. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Runs one workflow, from the request to the report in hand, everything durable. `n` is different for each. */
  readonly workflow: (n: number) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Opens a contestant on a file that does not exist yet, for so many workflows at once. */
export type Open = (file: string, concurrency: number) => Promise<Opened>;

export interface Assignment {
  readonly contestant: string;
  readonly file: string;
  readonly concurrency: number;
  readonly warmup: number;
  readonly workflows: number;
  /** Where to leave a CPU profile of the measured part; null for none. */
  readonly profile: string | null;
}

export interface Sample {
  readonly seconds: number;
  /** Milliseconds from request to report, one for each workflow. */
  readonly latencies: readonly number[];
  /** Milliseconds of processor time for each workflow, all threads. */
  readonly cpu_ms: number;
  /** Bytes handed to the disk for each workflow; null where the system does not tell. */
  readonly written: number | null;
}

export type Message =
  | { readonly kind: 'ready'; readonly settings: Opened['settings'] }
  | { readonly kind: 'measured'; readonly sample: Sample };

/** Storage writes of this process so far, as Linux counts them. */
function bytesWritten(): number | null {
  if (process.platform !== 'linux') return null;
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? Number.NaN);
}

/** So many loops, each starting its next workflow when its last one is done. */
async function runAll(opened: Opened, work: { readonly from: number; readonly count: number; readonly loops: number }) {
  const latencies: number[] = [];
  let next = work.from;
  const loop = async (): Promise<void> => {
    while (next < work.from + work.count) {
      const n = next;
      next += 1;
      const begun = performance.now();
      const report = await opened.workflow(n);
      latencies.push(performance.now() - begun);
      checkReport(report);
    }
  };
  await Promise.all(Array.from({ length: work.loops }, loop));
  return latencies;
}

async function measure(opened: Opened, task: Assignment): Promise<Sample> {
  const cpu = process.cpuUsage();
  const before = bytesWritten();
  const begun = performance.now();
  const latencies = await runAll(opened, { from: task.warmup, count: task.workflows, loops: task.concurrency });
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = bytesWritten();
  return {
    seconds,
    latencies,
    cpu_ms: (user + system) / 1000 / task.workflows,
    written: before === null || after === null ? null : (after - before) / task.workflows,
  };
}

/** As `measure`, watched by the profiler: neither start-up nor warming up is in its profile. */
async function profiled(opened: Opened, task: Assignment & { readonly profile: string }): Promise<Sample> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  const sample = await measure(opened, task);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  writeFileSync(task.profile, JSON.stringify(profile));
  return sample;
}

async function told(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('message', () => resolve());
  });
}

function say(message: Message): void {
  process.send?.(message);
}

async function perform(task: Assignment): Promise<void> {
  const module = (await import(new URL(`contestants/${task.contestant}.ts`, import.meta.url).href)) as { open: Open };
  const opened = await module.open(task.file, task.concurrency);
  await runAll(opened, { from: 0, count: task.warmup, loops: task.concurrency });
  const go = told();
  say({ kind: 'ready', settings: opened.settings });
  await go;
  const { profile } = task;
  const sample = await (profile === null ? measure(opened, task) : profiled(opened, { ...task, profile }));
  await opened.close();
  say({ kind: 'measured', sample });
  process.disconnect();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await perform(JSON.parse(process.argv[2] ?? '') as Assignment);
}
