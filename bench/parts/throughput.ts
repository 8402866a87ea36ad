/**
 * Workflows a second on a model that takes no time: plan, eight Belters, two Drummers, one Camina, through the real orchestrator,
 * engine and research into a SQLite file at FULL. A workflow counts when its end is durable. The baseline is what SQLite alone needs
 * for the same rows and the same number of commits (raw-rows.ts).
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import SqliteDatabase from 'better-sqlite3';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { BELTERS, compose, type Composition } from '../composition.ts';
import { type Figure, figure, median, quantile } from '../figures.ts';
import type { Part } from '../part.ts';
import { commitsIn, type Left, RawWriter, rowsOf } from '../raw-rows.ts';

const CONCURRENT = 20;

/** Milliseconds from the submission to the durable end of one workflow. */
async function one(on: Composition, n: number): Promise<number> {
  const begin = performance.now();
  const { ended } = await on.start(`What happens to the pages in case ${n}?`);
  await ended;
  return performance.now() - begin;
}

/** What many workflows took: how many ended in a second, and the processor's time for each in milliseconds. */
interface Pace {
  readonly rate: number;
  readonly cpu: number;
}

function paceOf(count: number, spent: { readonly ms: number; readonly cpu: NodeJS.CpuUsage }): Pace {
  return { rate: (count / spent.ms) * 1000, cpu: (spent.cpu.user + spent.cpu.system) / 1000 / count };
}

/** Keeps `CONCURRENT` workflows going until `count` have ended. */
async function many(on: Composition, count: number): Promise<Pace> {
  let next = 0;
  const used = process.cpuUsage();
  const begin = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await one(on, next);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT, count) }, lane));
  return paceOf(count, { ms: performance.now() - begin, cpu: process.cpuUsage(used) });
}

/** What a workflow leaves when it runs alone, not being the first: the text it reads is then stored. */
async function calibrate(on: Composition, file: string): Promise<Left> {
  await one(on, 0);
  const db = new SqliteDatabase(file);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const { task_id, ended } = await on.start('What happens to the pages in the case that is counted?');
  await ended;
  const rows = rowsOf(file, task_id);
  return { task_id, rows, commits: commitsIn(file) };
}

/**
 * Durable commits a workflow when `CONCURRENT` run at a time: another connection looks in every turn of the event loop whether the
 * file has changed. Apart from the rounds that are timed, because looking takes time.
 */
async function commitsAtATime(on: Composition, file: string, count: number): Promise<number> {
  const db = new SqliteDatabase(file, { readonly: true });
  const version = db.prepare<[], number>('PRAGMA data_version').pluck();
  let seen = version.get();
  let commits = 0;
  let next: NodeJS.Immediate | null = null;
  const look = (): void => {
    const current = version.get();
    if (current !== seen) commits += 1;
    seen = current;
    next = setImmediate(look);
  };
  look();
  await many(on, count);
  if (next !== null) clearImmediate(next);
  db.close();
  return commits / count;
}

async function emptyDatabase(file: string): Promise<void> {
  await (await openSqliteStore({ file, clock: systemClock })).close();
}

function rawOneByOne(raw: RawWriter, count: number): readonly number[] {
  return Array.from({ length: count }, () => {
    const prepared = raw.prepare();
    const begin = performance.now();
    raw.write([prepared]);
    return performance.now() - begin;
  });
}

/** The same number of workflows, `CONCURRENT` to a group. */
function rawMany(raw: RawWriter, count: number): Pace {
  const spent = { ms: 0, cpu: { user: 0, system: 0 } };
  for (let made = 0; made < count; made += CONCURRENT) {
    const group = Array.from({ length: Math.min(CONCURRENT, count - made) }, () => raw.prepare());
    const used = process.cpuUsage();
    const begin = performance.now();
    raw.write(group);
    spent.ms += performance.now() - begin;
    const { user, system } = process.cpuUsage(used);
    spent.cpu.user += user;
    spent.cpu.system += system;
  }
  return paceOf(count, spent);
}

