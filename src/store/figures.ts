/** What figures are made of: sums over groups of workflows, and how groups add up. The same for every store. */

import type { CostFigures, PerformanceFigures } from '../core/analytics.ts';
import type { WorkflowFigures } from '../core/listing.ts';
import { type Bucket, percentiles } from '../core/quantiles.ts';
import { isTerminal, type OrchestratorType, STATUSES, type Status } from '../core/workflow.ts';

/** What workflows are grouped by. A day of '' is any. */
export interface Group {
  readonly owner: string;
  readonly orchestrator_type: OrchestratorType;
  readonly model: string;
  readonly day: string;
}

export interface Sums extends Group {
  readonly status: Status;
  /** '' where there is no error. */
  readonly code: string;
  readonly workflows: number;
  /** Workflows that left a result. */
  readonly results: number;
  /** Results whose price is known. */
  readonly priced: number;
  /** Whole numbers: so any order of adding gives the same. */
  readonly microseconds: number;
  readonly microusd: number;
}

/** How many results of a group are of one size, in time or in cost. */
export interface SizeCount extends Bucket, Group {
  readonly measure: 'time' | 'cost';
}

const MICRO = 1e6;
/** Owners shown. */
const MOST_OWNERS = 1000;

function sumOf(sums: readonly Sums[], amount: (one: Sums) => number): number {
  return sums.reduce((all, one) => all + amount(one), 0);
}

export function byStatus(sums: readonly Sums[]): Record<Status, number> {
  const count = (status: Status): number => sumOf(sums, (one) => (one.status === status ? one.workflows : 0));
  return Object.fromEntries(STATUSES.map((status) => [status, count(status)])) as Record<Status, number>;
}

/** Sizes by the group they belong to, so that no group looks through those of all. */
export function sizesOf<K extends keyof Group>(
  sizes: readonly SizeCount[],
  key: K,
): (value: Group[K]) => readonly SizeCount[] {
  const own = Map.groupBy(sizes, (one): Group[K] => one[key]);
  return (value) => own.get(value) ?? [];
}

/** What each group is told as, in the order of its key. */
export function grouped<K extends keyof Group, T>(
  sums: readonly Sums[],
  key: K,
  told: (own: readonly Sums[], value: Group[K]) => T,
): readonly (T & Record<K, Group[K]>)[] {
  return [...Map.groupBy(sums, (one): Group[K] => one[key])]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, own]) => ({ ...({ [key]: value } as Record<K, Group[K]>), ...told(own, value) }));
}

/** The owners with the most workflows. */
export function byOwner<T>(
  sums: readonly Sums[],
  told: (own: readonly Sums[], owner: string) => T,
): readonly (T & { readonly owner: string })[] {
  const many = (own: readonly Sums[]): number => sumOf(own, (one) => one.workflows);
  return grouped(sums, 'owner', (own, owner) => ({ own, owner, many: many(own) }))
    .toSorted((a, b) => b.many - a.many)
    .slice(0, MOST_OWNERS)
    .map(({ own, owner }) => ({ owner, ...told(own, owner) }));
}

export function workflowFigures(sums: readonly Sums[]): WorkflowFigures {
  const ended = sumOf(sums, ({ status, workflows }) => (isTerminal(status) ? workflows : 0));
  const completed = sumOf(sums, ({ status, workflows }) => (status === 'completed' ? workflows : 0));
  return {
    total_workflows: sumOf(sums, (one) => one.workflows),
    success_rate: ended === 0 ? null : completed / ended,
    avg_execution_time: averageTime(sums),
    total_cost_usd: costFigures(sums).total_cost_usd,
  };
}

function averageTime(sums: readonly Sums[]): number | null {
  const results = sumOf(sums, (one) => one.results);
  return results === 0 ? null : sumOf(sums, (one) => one.microseconds) / MICRO / results;
}

export function costFigures(sums: readonly Sums[]): CostFigures {
  const workflow_count = sumOf(sums, (one) => one.results);
  const known = sumOf(sums, (one) => one.priced) === workflow_count;
  const total_cost_usd = known ? sumOf(sums, (one) => one.microusd) / MICRO : null;
  const average_cost_usd = total_cost_usd === null || workflow_count === 0 ? null : total_cost_usd / workflow_count;
  return { total_cost_usd, average_cost_usd, workflow_count };
}

export function performanceFigures(sums: readonly Sums[], sizes: readonly SizeCount[]): PerformanceFigures {
  const of = (measure: SizeCount['measure']) =>
    percentiles(
      sizes.filter((one) => one.measure === measure),
      MICRO,
    );
  return {
    results: sumOf(sums, (one) => one.results),
    avg_execution_time: averageTime(sums),
    execution_time: of('time'),
    cost_usd: of('cost'),
  };
}

/** Each failure's code and how often, the most frequent first. */
export function failureCounts(sums: readonly Sums[]): readonly { readonly code: string; readonly count: number }[] {
  const counts = Map.groupBy(
    sums.filter(({ code }) => code !== ''),
    ({ code }) => code,
  );
  return [...counts]
    .map(([code, own]) => ({ code, count: sumOf(own, (one) => one.workflows) }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
