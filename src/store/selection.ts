/** Which workflows are meant: those a list shows, those retention lets go, the one that is erased and why. */

import type { ErasureKind } from '../core/audit.ts';
import type { OrchestratorType, Status, Workflow } from '../core/workflow.ts';

export interface WorkflowQuery {
  readonly owner: string;
  readonly status: Status | null;
  readonly orchestrator_type: OrchestratorType | null;
  /** Words that must all stand in task, title or report; null for no search. Never empty. */
  readonly words: readonly string[] | null;
  /** Created in [since, until), ISO 8601 with milliseconds. */
  readonly since: string | null;
  readonly until: string | null;
  readonly limit: number;
  /** Only those after this one in the order newest first. */
  readonly before: { readonly created_at: string; readonly task_id: string } | null;
}

/** What a list knows of a workflow; the rest is read by its id. */
export type ListedWorkflow = Omit<Workflow, 'config' | 'error' | 'trace' | 'stop'> & {
  /** The wish to stop as it is stored, or null. */
  readonly stop: string | null;
};

export interface FoundWorkflow {
  readonly workflow: ListedWorkflow;
  readonly completeness: 'full' | 'partial' | null;
  /** With words: the passage of task or report that matched, the words in `**`. */
  readonly match: string | null;
}

/** What may go by age, count or size; null where that rule is off. Always by completion time, never an open workflow. */
export interface RetentionRule {
  /** Ended before this, ISO 8601. */
  readonly completed_before: string | null;
  /** Ended workflows to keep: the newest so many. */
  readonly keep_newest: number | null;
  /** Bytes in use in the database; the oldest go while there are more. */
  readonly max_bytes: number | null;
  /** How many of the longest ended ones were found not to go; absent: none. Those that ended next go by size in their place. */
  readonly stuck?: number;
}

export interface Erasure {
  readonly kind: ErasureKind;
  readonly reason: string;
}

/** Workflows that have not ended, everybody's, by what they wait for. */
export interface OpenWorkflows {
  readonly queued: number;
  readonly running: number;
  readonly awaiting_approval: number;
}
