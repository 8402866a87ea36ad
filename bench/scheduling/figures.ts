/** Percentiles, and how long an event loop keeps whoever arrives waiting. */

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

export interface Spread {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    samples: values.length,
    p50: rounded(at(sorted, 0.5)),
    p99: rounded(at(sorted, 0.99)),
    max: rounded(sorted.at(-1) ?? Number.NaN),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

export interface LoopDelay {
  /** Of `monitorEventLoopDelay` less its resolution: each of its timer's firings counts once, however long it was late. */
  readonly histogram: Spread;
  /**
   * What something that arrives at a random moment waits for the next turn. A block of 500 ms is one firing among thousands
   * for the histogram, and half a second in which everybody waits.
   */
  readonly arrival: Waits;
  /**
   * The same with the processor time of each turn for its length: what the program itself needs, without what the disk and
   * other processes on the machine take.
   */
  readonly own: Waits;
}

interface Waits {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const RESOLUTION_MS = 1;
const NANOSECONDS = 1e6;

/** Measures until `stop` is called. */
export function watchLoop(): { stop(): LoopDelay } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const turns: Turn[] = [];
  let last = { at: performance.now(), used: threadTime() };
  let timer: NodeJS.Timeout;
  const fire = (): void => {
    const now = { at: performance.now(), used: threadTime() };
    turns.push({ length: now.at - last.at, own: now.used - last.used });
    last = now;
    timer = setTimeout(fire, RESOLUTION_MS);
  };
  histogram.enable();
  timer = setTimeout(fire, RESOLUTION_MS);
  const of = (nanoseconds: number): number => rounded(Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS));
  return {
    stop: () => {
      clearTimeout(timer);
      histogram.disable();
      return {
        histogram: {
          samples: histogram.count,
          p50: of(histogram.percentile(50)),
          p99: of(histogram.percentile(99)),
          max: of(histogram.max),
        },
        arrival: waits(turns, ({ length }) => length),
        own: waits(turns, ({ own }) => own),
      };
    },
  };
}

interface Turn {
  /** Milliseconds; `own` of them on the processor. */
  readonly length: number;
  readonly own: number;
}

function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Who arrives at a random moment finds a turn that still keeps them waiting longer than x for its length less x. */
function waits(turns: readonly Turn[], kept: (turn: Turn) => number): Waits {
  const total = turns.reduce((sum, { length }) => sum + length, 0);
  const most = turns.reduce((max, turn) => Math.max(max, kept(turn)), 0);
  const longer = (wait: number): number => turns.reduce((sum, turn) => sum + Math.max(0, kept(turn) - wait), 0) / total;
  const quantile = (share: number): number => {
    let [low, high] = [0, most];
    while (high - low > 0.01) {
      const middle = (low + high) / 2;
      if (longer(middle) > 1 - share) low = middle;
      else high = middle;
    }
    return rounded(high);
  };
  return { p50: quantile(0.5), p99: quantile(0.99), max: rounded(most) };
}

/** Milliseconds on a clock that all processes of the machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / NANOSECONDS;
}

/** Waits until it holds, looking every few milliseconds; throws after `limit_ms`. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, limit_ms = 300_000): Promise<void> {
  const end = performance.now() + limit_ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${limit_ms} ms: ${what}`);
    await pause(5);
  }
}
