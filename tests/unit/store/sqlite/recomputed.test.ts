/**
 * Every figure there is, over random rows of all kinds, against the same worked out from each row: while a former release's
 * workflows are counted a few at a time, others end and are erased by two processes. `SEED` repeats a run.
 */

import { expect, onTestFinished, test } from 'vitest';
import type { CostFigures, PerformanceFigures } from '../../../../src/core/analytics.ts';
import type { RankedWorkflow, WorkflowFigures } from '../../../../src/core/listing.ts';
import { RELATIVE_ERROR, type Percentiles } from '../../../../src/core/quantiles.ts';
import { isTerminal, STATUSES, type Status } from '../../../../src/core/workflow.ts';
import type { RankPage } from '../../../../src/store/analytics.ts';
import { countMore } from '../../../../src/store/sqlite/migrations/0006-figures.ts';
import { openSqliteStore, sqliteMaintenance } from '../../../../src/store/sqlite/sqlite.ts';
import type { Selection, Store } from '../../../../src/store/store.ts';
import { end, ERASURE, ERROR, idOf, reportOf, ROOM, submission, take } from '../../../contract/rows.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { Random } from '../../../support/random.ts';
import { SEED } from '../../../support/sizes.ts';
import { raw } from '../../../support/raw.ts';

const FORMER = 100;
const LATER = 40;
const OWNERS = ['ceres', 'eros', 'tycho'] as const;
const CODES = ['STEP_TIMEOUT', 'ALL_AGENTS_FAILED', 'AGENT_SILENT'] as const;
/** Ends of hours, days, months, a year and a February, and times within them. */
const TIMES = [
  '2024-02-28T23:59:59.999Z',
  '2024-02-29T00:00:00.000Z',
  '2024-02-29T23:59:59.999Z',
  '2024-03-01T00:00:00.000Z',
  '2025-12-31T23:59:59.999Z',
  '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00.001Z',
  '2026-01-15T12:30:00.500Z',
  '2026-01-31T23:59:59.999Z',
  '2026-02-01T00:00:00.000Z',
  '2026-02-02T00:00:00.000Z',
  '2026-02-02T08:00:00.000Z',
];

interface Row {
  readonly task_id: string;
  readonly owner: string;
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly orchestrator_type: string;
  readonly model: string;
  readonly status: Status;
  readonly code: string | null;
  /** Whole millionths; null without a result, or without a price. */
  readonly time: number | null;
  readonly cost: number | null;
}

/** What is there, read as it stands. */
function rowsOf(file: string): readonly Row[] {
  return raw(file, (db) =>
    db
      .prepare<[], Omit<Row, 'model' | 'code'> & { readonly config: string; readonly error_record: string | null }>(
        `SELECT w.task_id, owner, w.created_at, completed_at, orchestrator_type, config, status, error_record,
           CAST(round(execution_time * 1e6) AS INTEGER) AS time, CAST(round(total_cost * 1e6) AS INTEGER) AS cost
         FROM workflows AS w LEFT JOIN results AS r ON r.task_id = w.task_id WHERE erased_at IS NULL`,
      )
      .all()
      .map(({ config, error_record, ...row }) => ({
        ...row,
        model: (JSON.parse(config) as { readonly model?: string }).model ?? 'unknown',
        code: error_record === null ? null : (JSON.parse(error_record) as { readonly code: string }).code,
      })),
  );
}

/** Workflows that ended under a release that counted nothing. */
function former(file: string, random: Random): void {
  raw(file, (db) => {
    const workflow = db.prepare(
      `INSERT INTO workflows (task_id, orchestrator_type, task, status, created_at, completed_at, config, owner, phase,
         input_hash, salt, error_record)
       VALUES (?, ?, 'How?', ?, ?, ?, ?, ?, 'done', '', 's', ?)`,
    );
    const result = db.prepare(
      "INSERT INTO results (task_id, result, execution_time, total_cost, created_at) VALUES (?, '{}', ?, ?, '')",
    );
    db.exec('BEGIN');
    for (let n = 0; n < FORMER; n += 1) {
      const status = random.pick(['completed', 'completed', 'failed', 'cancelled'] as const);
      const model = random.pick(['{"model":"extractive"}', '{"model":"vendor/large"}', '{}']);
      const error = status === 'failed' ? JSON.stringify({ code: random.pick(CODES) }) : null;
      const ended = `2026-02-0${1 + random.below(9)}T00:00:0${random.below(9)}.000Z`;
      const kind = random.pick(['beltalowda', 'swarm']);
      workflow.run(idOf(n), kind, status, random.pick(TIMES), ended, model, random.pick(OWNERS), error);
      // Without a price few are: a sum that holds one is unknown.
      const cost = random.chance(0.02) ? null : random.pick([0, 0.5, random.below(1e6) / 1e6]);
      if (status === 'completed' || random.chance(0.5)) result.run(idOf(n), random.below(1e7) / 1e3, cost);
    }
    db.exec("DELETE FROM figures; INSERT INTO figures_to_come VALUES ('', ''); COMMIT");
  });
}

