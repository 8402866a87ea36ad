/**
 * What clients see: the answers of the public contract (DESIGN A3), the same over every edge. Field names are binding;
 * outside tests rely on them. Dollars at the edges: money is USD, null where a price is unknown.
 */

import type { AuditView, DeleteView, ReplayView } from './audit.ts';
import type { Claim } from './claim.ts';
import type { ErrorRecord } from './errors.ts';
import type { WorkflowEvent } from './event.ts';
import type { AnalyticsRequest, AnalyticsView, ListRequest, ListView } from './listing.ts';
import type { Course, InputsRequest } from './pattern-inputs.ts';
import type { SubtaskEdit } from './plan.ts';
import type { Citations, Missing, ReportSource } from './report.ts';
import type { Domain, SkippedFile } from './source.ts';
import type { BudgetRequest, BudgetView, Estimate, Spend, SpendReport } from './spend.ts';
import type { Trace } from './trace.ts';
import type { OrchestratorType, Phase, Status } from './workflow.ts';

/** A request for research, as any edge hands it in. */
export interface StartRequest extends InputsRequest {
  readonly task: string;
  readonly title?: string | undefined;
  readonly orchestrator_type?: OrchestratorType | undefined;
  readonly agents?: number | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly domains?: readonly Domain[] | undefined;
  readonly context?: string | undefined;
  /** Plays every role then; absent: those that are configured. */
  readonly model?: string | undefined;
  /** Below what is configured; who sits at the command line may go beyond. */
  readonly budget?: BudgetRequest | undefined;
  readonly idempotency_key?: string | undefined;
  readonly dry_run?: boolean | undefined;
  /** Stop once the plan is there, until `resume` approves it, as it is or edited. */
  readonly require_approval?: boolean | undefined;
  /** Kept with the workflow; not part of what makes two requests the same. */
  readonly trace?: Trace | undefined;
}

/** What `resume` changes. Nothing given: carry on, or go on from an ended workflow's journal. */
export interface ResumeRequest {
  /** For a workflow that awaits approval: start its agents. */
  readonly approve?: boolean | undefined;
  /** Edited subtasks: all of them, also the unchanged. Approves a workflow that awaits approval. */
  readonly plan?: readonly SubtaskEdit[] | undefined;
  /** For an ended workflow: more agents than it had. */
  readonly agents?: number | undefined;
  /** For an ended workflow: caps for what is still to be done. What is not said stays as it was. */
  readonly budget?: BudgetRequest | undefined;
  /** For an ended workflow: who does what is still to be done, `provider/model`. What is finished stays as it was made. */
  readonly model?: string | undefined;
  /** For an ended workflow: what to read instead of its sources, anew. */
  readonly sources?: readonly string[] | undefined;
  /** Kept with the new workflow. */
  readonly trace?: Trace | undefined;
}

/** Who asks, and what they may name. */
export interface Caller {
  readonly owner: string;
  /**
   * The user at the command line: any path may be a source, and a budget may pass what is configured. Who is not trusted names
   * paths below the roots and lower budgets.
   */
  readonly trusted: boolean;
}

export interface StartView {
  /** Absent for a dry run, which creates nothing. */
  readonly task_id?: string | undefined;
  readonly status: Status;
  readonly phase: Phase;
  readonly orchestrator_type: OrchestratorType;
  readonly created_at: string | null;
  readonly estimate: Estimate;
  readonly poll_after_seconds: number;
  readonly version: number;
  readonly queue_position?: number | undefined;
  /** An earlier workflow with the very same input that was broken off: it can be carried on instead. */
  readonly broken_off?: string | undefined;
  /** The ended workflow this one goes on from. */
  readonly resumed_from?: string | undefined;
  readonly model: string;
  /** Which model writes, and what to set for another. */
  readonly model_note: string;
}

export type AgentStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface AgentView {
  readonly agent_id: string;
  /** belter, drummer, camina, or a swarm domain. */
  readonly role: string;
  readonly domain?: Domain | undefined;
  readonly objective: string;
  readonly status: AgentStatus;
  /** What it is doing, or did last, in a short human phrase. */
  readonly activity: string;
  readonly last_activity_at: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly attempts: number;
  readonly claims: number | null;
  readonly tokens: number;
  readonly cost_usd: number | null;
  readonly error?: ErrorRecord | undefined;
}

export interface StatusView {
  readonly task_id: string;
  readonly status: Status;
  readonly phase: Phase;
  readonly orchestrator_type: OrchestratorType;
  readonly task: string;
  readonly version: number;
  /** 0 to 1, never falling. */
  readonly progress: number;
  readonly agents: readonly AgentView[];
  readonly spend: Spend;
  readonly budget: BudgetView;
  readonly queue_position?: number | undefined;
  /** It runs, and no process works on it: the one that did is gone. Whoever takes it up carries on. */
  readonly interrupted?: true | undefined;
  /** How often the workflow was carried on by another or a later process. */
  readonly resumed: number;
  readonly resumed_from?: string | undefined;
  /** While the workflow awaits approval: its subtasks, as `resume` takes them back edited. */
  readonly plan?: readonly SubtaskEdit[] | undefined;
  readonly trace?: Trace | undefined;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly recent_events: readonly WorkflowEvent[];
  readonly poll_after_seconds: number;
  readonly model: string;
  readonly model_note: string;
  /** Why it failed; before its end, what keeps the process that is asked from going on with it: a full disk. */
  readonly error?: ErrorRecord | undefined;
}

export const DETAILS = ['summary', 'report', 'evidence'] as const;
type Detail = (typeof DETAILS)[number];

