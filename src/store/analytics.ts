/** The port of figures over many workflows: what a store answers without reading each of them. */

import type { CostsView, PerformanceView, SummaryView, WorkflowsView } from '../core/analytics.ts';
import type { AnalyticsView } from '../core/listing.ts';
import type { Range } from './spans.ts';

/** Workflows created in the range: of one owner, or of all where it is null. */
export interface Selection extends Range {
  readonly owner: string | null;
}

/** Of a list in the order of an amount, falling, and of ids where it is equal. */
export interface RankPage {
  readonly limit: number;
  /** The last of the page before: millionths of a second or a dollar. */
  readonly after: { readonly amount: number; readonly task_id: string } | null;
}

export interface RecentPage {
  readonly limit: number;
  /** The last of the page before. */
  readonly before: { readonly created_at: string; readonly task_id: string } | null;
  /** What ended after this counts as recent. */
  readonly ended_after: string;
}

export interface AnalyticsVerbs {
  /** Workflows of the owner created in [since, until). */
  figures(owner: string, range: Range): Promise<AnalyticsView>;
  summary(selection: Selection): Promise<SummaryView>;
  workflows(selection: Selection, page: RecentPage): Promise<RecentWorkflows>;
  costs(selection: Selection, page: RankPage): Promise<CostsView>;
  performance(selection: Selection, page: RankPage): Promise<PerformanceView>;
  /**
   * Counts the next few of the workflows that a former release left uncounted; false once there is none. Until then answers are
   * the same and take as long as it takes to read all of them.
   */
  countMore(): Promise<boolean>;
}

export interface RecentWorkflows extends Omit<WorkflowsView, 'recent_task_ids'> {
  readonly recent: readonly { readonly created_at: string; readonly task_id: string }[];
}