function sum(amounts: readonly (number | null)[]): number {
  return amounts.reduce<number>((all, one) => all + (one ?? 0), 0);
}

function withResult(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ time }) => time !== null);
}

function averageTime(rows: readonly Row[]): number | null {
  const all = withResult(rows);
  return all.length === 0 ? null : sum(all.map(({ time }) => time)) / 1e6 / all.length;
}

function costsOf(rows: readonly Row[]): CostFigures {
  const all = withResult(rows);
  const total = all.some(({ cost }) => cost === null) ? null : sum(all.map(({ cost }) => cost)) / 1e6;
  const average_cost_usd = total === null || all.length === 0 ? null : total / all.length;
  return { total_cost_usd: total, average_cost_usd, workflow_count: all.length };
}

function workflowsOf(rows: readonly Row[]): WorkflowFigures {
  const ended = rows.filter(({ status }) => isTerminal(status)).length;
  const completed = rows.filter(({ status }) => status === 'completed').length;
  return {
    total_workflows: rows.length,
    success_rate: ended === 0 ? null : completed / ended,
    avg_execution_time: averageTime(rows),
    total_cost_usd: costsOf(rows).total_cost_usd,
  };
}

/** The exact quantiles, each in the place of one that is as near as is said. */
function exactly(found: Percentiles | null | undefined, amounts: readonly (number | null)[]): Percentiles | null {
  const sorted = amounts.filter((one) => one !== null).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const at = (name: keyof Percentiles, share: number): number => {
    const exact = (sorted[Math.ceil((share * sorted.length) / 100) - 1] ?? Number.NaN) / 1e6;
    const told = found?.[name] ?? Number.NaN;
    return Math.abs(told - exact) <= exact * RELATIVE_ERROR + 1e-6 ? told : exact;
  };
  return { p50: at('p50', 50), p90: at('p90', 90), p95: at('p95', 95), p99: at('p99', 99) };
}

function performanceOf(found: PerformanceFigures | undefined, rows: readonly Row[]): PerformanceFigures {
  return {
    results: withResult(rows).length,
    avg_execution_time: averageTime(rows),
    execution_time: exactly(
      found?.execution_time,
      rows.map(({ time }) => time),
    ),
    cost_usd: exactly(
      found?.cost_usd,
      rows.map(({ cost }) => cost),
    ),
  };
}

/** By each value of a key, in the order of the values. */
function by<T>(
  rows: readonly Row[],
  key: string,
  of: { readonly value: (row: Row) => string; readonly told: (rows: readonly Row[], n: number) => T },
) {
  return [...Map.groupBy(rows, of.value)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, own], n) => ({ [key]: value, ...of.told(own, n) }));
}

const DAY = (row: Row): string => row.created_at.slice(0, 10);
const OWNER = (row: Row): string => row.owner;
const KIND = (row: Row): string => row.orchestrator_type;
const MODEL = (row: Row): string => row.model;

function ranked(rows: readonly Row[], amount: 'time' | 'cost') {
  return rows
    .filter((row) => row.time !== null && row[amount] !== null && (amount === 'time' || row[amount] !== 0))
    .toSorted((a, b) => (b[amount] ?? 0) - (a[amount] ?? 0) || (a.task_id < b.task_id ? -1 : 1))
    .map(({ task_id }) => task_id);
}

/** All pages of a ranking, one after the other. */
async function paged(store: Store, selection: Selection, amount: 'time' | 'cost'): Promise<readonly string[]> {
  const seen: string[] = [];
  let after: RankPage['after'] = null;
  for (;;) {
    const list = await listed(store, selection, { amount, after });
    seen.push(...list.map(({ task_id }) => task_id));
    const last = list.at(-1);
    if (last === undefined) return seen;
    const of = amount === 'time' ? last.execution_time : (last.cost_usd ?? 0);
    after = { amount: Math.round(of * 1e6), task_id: last.task_id };
  }
}

interface Page {
  readonly amount: 'time' | 'cost';
  readonly after: RankPage['after'];
}

async function listed(store: Store, selection: Selection, { amount, after }: Page): Promise<readonly RankedWorkflow[]> {
  const page = { limit: 9, after };
  if (amount === 'time') return (await store.analytics.performance(selection, page)).slowest;
  return (await store.analytics.costs(selection, page)).most_expensive;
}

