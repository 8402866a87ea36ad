/**
 * `node --expose-gc bench/apart/active-workflows.ts FOLDER COUNT SECONDS`: so many workflows of 11 agents each are active at once in
 * this process; a third waits in its eight Belters, a third in its two Drummers, a third in its Camina. Then the agents of one half
 * get their answers, spread over so many seconds as models give them, and those of the other half all in the same moment. Prints
 * what the heap and the event loop did, as JSON.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { BELTERS, compose } from '../composition.ts';

export interface ActiveWorkflows {
  /** MiB above the idle process, after garbage collection, while all are active. */
  readonly heap: number;
  readonly rss: number;
  /** MiB of heap above the idle process, after garbage collection, once all have ended. */
  readonly heap_after: number;
  /** p99 of the event loop's delay in ms: while they begin, one submitted after the other; */
  readonly delay_begin: number;
  /** while half of them go on and end, their agents' answers spread over time; */
  readonly delay_spread: number;
  /** and while the other half does, all answers coming in the same moment. */
  readonly delay_burst: number;
}

/** Agents of a workflow that are held at each stage. */
const STAGES = [
  { role: 'belter', agents: BELTERS },
  { role: 'drummer', agents: 2 },
  { role: 'camina', agents: 1 },
] as const;

function memory(): { readonly heap: number; readonly rss: number } {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 };
}

/** p99 in ms of what the loop was late by while the work ran. */
async function delayOf(work: () => Promise<void>): Promise<number> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  await work();
  monitor.disable();
  return monitor.percentile(99) / 1e6;
}

/** Holds agents until they are let go, and tells once so many are held. */
class Gate {
  readonly full: Promise<void>;
  readonly #expected: number;
  readonly #filled: () => void;
  readonly #held: (() => void)[] = [];
  #open = false;
  #came = 0;

  constructor(expected: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.full = promise;
    this.#filled = resolve;
    this.#expected = expected;
  }

  async hold(): Promise<void> {
    if (this.#open) return;
    await new Promise<void>((resolve) => {
      this.#held.push(resolve);
      this.#came += 1;
      if (this.#came === this.#expected) this.#filled();
    });
  }

  /** Lets all go, evenly over so many milliseconds, and whoever comes later at once. */
  open(ms: number): void {
    this.#open = true;
    const held = this.#held.splice(0);
    for (const [n, go] of held.entries()) {
      if (ms === 0) go();
      else setTimeout(go, (n / held.length) * ms);
    }
  }
}

function stageOf(n: number): (typeof STAGES)[number] {
  return STAGES[n % STAGES.length] ?? STAGES[0];
}

/** Which half a workflow belongs to: each has its share of every stage. */
function halfOf(n: number): 0 | 1 {
  return Math.floor(n / STAGES.length) % 2 === 0 ? 0 : 1;
}

async function measure(folder: string, count: number, seconds: number): Promise<ActiveWorkflows> {
  const source = join(folder, 'sources');
  mkdirSync(source, { recursive: true });
  const numbers = Array.from({ length: count }, (_, n) => n);
  const agentsIn = (half: number): number =>
    numbers.filter((n) => halfOf(n) === half).reduce((sum, n) => sum + stageOf(n).agents, 0);
  const gates = [new Gate(agentsIn(0)), new Gate(agentsIn(1))] as const;
  const on = await compose({
    file: join(folder, 'active.db'),
    source,
    max_active: count,
    max_agents_total: count * BELTERS,
    gate: async (task, agent_id) => {
      const number = Number(/case (\d+)/.exec(task)?.[1] ?? Number.NaN);
      if (!Number.isNaN(number) && agent_id.startsWith(stageOf(number).role)) await gates[halfOf(number)].hold();
    },
  });
  // Everything is loaded and compiled before the idle process is looked at.
  for (let n = 0; n < 5; n += 1) await (await on.start('What happens to the pages?')).ended;
  const idle = memory();
  const ends: readonly Promise<void>[][] = [[], []];
  const delay_begin = await delayOf(async () => {
    for (const n of numbers) ends[halfOf(n)]?.push((await on.start(`What happens to the pages in case ${n}?`)).ended);
    await Promise.all(gates.map((gate) => gate.full));
  });
  const active = memory();
  const delays: number[] = [];
  for (const [half, gate] of gates.entries()) {
    const end = async (): Promise<void> => {
      gate.open(half === 0 ? seconds * 1000 : 0);
      await Promise.all(ends[half] ?? []);
    };
    delays.push(await delayOf(end));
  }
  for (const half of ends) half.length = 0;
  const after = memory();
  await on.close();
  const [delay_spread = Number.NaN, delay_burst = Number.NaN] = delays;
  return {
    heap: active.heap - idle.heap,
    rss: active.rss - idle.rss,
    heap_after: after.heap - idle.heap,
    delay_begin,
    delay_spread,
    delay_burst,
  };
}

const [folder, count, seconds] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: active-workflows.ts FOLDER COUNT SECONDS');
process.stdout.write(`${JSON.stringify(await measure(folder, Number(count), Number(seconds)))}\n`);
