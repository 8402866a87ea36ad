/** Figures over all workflows of an owner, or of all owners: what is read of each group adds up. */

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
  sizesOf,
  type Sums,
  workflowFigures,
} from '../figures.ts';
import type { Range } from '../spans.ts';
import type { Chosen } from './chosen.ts';
import { type FigureReads, MOST_DAYS, prepareFigures } from './figures.ts';
import { type Reading, snapshot } from './session.ts';
import { prepareSingle, type Ranking, type SingleReads } from './single-figures.ts';

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
  let prepared: (FigureReads & SingleReads) | null = null;
  const asking = <T>(selection: Selection, answer: (asked: Asked) => T): Promise<T> =>
    snapshot(session, () => {
      // Prepared when they are first asked for: most processes never are.
      const reads = (prepared ??= { ...prepareFigures(session.db), ...prepareSingle(session.db) });
      const owners = selection.owner === null ? reads.owners() : [selection.owner];
      const of = { ...selection, owners: JSON.stringify(owners) };
      const [ended, open] = [reads.sums(of), reads.open(selection)];
      return answer({ reads, of, ended, open, sums: [...ended, ...open] });
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
  readonly reads: FigureReads & SingleReads;
  readonly of: Chosen;
  /** What has ended, what has not, and both. */
  readonly ended: readonly Sums[];
  readonly open: readonly Sums[];
  readonly sums: readonly Sums[];
}

function figures(asked: Asked): AnalyticsView {
  const { of, sums } = asked;
  const top = { limit: MOST, after: null };
  return {
    ...rangeOf(of),
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
  const { of, sums } = asked;
  const { total_cost_usd, ...all } = workflowFigures(sums);
  const { execution_time, cost_usd } = performanceFigures(sums, asked.reads.sizes(of));
  return {
    ...rangeOf(of),
    ...all,
    total_cost: total_cost_usd,
    by_status: byStatus(sums),
    execution_time,
    cost_usd,
    ...withOwners(of, () => byOwner(sums, workflowFigures)),
  };
}

function workflows(asked: Asked, page: RecentPage): RecentWorkflows {
  const { reads, of, sums } = asked;
  const by_status = byStatus(sums);
  return {
    ...rangeOf(of),
    active_workflows: by_status.pending + by_status.running,
    completed_workflows: by_status.completed,
    recent_24h: reads.endedSince(of, page.ended_after),
    recent: reads.recent(of, page),
    by_status,
    by_pattern: grouped(sums, 'orchestrator_type', workflowFigures),
    by_model: grouped(sums, 'model', workflowFigures),
    by_day: days(asked, workflowFigures),
    failures: failures(asked),
    ...withOwners(of, () => byOwner(sums, workflowFigures)),
  };
}

function costs(asked: Asked, page: RankPage): CostsView {
  const { of, sums } = asked;
  return {
    ...rangeOf(of),
    ...costFigures(sums),
    by_pattern: grouped(sums, 'orchestrator_type', costFigures),
    by_model: grouped(sums, 'model', costFigures),
    by_day: days(asked, costFigures),
    ...withOwners(of, () => byOwner(sums, costFigures)),
    most_expensive: ranking(asked, 'dearest', page),
  };
}

function performance(asked: Asked, page: RankPage): PerformanceView {
  const { of, sums } = asked;
  const measured = asked.reads.sizes(of);
  const by = <K extends keyof Group>(key: K) => {
    const own = sizesOf(measured, key);
    return (some: readonly Sums[], value: Group[K]) => performanceFigures(some, own(value));
  };
  return {
    ...rangeOf(of),
    relative_error: RELATIVE_ERROR,
    ...performanceFigures(sums, measured),
    by_pattern: grouped(sums, 'orchestrator_type', by('orchestrator_type')),
    by_model: grouped(sums, 'model', by('model')),
    by_day: measuredDays(asked),
    ...withOwners(of, () => byOwner(sums, by('owner'))),
    slowest: ranking(asked, 'slowest', page),
  };
}

function rangeOf({ since, until }: Range): Range {
  return { since, until };
}

function withOwners<T>({ owner }: Selection, told: () => T): { readonly by_owner?: T } {
  return owner === null ? { by_owner: told() } : {};
}

function days<T>(
  { reads, of, open }: Asked,
  told: (own: readonly Sums[]) => T,
): readonly (T & { readonly day: string })[] {
  return grouped([...reads.daily(of), ...open], 'day', told).slice(-MOST_DAYS);
}

/** The latest days: of each, every size of every result is read. */
function measuredDays(asked: Asked): PerformanceView['by_day'] {
  const { reads, of } = asked;
  const latest = days(asked, (own) => ({ own })).slice(-MOST_DAYS_MEASURED);
  const [first] = latest;
  if (first === undefined) return [];
  const begin = `${first.day}T00:00:00.000Z`;
  const since = of.since === null || of.since < begin ? begin : of.since;
  const sizes = sizesOf(reads.dailySizes({ ...of, since }), 'day');
  return latest.map(({ day, own }) => ({ day, ...performanceFigures(own, sizes(day)) }));
}

function failures({ reads, ended, of }: Asked): AnalyticsView['failures'] {
  const counts = failureCounts(ended);
  const codes = counts.map(({ code }) => code);
  const last = new Map(reads.lastFailures(codes, of).map((one) => [one.code, one]));
  return counts.flatMap(({ code, count }) => {
    const found = last.get(code);
    return found === undefined ? [] : [{ code, count, last_task_id: found.last_task_id, last_at: found.last_at }];
  });
}

/** What names one of somebody else's workflows does not tell what it is about. */
function ranking({ reads, ended, of }: Asked, by: Ranking, page: RankPage) {
  const bounded = of.since !== null || of.until !== null;
  const all = bounded ? countOf(reads.sums({ ...of, since: null, until: null })) : 0;
  const share = all === 0 ? 1 : countOf(ended) / all;
  return reads
    .ranked(by, { of, share }, page)
    .map(({ amount: _of, owner, ...one }) => (of.owner === null ? { ...one, owner, title: null } : one));
}

function countOf(sums: readonly Sums[]): number {
  return sums.reduce((all, { workflows: some }) => all + some, 0);
}