export interface ResultOptions {
  readonly section?: string | undefined;
  readonly cursor?: string | undefined;
  readonly max_chars?: number | undefined;
  readonly detail?: Detail | undefined;
}

/** A claim as `detail: evidence` shows it. */
export type EvidenceClaim = Pick<
  Claim,
  'claim_id' | 'text' | 'source_id' | 'quote' | 'start' | 'end' | 'label' | 'agent_id' | 'location'
>;

export interface ResultView {
  readonly task_id: string;
  readonly status: Status;
  /** Null until the workflow has ended, and when nothing could be kept. */
  readonly completeness: 'full' | 'partial' | null;
  readonly missing: readonly Missing[];
  readonly title: string | null;
  readonly summary: string | null;
  readonly sections: readonly { readonly id: string; readonly heading: string; readonly chars: number }[];
  /** The page of the report asked for. Empty while the workflow runs. */
  readonly text: string;
  readonly next_cursor?: string | undefined;
  readonly sources: readonly ReportSource[];
  /** Files that could not be used, and why; the first 200. */
  readonly skipped: readonly SkippedFile[];
  readonly citations: Citations | null;
  /** Where the pattern had to decide something: which branch, or how many rounds, and why. */
  readonly course?: Course | undefined;
  readonly claims?: readonly EvidenceClaim[] | undefined;
  /** What wrote the report. */
  readonly model: string;
  readonly model_note: string;
  readonly spend: SpendReport;
  /** Seconds from start to end, or null before the end. */
  readonly execution_time: number | null;
  /** The report as files, each readable as a resource. */
  readonly documents: readonly DocumentLink[];
  /** Present while the workflow has not ended. */
  readonly poll_after_seconds?: number | undefined;
  readonly error?: ErrorRecord | undefined;
}

export interface DocumentLink {
  readonly uri: string;
  readonly name: string;
  readonly mime_type: string;
}

/** A stored source with its text: what `start` and `end` of a claim count in (UTF-16 units). */
export interface SourceView {
  readonly source_id: string;
  readonly title: string;
  readonly location: string;
  readonly uri: string;
  readonly sha256: string;
  readonly text: string;
}

export interface DocumentView {
  readonly name: string;
  readonly mime_type: string;
  readonly text: string;
}

export interface EventsRequest {
  /** Only events with a greater `seq`; 0 for all. */
  readonly after?: number | undefined;
  /** At most so many; 1,000 unless told. */
  readonly limit?: number | undefined;
}

export interface EventsView {
  readonly task_id: string;
  readonly status: Status;
  readonly events: readonly WorkflowEvent[];
}

export interface CancelRequest {
  readonly reason?: string | undefined;
  readonly finalize?: boolean | undefined;
}

export interface CancelView {
  readonly task_id: string;
  readonly status: Status;
  /** What the partial report could be written from. */
  readonly kept: { readonly claims: number; readonly sources: number; readonly steps: number };
}

export interface WaitOptions {
  /** Wait at most this long for a version above `since_version`, or, when that is not given, for the end or for a person to be needed. */
  readonly wait_ms?: number;
  readonly since_version?: number | undefined;
  /** Ends the wait, never the workflow. */
  readonly signal?: AbortSignal;
  /** Called at each change seen and at least every 10 s while waiting. */
  readonly progress?: (view: StatusView) => void;
}

/** The one door for every edge. Every method throws a Fault of the catalogue and leaves nothing half done. */
export interface Orchestrator {
  /** Durable before it answers, in well under a second. */
  start(request: StartRequest, caller: Caller): Promise<StartView>;
  /** Unknown ids and those of other owners give the same NOT_FOUND. */
  status(task_id: string, caller: Caller, wait?: WaitOptions): Promise<StatusView>;
  result(task_id: string, caller: Caller, options?: ResultOptions): Promise<ResultView>;
  /** Idempotent. Waits until the workflow has ended, at most a few seconds. */
  cancel(task_id: string, caller: Caller, request?: CancelRequest): Promise<CancelView>;
  /**
   * Takes up an open workflow here if nobody works on it; approves one that awaits it; makes a new workflow on the journal
   * of an ended one, which buys nothing twice.
   */
  resume(task_id: string, caller: Caller, request?: ResumeRequest): Promise<StartView>;
  list(caller: Caller, request?: ListRequest): Promise<ListView>;
  analytics(caller: Caller, request?: AnalyticsRequest): Promise<AnalyticsView>;
  events(task_id: string, caller: Caller, request?: EventsRequest): Promise<EventsView>;
  source(task_id: string, source_id: string, caller: Caller): Promise<SourceView>;
  /** A generated file of the result: `report.md`. */
  document(task_id: string, name: string, caller: Caller): Promise<DocumentView>;
  /** Ids of one's own workflows that begin so, newest first. */
  taskIds(caller: Caller, prefix: string, limit: number): Promise<readonly string[]>;
  audit(task_id: string, caller: Caller): Promise<AuditView>;
  replay(task_id: string, caller: Caller): Promise<ReplayView>;
  /** Erases the content of an ended workflow for good. WORKFLOW_ACTIVE before its end. */
  delete(task_id: string, caller: Caller, reason?: string): Promise<DeleteView>;
  /** Writes to the store and resolves once that is durable; what is asked for changes nothing. */
  probe(): Promise<void>;
  /** Calls `heard` when a workflow may have changed: a hint, sometimes one too many. Returns what ends it. */
  watch(heard: (task_id: string | null) => void): () => void;
  /** From now on takes up whatever is interrupted or queued. Called at the first real request over stdio. */
  recover(): void;
  /** Aborts what is in flight, gives leases back, closes the store. Workflows stay as they are, resumable. Every call resolves when that is done. */
  close(): Promise<void>;
}
