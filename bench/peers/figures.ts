/** Turns become figures: rates by their median, ratios within each round, latencies pooled; and the tables that tell them. */

import type { Contestant } from './contestants.ts';
import type { Turn } from './session.ts';

interface Row {
  readonly contestant: string;
  readonly concurrency: number;
  /** Workflows a second, of each round. */
  readonly rates: readonly number[];
  readonly rate: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly cpu_ms: number;
  readonly rows: number;
  readonly bytes: number;
  readonly written: number | null;
}

interface Ratio {
  readonly peer: string;
  readonly concurrency: number;
  /** Ours over theirs in workflows a second, of each round. */
  readonly ratios: readonly number[];
  readonly ratio: number;
}

export interface Figures {
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  /** fsync and fdatasync a workflow; null where they could not be counted. */
  readonly syncs: readonly {
    readonly contestant: string;
    readonly concurrency: number;
    readonly syncs: number | null;
  }[];
  readonly fsync_ms: number;
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}

/** Between the two in the middle where their number is even. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

function rate({ sample }: Turn): number {
  return sample.latencies.length / sample.seconds;
}

function row(turns: readonly Turn[]): Row[] {
  const [first] = turns;
  if (first === undefined) return [];
  const rates = turns.map(rate);
  const latencies = turns.flatMap(({ sample }) => sample.latencies);
  const written = turns.map(({ sample }) => sample.written).filter((bytes) => bytes !== null);
  return [
    {
      contestant: first.contestant,
      concurrency: first.concurrency,
      rates,
      rate: median(rates),
      p50_ms: median(latencies),
      p99_ms: quantile(latencies, 0.99),
      cpu_ms: median(turns.map(({ sample }) => sample.cpu_ms)),
      rows: median(turns.map(({ left }) => left.rows)),
      bytes: median(turns.map(({ left }) => left.bytes)),
      written: written.length === 0 ? null : median(written),
    },
  ];
}

function ratio(ours: readonly Turn[], theirs: readonly Turn[]): Ratio[] {
  const [first] = theirs;
  if (first === undefined || ours.length !== theirs.length) return [];
  const ratios = ours.map((turn, n) => rate(turn) / rate(theirs[n] ?? turn));
  return [{ peer: first.contestant, concurrency: first.concurrency, ratios, ratio: median(ratios) }];
}

export function figuresOf(turns: readonly Turn[], syncs: Figures['syncs']): Figures {
  const groups = Map.groupBy(turns, ({ contestant, concurrency }) => `${concurrency} ${contestant}`);
  return {
    rows: [...groups.values()].flatMap(row),
    ratios: [...groups.values()].flatMap((theirs) => {
      const [first] = theirs;
      if (first === undefined || first.contestant === 'ours') return [];
      return ratio(groups.get(`${first.concurrency} ours`) ?? [], theirs);
    }),
    syncs,
    fsync_ms: median(turns.map(({ fsync_ms }) => fsync_ms)),
  };
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, n) => Math.max(title.length, ...body.map((cells) => (cells[n] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, n) => (n < 2 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join(' | ')} |`;
  return [line(head), line(widths.map((width, n) => (n === 0 ? '-' : '').padEnd(width, '-'))), ...body.map(line)].join(
    '\n',
  );
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}

function kilobytes(bytes: number | null): string {
  return bytes === null ? '' : (bytes / 1024).toFixed(0);
}

/** Markdown tables, ready for docs/performance.md. */
export function tables(
  { rows, ratios, syncs, fsync_ms }: Figures,
  told: { readonly asked: readonly Contestant[]; readonly versions: Readonly<Record<string, string>> },
): string {
  const syncsOf = (of: Row): string => {
    const found = syncs.find(
      ({ contestant, concurrency }) => contestant === of.contestant && concurrency === of.concurrency,
    );
    return found?.syncs?.toFixed(1) ?? '';
  };
  const measured = table(
    [
      'at once',
      'contestant',
      'a second',
      'range',
      'p50 ms',
      'p99 ms',
      'CPU ms',
      'rows',
      'KB in file',
      'KB written',
      'fsyncs',
    ],
    rows.map((of) => [
      String(of.concurrency),
      of.contestant,
      of.rate.toFixed(1),
      range(of.rates),
      of.p50_ms.toFixed(1),
      of.p99_ms.toFixed(1),
      of.cpu_ms.toFixed(1),
      of.rows.toFixed(0),
      kilobytes(of.bytes),
      kilobytes(of.written),
      syncsOf(of),
    ]),
  );
  const compared = table(
    ['at once', 'ours over', 'times the workflows a second', 'range'],
    ratios.map((of) => [String(of.concurrency), of.peer, of.ratio.toFixed(2), range(of.ratios)]),
  );
  const versions = Object.entries(told.versions).map(([name, version]) => `${name} ${version}`);
  const who = told.asked.map(
    ({ name, licence, configured, promises }) => `- ${name} (${licence}): ${configured}. Keeps ${promises}`,
  );
  return [
    measured,
    '',
    compared,
    '',
    ...who,
    '',
    `fsync of 4 KB here: ${fsync_ms.toFixed(2)} ms. ${versions.join(', ')}.`,
  ].join('\n');
}
