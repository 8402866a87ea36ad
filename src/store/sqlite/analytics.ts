/** Figures over all workflows of an owner, or of all owners: what is read of each owner adds up. */

import { type CostsView, MOST_DAYS_MEASURED, type PerformanceView, type SummaryView } from '../../core/analytics.ts';
import type { AnalyticsView } from '../../core/listing.ts';
import { RELATIVE_ERROR } from '../../core/quantiles.ts';
import type { AnalyticsVerbs, RankPage, RecentPage, RecentWorkflows, Selection } from '../analytics.ts';
import {
  byOwner,
  byStatus,
  costFigures,
  failureCounts,
  type Group,
  grouped,
  performanceFigures,
  type SizeCount,
  sizesOf,
  type Sums,
  workflowFigures,
} from '../figures.ts';
import type { Range } from '../spans.ts';
import { type FigureReads, MOST_DAYS, prepareFigures, type RankedRow, type Ranking, type Recent } from './figures.ts';
import { type Reading, snapshot } from './session.ts';

const MOST = 10;

export type AnalyticsReads = Omit<AnalyticsVerbs, 'countMore'>;

/** One question over the port, as it goes to the thread that reads. */
export type AnalyticsRead = {
  [Verb in keyof AnalyticsReads]: { readonly kind: Verb; readonly asked: Parameters<AnalyticsReads[Verb]> };
}[keyof AnalyticsReads];

export function answerTo(verbs: AnalyticsReads, read: AnalyticsRead): Promise<unknown> {
  if (read.kind === 'figures') return verbs.figures(...read.asked);
  if (read.kind === 'summary') return verbs.summary(...read.asked);
  if (read.kind === 'workflows') return verbs.workflows(...read.asked);
  if (read.kind === 'costs') return verbs.costs(...read.asked);
  return verbs.performance(...read.asked);
}

export function analyticsVerbs(session: Reading): AnalyticsReads {
  let prepared: FigureReads | null = null;
  const asking = <T>(selection: Selection, answer: (asked: Asked) => T): Promise<T> =>
    snapshot(session, () => {
      // Prepared when they are first asked for: most processes never are.
      const reads = (prepared ??= prepareFigures(session.db));
      const owners = selection.owner === null ? reads.owners() : [selection.owner];
      const sums = owners.flatMap((owner) => reads.sums(owner, selection));
      return answer({ reads, selection, owners, sums });
    });
  return {
    figures: (owner, range) => asking({ owner, ...rangeOf(range) }, figures),
    summary: (selection) => asking(selection, summary),
    workflows: (selection, page) => asking(selection, (asked) => workflows(asked, page)),
    costs: (selection, page) => asking(selection, (asked) => costs(asked, page)),
    performance: (selection, page) => asking(selection, (asked) => performance(asked, page)),
  };
}

/** What a question is about, and the sums that every answer begins with. */
interface Asked {
  readonly reads: FigureReads;
  readonly selection: Selection;
  readonly owners: readonly string[];
  readonly sums: readonly Sums[];
}

function figures(asked: Asked): AnalyticsView {
  const { selection, sums } = asked;
  const top = { limit: MOST, after: null };
  return {
    ...rangeOf(selection),
    totals: { ...workflowFigures(sums), by_status: byStatus(sums) },
    by_pattern: grouped(sums, 'orchestrator_type', workflowFigures),
    by_model: grouped(sums, 'model', workflowFigures),
    by_day: days(asked, workflowFigures),
    slowest: ranking(asked, 'slowest', top),
    most_expensive: ranking(asked, 'dearest', top),
    failures: failures(asked),
  };
}

function summary(asked: Asked): SummaryView {
  const { selection, sums } = asked;
  const { total_cost_usd, ...all } = workflowFigures(sums);
  const { execution_time, cost_usd } = performanceFigures(sums, sizes(asked));
  return {
    ...rangeOf(selection),
    ...all,
    total_cost: total_cost_usd,
    by_status: byStatus(sums),
    execution_time,
    cost_usd,
    ...withOwners(selection, () => byOwner(sums, workflowFigures)),
  };
}

function workflows(asked: Asked, page: RecentPage): RecentWorkflows {
  const { reads, selection, owners, sums } = asked;
  const by_status = byStatus(sums);
  const newest = owners.flatMap((owner) => reads.recent(owner, selection, page));
  return {
    ...rangeOf(selection),
    active_workflows: by_status.pending + by_status.running,
    completed_workflows: by_status.completed,
    recent_24h: reads.endedSince(selection.owner, selection, page.ended_after),
    recent: newest.toSorted((a, b) => (newer(a, b) ? -1 : 1)).slice(0, page.limit),
    by_status,
    by_pattern: grouped(sums, 'orchestrator_type', workflowFigures),
    by_model: grouped(sums, 'model', workflowFigures),
    by_day: days(asked, workflowFigures),
    failures: failures(asked),
    ...withOwners(selection, () => byOwner(sums, workflowFigures)),
  };
}

