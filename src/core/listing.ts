/** What clients see of many workflows at once: the list, and the figures over all of them (DESIGN A3). */

import type { OrchestratorType, Phase, Status } from './workflow.ts';

export interface ListRequest {
  readonly status?: Status | undefined;
  readonly orchestrator_type?: OrchestratorType | undefined;
  /** Words that must all stand in the task, the title or the report. */
  readonly query?: string | undefined;
  /** Created at or after, and before: ISO 8601 date or time, UTC where it says nothing else. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface WorkflowSummary {
  readonly task_id: string;
  readonly title: string | null;
  /** The first 200 characters. */
  readonly task: string;
  readonly status: Status;
  readonly phase: Phase;
  readonly orchestrator_type: OrchestratorType;
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly completeness: 'full' | 'partial' | null;
  readonly resumed_from?: string | undefined;
  /** It runs, and no process works on it. */
  readonly interrupted?: true | undefined;
  /** With a query: the place that matched, the words in `**`. */
  readonly match?: string | undefined;
}

export interface ListView {
  /** Newest first. */
  readonly workflows: readonly WorkflowSummary[];
  readonly next_cursor?: string | undefined;
}

export interface AnalyticsRequest {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Figures of one group of workflows. Rates and averages are null where there is nothing to divide by. */
export interface WorkflowFigures {
  readonly total_workflows: number;
  /** Completed of those that ended, 0 to 1. */
  readonly success_rate: number | null;
  /** Seconds, of those that ended with a result. */
  readonly avg_execution_time: number | null;
  /** Null where a price is unknown. */
  readonly total_cost_usd: number | null;
}

export interface RankedWorkflow {
  readonly task_id: string;
  /** The title, or the beginning of the task. */
  readonly title: string | null;
  readonly orchestrator_type: OrchestratorType;
  readonly status: Status;
  /** Seconds. */
  readonly execution_time: number;
  readonly cost_usd: number | null;
}

/** Workflows created in [since, until). Deleted and expired ones are not counted. */
export interface AnalyticsView {
  readonly since: string | null;
  readonly until: string | null;
  readonly totals: WorkflowFigures & { readonly by_status: Readonly<Record<Status, number>> };
  readonly by_pattern: readonly (WorkflowFigures & { readonly orchestrator_type: OrchestratorType })[];
  readonly by_model: readonly (WorkflowFigures & { readonly model: string })[];
  /** UTC days with at least one workflow, oldest first; the latest 366. */
  readonly by_day: readonly (WorkflowFigures & { readonly day: string })[];
  /** Ten at most, each list. Most expensive: only what cost anything. */
  readonly slowest: readonly RankedWorkflow[];
  readonly most_expensive: readonly RankedWorkflow[];
  /** Errors of failed workflows, the most frequent first. */
  readonly failures: readonly {
    readonly code: string;
    readonly count: number;
    readonly last_task_id: string;
    readonly last_at: string;
  }[];
}
