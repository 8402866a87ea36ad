/** What a process takes of the machine, as the system tells it, and what it says of itself at /metrics. Linux only. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { MEBIBYTE } from './units.ts';

const CLOCK_TICKS = 100;

export interface Taken {
  readonly rss_mib: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Since it began. */
  readonly cpu_seconds: number;
}

export function taken(pid: number): Taken {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  // The name of the program stands before these and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return {
    rss_mib: field(status, 'VmRSS') / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: field(status, 'Threads'),
    cpu_seconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS,
  };
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
}

/** MiB; 0 where there is no such file. */
export function sizeOf(file: string): number {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) / MEBIBYTE;
}

/** What Prometheus would read: the sum over all label sets that hold `label`. */
export function metric(text: string, name: string, label = ''): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines
    .filter((line) => line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