interface Rounds {
  readonly pace: { readonly ours: Pace[]; readonly raw: Pace[] };
  readonly p50: { readonly ours: number[]; readonly raw: number[] };
  readonly p99: { readonly ours: number[]; readonly raw: number[] };
}

async function run({ rounds, quick, folder, say }: Parameters<Part['run']>[0]): Promise<readonly Figure[]> {
  const source = join(folder, 'sources');
  mkdirSync(source);
  const file = join(folder, 'ours.db');
  const on = await compose({ file, source });
  const left = await calibrate(on, file);
  const bytes = left.rows.reduce((sum, { row }) => sum + JSON.stringify(row).length, 0);
  say(`a workflow of ${BELTERS}-2-1 leaves ${left.rows.length} rows, ${bytes} bytes, in ${left.commits} commits`);
  const rawFile = join(folder, 'raw.db');
  await emptyDatabase(rawFile);
  const raw = new RawWriter(rawFile, left);
  const [batch, singles] = quick ? [CONCURRENT, 3] : [200, 50];
  const taken: Rounds = { pace: { ours: [], raw: [] }, p50: { ours: [], raw: [] }, p99: { ours: [], raw: [] } };
  try {
    if (!quick) await many(on, batch);
    for (let round = 0; round < rounds; round += 1) {
      taken.pace.ours.push(await many(on, batch));
      taken.pace.raw.push(rawMany(raw, batch));
      const ours: number[] = [];
      for (let n = 0; n < singles; n += 1) ours.push(await one(on, n));
      const alone = rawOneByOne(raw, singles);
      taken.p50.ours.push(median(ours));
      taken.p50.raw.push(median(alone));
      taken.p99.ours.push(quantile(ours, 0.99));
      taken.p99.raw.push(quantile(alone, 0.99));
      say(
        `round ${round + 1}: ${taken.pace.ours.at(-1)?.rate.toFixed(0)} workflows/s, raw ${taken.pace.raw.at(-1)?.rate.toFixed(0)}`,
      );
    }
    const shared = await commitsAtATime(on, file, batch);
    return figures(taken, { alone: left.commits, shared });
  } finally {
    await on.close();
    raw.close();
  }
}

function figures(
  { pace, p50, p99 }: Rounds,
  commits: { readonly alone: number; readonly shared: number },
): readonly Figure[] {
  return [
    figure({
      what: `8-2-1 workflows, ${CONCURRENT} at a time, against raw group-committed inserts`,
      unit: '/s',
      ours: pace.ours.map(({ rate }) => rate),
      baseline: pace.raw.map(({ rate }) => rate),
      target: { of: 'ratio', at: 'least', value: 0.5 },
    }),
    figure({
      what: `processor time of an 8-2-1 workflow, ${CONCURRENT} at a time`,
      unit: 'ms',
      ours: pace.ours.map(({ cpu }) => cpu),
      baseline: pace.raw.map(({ cpu }) => cpu),
      target: null,
    }),
    figure({
      what: 'one 8-2-1 workflow alone, p50',
      unit: 'ms',
      ours: p50.ours,
      baseline: p50.raw,
      target: { of: 'ours', at: 'most', value: 10 },
    }),
    figure({
      what: 'one 8-2-1 workflow alone, p99',
      unit: 'ms',
      ours: p99.ours,
      baseline: p99.raw,
      target: null,
    }),
    figure({
      what: 'durable commits of one 8-2-1 workflow alone',
      unit: '',
      ours: [commits.alone],
      baseline: null,
      target: null,
    }),
    figure({
      what: `durable commits a workflow, ${CONCURRENT} at a time`,
      unit: '',
      ours: [commits.shared],
      // Where all go in step, each commit serves all of them; that is how the raw rows are written.
      baseline: [commits.alone / CONCURRENT],
      target: null,
    }),
  ];
}

export const throughput: Part = {
  name: 'throughput',
  about: 'workflows a second on a model that takes no time, against raw inserts of the same rows',
  rounds: 7,
  run,
};
