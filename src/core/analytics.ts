/** Figures over many workflows, by what they are asked for (DESIGN A5 `/analytics`): how many, what they cost, how long they took. */

import type { AnalyticsView, RankedWorkflow, WorkflowFigures } from './listing.ts';
import type { Percentiles } from './quantiles.ts';
import type { Status } from './workflow.ts';

/** Days of which there are quantiles. */
export const MOST_DAYS_MEASURED = 31;

interface FiguresRequest {
  /** Created at or after, and before: ISO 8601 date or time, UTC where it says nothing else. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Everybody's instead of one's own. The edge has checked that the caller may see that: nothing behind it does. */
  readonly all_owners?: boolean | undefined;
}

/** Of the list that names single workflows; sums are never paged. */
export interface PagedFiguresRequest extends FiguresRequest {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

interface Ranged {
  /** Workflows created in [since, until). Deleted and expired ones are not counted. */
  readonly since: string | null;
  readonly until: string | null;
}

type ByStatus = Readonly<Record<Status, number>>;

/** Of workflows that ended with a result. Quantiles are within `RELATIVE_ERROR` (core/quantiles); null where there is no amount. */
interface Distribution {
  /** Seconds. */
  readonly execution_time: Percentiles | null;
  /** Of those whose price is known. */
  readonly cost_usd: Percentiles | null;
}

export interface SummaryView extends Ranged, Distribution {
  readonly total_workflows: number;
  /** Completed of those that ended, 0 to 1. */
  readonly success_rate: number | null;
  /** Seconds, of those that ended with a result. */
  readonly avg_execution_time: number | null;
  /** USD; null where a price is unknown. */
  readonly total_cost: number | null;
  readonly by_status: ByStatus;
  /** With `all_owners`: the 1,000 with the most workflows, the most first. */
  readonly by_owner?: readonly (WorkflowFigures & { readonly owner: string })[] | undefined;
}

export interface WorkflowsView extends Ranged, Pick<AnalyticsView, 'by_pattern' | 'by_model' | 'by_day' | 'failures'> {
  /** Not ended: pending or running. */
  readonly active_workflows: number;
  readonly completed_workflows: number;
  /** Ended within the last 24 hours. */
  readonly recent_24h: number;
  /** Newest first, whatever their status: a page. */
  readonly recent_task_ids: readonly string[];
  readonly next_cursor?: string | undefined;
  readonly by_status: ByStatus;
  readonly by_owner?: SummaryView['by_owner'];
}

/** Of workflows that ended with a result. */
export interface CostFigures {
  /** Null where a price is unknown. */
  readonly total_cost_usd: number | null;
  readonly average_cost_usd: number | null;
  readonly workflow_count: number;
}

/** With `all_owners` a workflow is named by owner and id, never by its title. */
export type OwnedWorkflow = RankedWorkflow & { readonly owner?: string | undefined };

export interface CostsView extends Ranged, CostFigures {
  readonly by_pattern: readonly (CostFigures & Pick<AnalyticsView['by_pattern'][number], 'orchestrator_type'>)[];
  readonly by_model: readonly (CostFigures & { readonly model: string })[];
  readonly by_day: readonly (CostFigures & { readonly day: string })[];
  readonly by_owner?: readonly (CostFigures & { readonly owner: string })[] | undefined;
  /** A page. Only what cost anything. */
  readonly most_expensive: readonly OwnedWorkflow[];
  readonly next_cursor?: string | undefined;
}

export interface PerformanceFigures extends Distribution {
  /** Workflows that ended with a result. */
  readonly results: number;
  readonly avg_execution_time: number | null;
}

export interface PerformanceView extends Ranged, PerformanceFigures {
  /** How far a quantile may lie from the amount of its rank, as a share of that amount. */
  readonly relative_error: number;
  readonly by_pattern: readonly (PerformanceFigures & Pick<AnalyticsView['by_pattern'][number], 'orchestrator_type'>)[];
  readonly by_model: readonly (PerformanceFigures & { readonly model: string })[];
  /** The latest 31 of the range with at least one workflow. */
  readonly by_day: readonly (PerformanceFigures & { readonly day: string })[];
  readonly by_owner?: readonly (PerformanceFigures & { readonly owner: string })[] | undefined;
  /** A page. */
  readonly slowest: readonly OwnedWorkflow[];
  readonly next_cursor?: string | undefined;
}

/** The four of `/analytics`, over one's own workflows unless `all_owners` says everybody's. */
export interface Figures<Caller> {
  summary(caller: Caller, request?: FiguresRequest): Promise<SummaryView>;
  workflows(caller: Caller, request?: PagedFiguresRequest): Promise<WorkflowsView>;
  costs(caller: Caller, request?: PagedFiguresRequest): Promise<CostsView>;
  performance(caller: Caller, request?: PagedFiguresRequest): Promise<PerformanceView>;
}