function costs(asked: Asked, page: RankPage): CostsView {
  const { selection, sums } = asked;
  return {
    ...rangeOf(selection),
    ...costFigures(sums),
    by_pattern: grouped(sums, 'orchestrator_type', costFigures),
    by_model: grouped(sums, 'model', costFigures),
    by_day: days(asked, costFigures),
    ...withOwners(selection, () => byOwner(sums, costFigures)),
    most_expensive: ranking(asked, 'dearest', page),
  };
}

function performance(asked: Asked, page: RankPage): PerformanceView {
  const { selection, sums } = asked;
  const measured = sizes(asked);
  const by = <K extends keyof Group>(key: K) => {
    const own = sizesOf(measured, key);
    return (some: readonly Sums[], value: Group[K]) => performanceFigures(some, own(value));
  };
  return {
    ...rangeOf(selection),
    relative_error: RELATIVE_ERROR,
    ...performanceFigures(sums, measured),
    by_pattern: grouped(sums, 'orchestrator_type', by('orchestrator_type')),
    by_model: grouped(sums, 'model', by('model')),
    by_day: measuredDays(asked),
    ...withOwners(selection, () => byOwner(sums, by('owner'))),
    slowest: ranking(asked, 'slowest', page),
  };
}

function rangeOf({ since, until }: Range): Range {
  return { since, until };
}

function withOwners<T>({ owner }: Selection, told: () => T): { readonly by_owner?: T } {
  return owner === null ? { by_owner: told() } : {};
}

function sizes({ reads, owners, selection }: Asked): readonly SizeCount[] {
  return owners.flatMap((owner) => reads.sizes(owner, selection));
}

function days<T>(
  { reads, owners, selection }: Asked,
  told: (own: readonly Sums[]) => T,
): readonly (T & { readonly day: string })[] {
  const daily = owners.flatMap((owner) => reads.daily(owner, selection));
  return grouped(daily, 'day', told).slice(-MOST_DAYS);
}

/** The latest days: of each, every size of every result is read. */
function measuredDays(asked: Asked): PerformanceView['by_day'] {
  const { reads, owners, selection } = asked;
  const latest = days(asked, (own) => ({ own })).slice(-MOST_DAYS_MEASURED);
  const [first] = latest;
  if (first === undefined) return [];
  const begin = `${first.day}T00:00:00.000Z`;
  const since = selection.since === null || selection.since < begin ? begin : selection.since;
  const measured = owners.flatMap((owner) => reads.dailySizes(owner, { since, until: selection.until }));
  const of = sizesOf(measured, 'day');
  return latest.map(({ day, own }) => ({ day, ...performanceFigures(own, of(day)) }));
}

function failures({ reads, owners, sums, selection }: Asked): AnalyticsView['failures'] {
  const last = new Map(
    owners
      .flatMap((owner) => reads.lastFailures(owner, selection))
      .toSorted((a, b) => (a.last_at < b.last_at ? -1 : 1))
      .map((one) => [one.code, one]),
  );
  return failureCounts(sums).flatMap(({ code, count }) => {
    const found = last.get(code);
    return found === undefined ? [] : [{ code, count, last_task_id: found.last_task_id, last_at: found.last_at }];
  });
}

/** What names one of somebody else's workflows does not tell what it is about. */
function ranking({ reads, owners, sums, selection }: Asked, by: Ranking, page: RankPage) {
  const inRange = Map.groupBy(sums, ({ owner }) => owner);
  const bounded = selection.since !== null || selection.until !== null;
  const rows = owners.flatMap((owner) => {
    const all = bounded ? countOf(reads.sums(owner, { since: null, until: null })) : 0;
    const share = all === 0 ? 1 : countOf(inRange.get(owner) ?? []) / all;
    return reads.ranked(by, { owner, range: selection, share }, page);
  });
  const shown = rows.toSorted((a, b) => (higher(a, b) ? -1 : 1)).slice(0, page.limit);
  return shown.map(({ amount: _of, owner, ...one }) =>
    selection.owner === null ? { ...one, owner, title: null } : one,
  );
}

function countOf(sums: readonly Sums[]): number {
  return sums.reduce((all, { workflows: some }) => all + some, 0);
}

function higher(a: RankedRow, b: RankedRow): boolean {
  return a.amount > b.amount || (a.amount === b.amount && a.task_id < b.task_id);
}

function newer(a: Recent, b: Recent): boolean {
  return a.created_at > b.created_at || (a.created_at === b.created_at && a.task_id > b.task_id);
}