/** How often each failed, and when last. */
function failuresOf(rows: readonly Row[]) {
  const failed = rows.filter((row): row is Row & { readonly code: string } => row.code !== null);
  return [...Map.groupBy(failed, ({ code }) => code)]
    .map(([code, own]) => ({
      code,
      count: own.length,
      last_at: own.reduce((last, { completed_at }) => (last > (completed_at ?? '') ? last : (completed_at ?? '')), ''),
    }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

async function expectCounts({ analytics }: Store, rows: readonly Row[], selection: Selection): Promise<void> {
  const summary = await analytics.summary(selection);
  const workflows = await analytics.workflows(selection, { limit: 5, before: null, ended_after: '2026-02-04' });
  const by_status = Object.fromEntries(STATUSES.map((one) => [one, rows.filter((row) => row.status === one).length]));
  const { total_cost_usd: total_cost, ...whole } = workflowsOf(rows);
  expect(summary).toMatchObject({ ...whole, total_cost, by_status });
  expect(workflows).toMatchObject({
    by_status,
    active_workflows: rows.filter(({ status }) => !isTerminal(status)).length,
    recent_24h: rows.filter(({ completed_at }) => completed_at !== null && completed_at > '2026-02-04').length,
    by_pattern: by(rows, 'orchestrator_type', { value: KIND, told: workflowsOf }),
    by_model: by(rows, 'model', { value: MODEL, told: workflowsOf }),
    by_day: by(rows, 'day', { value: DAY, told: workflowsOf }),
    failures: failuresOf(rows),
  });
  if (selection.owner !== null) return;
  const owners = by(rows, 'owner', { value: OWNER, told: workflowsOf });
  expect(summary.by_owner?.toSorted((a, b) => (a.owner < b.owner ? -1 : 1))).toEqual(owners);
}

async function expectAmounts(store: Store, rows: readonly Row[], selection: Selection): Promise<void> {
  const page = { limit: 5, after: null };
  const costs = await store.analytics.costs(selection, page);
  const performance = await store.analytics.performance(selection, page);
  expect(costs).toMatchObject({
    ...costsOf(rows),
    by_pattern: by(rows, 'orchestrator_type', { value: KIND, told: costsOf }),
    by_model: by(rows, 'model', { value: MODEL, told: costsOf }),
    by_day: by(rows, 'day', { value: DAY, told: costsOf }),
  });
  const near =
    (list: readonly PerformanceFigures[]) =>
    (own: readonly Row[], n: number): PerformanceFigures =>
      performanceOf(list[n], own);
  expect(performance).toMatchObject({
    ...performanceOf(performance, rows),
    by_pattern: by(rows, 'orchestrator_type', { value: KIND, told: near(performance.by_pattern) }),
    by_model: by(rows, 'model', { value: MODEL, told: near(performance.by_model) }),
    by_day: by(rows, 'day', { value: DAY, told: near(performance.by_day) }),
  });
  for (const amount of ['time', 'cost'] as const) {
    expect(await paged(store, selection, amount)).toEqual(ranked(rows, amount));
  }
}

async function expectRecomputed(store: Store, all: readonly Row[], selection: Selection): Promise<void> {
  const { owner, since, until } = selection;
  const rows = all.filter(
    (row) =>
      (owner === null || row.owner === owner) &&
      (since === null || row.created_at >= since) &&
      (until === null || row.created_at < until),
  );
  await expectCounts(store, rows, selection);
  await expectAmounts(store, rows, selection);
}

async function expectAll(store: Store, file: string, random: Random): Promise<void> {
  const rows = rowsOf(file);
  for (const owner of [...OWNERS, null]) {
    const [since = '', until = ''] = [random.pick(TIMES), random.pick(TIMES)].toSorted();
    const range = { since: random.chance(0.3) ? null : since, until: random.chance(0.3) ? null : until };
    await expectRecomputed(store, rows, { owner, ...range });
  }
  await expectRecomputed(store, rows, { owner: null, since: null, until: null });
}

test(`figures are those of the rows whoever writes them, and however many are counted (SEED=${SEED})`, async () => {
  const file = `${await temporaryFolder()}/a.db`;
  const clock = new FakeClock();
  const random = new Random(SEED);
  const stores = [await openSqliteStore({ file, clock }), await openSqliteStore({ file, clock })] as const;
  onTestFinished(async () => {
    for (const store of stores) await store.close();
  });
  former(file, random);
  await expectAll(stores[0], file, random);
  const open: string[] = [];
  for (let n = FORMER; n < FORMER + LATER; n += 1) {
    const store = random.pick(stores);
    const config = { ...submission(n).config, model: random.pick(['extractive', 'vendor/large']) };
    await store.workflows.create(submission(n, { owner: random.pick(OWNERS), config }), ROOM);
    open.push(idOf(n));
    if (random.chance(0.7)) {
      const task_id = random.pick(open);
      open.splice(open.indexOf(task_id), 1);
      const failed = random.chance(0.3) ? ({ status: 'failed', error: ERROR, result: null } as const) : {};
      const amounts = { execution_time: random.below(1e6) / 1e3, total_cost: random.below(1e6) / 1e6 };
      const { hold } = await take(random.pick(stores), { task_id });
      await store.workflows.finish(hold, end({ result: reportOf('text'), ...amounts, ...failed }));
    }
    const ended = rowsOf(file).filter(({ status }) => isTerminal(status));
    if (random.chance(0.3)) await random.pick(stores).workflows.erase(random.pick(ended).task_id, ERASURE);
    if (random.chance(0.3)) raw(file, (db) => db.transaction(() => countMore(db, 1 + random.below(30)))());
    if (n % 20 === 0) await expectAll(random.pick(stores), file, random);
    clock.jump(random.below(8) * 3_600_000);
  }
  await sqliteMaintenance({ file, clock }).migrate();
  await expectAll(stores[1], file, random);
  expect(raw(file, (db) => db.prepare('SELECT count(*) FROM figures_to_come').pluck().get())).toBe(0);
});
