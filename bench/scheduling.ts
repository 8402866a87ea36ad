/**
 * Scheduling under load: `npm run bench:scheduling`. 200 workflows at once on the real orchestrator over a SQLite file, with
 * a model whose calls take a random time and heed their signal, and with the extractive model on examples/documents. How
 * long the small ones wait behind the big ones, how soon a cancel aborts what is under way (in the process, and as a tool
 * call over stdio), and how long the event loop keeps others waiting, beside a process that idles at the same time.
 *
 * --json FILE, --workflows N, --cancels N, --least-ms N, --most-ms N, --seed N.
 */

import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type LoopDelay, type Spread, watchLoop } from './scheduling/figures.ts';
import { cancelsOverStdio, serve } from './scheduling/over-stdio.ts';
import type { Variant } from './scheduling/parts.ts';
import { type Burst, burst, type Cancels, cancels, type Plan } from './scheduling/runs.ts';

const SCRIPT = fileURLToPath(import.meta.url);

/** Each figure comes from a process of its own, so that none pays for what another left behind. */
const PARTS: Readonly<Record<string, (plan: Plan) => Promise<unknown>>> = {
  burst,
  cancels,
  stdio: (plan) => cancelsOverStdio(SCRIPT, plan),
  serve,
  idle: async () => {
    const loop = watchLoop();
    await new Promise<void>((resolve) => {
      process.once('message', () => resolve());
    });
    return loop.stop();
  },
};

function start(part: string, plan: Plan): { readonly result: Promise<unknown>; readonly stop: () => void } {
  const child = fork(SCRIPT, ['--part', part, JSON.stringify(plan)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const result = new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${part} ended with ${code} and said nothing`)));
  });
  return { result, stop: () => child.send('stop') };
}

/** The figures of a part, and the loop of a process that idled beside it. */
async function measured<T>(part: string, plan: Plan): Promise<T & { readonly idle: LoopDelay }> {
  const idle = start('idle', plan);
  const figures = (await start(part, plan).result) as T;
  idle.stop();
  return { ...figures, idle: (await idle.result) as LoopDelay };
}

type Beside<T> = T & { readonly idle: LoopDelay };

function loopRow({ loop, idle }: Beside<{ readonly loop: LoopDelay }>): object {
  return {
    'loop p50': loop.histogram.p50,
    'loop p99': loop.histogram.p99,
    'loop max': loop.histogram.max,
    'arrival p99': loop.arrival.p99,
    'own p99': loop.own.p99,
    'own max': loop.own.max,
    'idle p99': idle.histogram.p99,
    'idle max': idle.histogram.max,
    'idle arrival p99': idle.arrival.p99,
  };
}

async function all(plan: Omit<Plan, 'variant'>) {
  const of = async (variant: Variant) => ({
    burst: await measured<Burst>('burst', { ...plan, variant }),
    cancels: await measured<Cancels>('cancels', { ...plan, variant }),
  });
  const slow = { ...(await of('slow')), stdio: await measured<Cancels>('stdio', { ...plan, variant: 'slow' }) };
  return { slow, extractive: await of('extractive') };
}

function told({ p50, p99, max }: Spread): string {
  return [p50, p99, max].join(' / ');
}

function waitRow({ small }: Burst): object {
  return {
    'alone, ms (p50)': small.alone_ms.p50,
    'under load, ms (p50 / p99 / max)': told(small.under_load_ms),
    'to alone': told(small.ratio_to_alone),
    'to the ideal share': small.ratio_to_ideal === null ? '-' : told(small.ratio_to_ideal),
  };
}

function latencyRow({ latency_ms, too_late }: Cancels): object {
  return { ...latency_ms, 'ended by themselves': too_late };
}

function show({ slow, extractive }: Awaited<ReturnType<typeof all>>): void {
  console.log('wait of small workflows behind big ones');
  console.table({ slow: waitRow(slow.burst), extractive: waitRow(extractive.burst) });
  console.log('answer to a submission, ms');
  console.table({ slow: slow.burst.answer_ms, extractive: extractive.burst.answer_ms });
  console.log('from the call of cancel to the last aborted call of the model, ms (aim: p99 below 250)');
  console.table({
    'slow, in the process': latencyRow(slow.cancels),
    'slow, over stdio': latencyRow(slow.stdio),
    'extractive, in the process': latencyRow(extractive.cancels),
  });
  console.log('event-loop delay, ms (aim: p99 below 50)');
  console.table({
    'slow, burst': loopRow(slow.burst),
    'slow, cancels': loopRow(slow.cancels),
    'slow, stdio server': loopRow(slow.stdio),
    'extractive, burst': loopRow(extractive.burst),
    'extractive, cancels': loopRow(extractive.cancels),
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string' },
    json: { type: 'string' },
    workflows: { type: 'string', default: '200' },
    cancels: { type: 'string', default: '300' },
    'least-ms': { type: 'string', default: '50' },
    'most-ms': { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
  },
});

if (values.part === undefined) {
  const plan = {
    workflows: Number(values.workflows),
    cancels: Number(values.cancels),
    times: { least_ms: Number(values['least-ms']), most_ms: Number(values['most-ms']) },
    seed: Number(values.seed),
  };
  const figures = await all(plan);
  show(figures);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ plan, ...figures }, null, 2)}\n`);
} else {
  const part = PARTS[values.part];
  if (part === undefined) throw new Error(`no part ${values.part}`);
  const figures = await part(JSON.parse(positionals[0] ?? '{}') as Plan);
  // Alone on the command line, for a profiler.
  if (process.send === undefined) console.log(JSON.stringify(figures, null, 2));
  else if (figures !== undefined) process.send(figures, () => process.disconnect());
}
