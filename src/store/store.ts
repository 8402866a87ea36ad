/**
 * The store: the journal, and always the truth. A port of atomic verbs, grouped by noun. Each verb is one transaction:
 * it is durable when its promise resolves and has changed nothing when it rejects. No transaction leaves the store.
 *
 * Fencing: every verb that takes a `Hold` checks, inside its transaction, that the workflow is `running` and that its
 * fencing number is still the one given; else it throws LEASE_LOST and writes nothing. Whoever takes a workflow over
 * raises the number, so a process that was paused past its lease can never write into it again.
 *
 * Verbs that follow from another may share its transaction: see `Ahead`.
 */

import type { AnalyticsVerbs } from './analytics.ts';
import type { CallVerbs } from './calls.ts';
import type { Hold } from './hold.ts';
import type { Admission, Claimant, Claimed, ClaimRequest, Created, Lapse, Renewal } from './leases.ts';
import type { Claim } from '../core/claim.ts';
import type { AuditView, Erased, Tombstone } from '../core/audit.ts';
import type { ErrorRecord } from '../core/errors.ts';
import type { EventDraft, WorkflowEvent } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import type { Layout, Source, SourceFormat } from '../core/source.ts';
import type { Evidence, StepRecord, StepSpec } from '../core/step.ts';
import type { Trace } from '../core/trace.ts';
import type {
  Erasure,
  FoundWorkflow,
  ListedWorkflow,
  OpenWorkflows,
  RetentionRule,
  WorkflowQuery,
} from './selection.ts';
import type { Standing, StandingRequest } from './standing.ts';
import type { DeliveryVerbs, NewWebhook, WebhookVerbs } from './webhooks.ts';
import type { OrchestratorType, Phase, Stop, TerminalStatus, Workflow, WorkflowConfig } from '../core/workflow.ts';

export type { Selection } from './analytics.ts';
export type { ReserveCall, Reserved, SettleCall, Spending } from './calls.ts';
export type { Hold } from './hold.ts';
export type { Admission, Claimant, Claimed, ClaimRequest, Created, Lapse, Renewal } from './leases.ts';
export type {
  ClaimedDelivery,
  DeliveryLimits,
  DeliveryOutcome,
  BusyLane,
  Lane,
  NewWebhook,
  Registration,
  Unregistration,
} from './webhooks.ts';
export type { Erasure, FoundWorkflow, ListedWorkflow, RetentionRule, WorkflowQuery } from './selection.ts';
export type { EventsWanted, StandingRequest } from './standing.ts';

/**
 * Who wants to know what a verb wrote while its transaction is still open. Verbs asked for during the call of `written` join
 * that transaction: they become durable with it or not at all. Nothing else may come of it before the verb's own promise
 * resolves: nothing acknowledged, published or called. Where the transaction comes to nothing, `back` is called before any of
 * its verbs rejects. Neither may throw.
 */
export interface Ahead<T> {
  readonly written: (value: T) => void;
  readonly back: () => void;
}

export interface Submission {
  readonly task_id: string;
  readonly owner: string;
  readonly orchestrator_type: OrchestratorType;
  readonly task: string;
  readonly title: string | null;
  readonly config: WorkflowConfig;
  readonly idempotency_key: string | null;
  /** Hash of everything that must be equal for the same idempotency_key. */
  readonly input_hash: string;
  /** The ended workflow whose outcomes may be taken over. */
  readonly resumed_from: string | null;
  readonly trace: Trace | null;
  /** Whom to tell of it. */
  readonly webhook?: NewWebhook;
}

export interface BeginStep {
  readonly spec: StepSpec;
  /** Key to hand to vendors that take one: equal for every attempt of the step. */
  readonly idempotency_key: string;
  readonly events: readonly EventDraft[];
}

export interface SettleStep {
  readonly step_id: string;
  readonly output: Json;
  readonly evidence: Evidence;
  readonly events: readonly EventDraft[];
}

export interface FailStep {
  readonly step_id: string;
  readonly error: ErrorRecord;
  /** When to try again, or null when the failure is final. */
  readonly available_at: string | null;
  readonly events: readonly EventDraft[];
}

/** An outcome of an earlier workflow, taken over instead of being made again. */
export interface AdoptStep {
  readonly spec: StepSpec;
  readonly idempotency_key: string;
  /** The earlier workflow, which has a succeeded step of the same id. */
  readonly from: string;
  /** Told in the new workflow: that the step began, and what it brought. */
  readonly events: readonly EventDraft[];
}

/** A step that a person, not a process, gives the outcome of. */
export interface Approval {
  readonly step_id: string;
  readonly output: Json;
  readonly phase: Phase;
  readonly events: readonly EventDraft[];
}

export interface Finish {
  readonly status: TerminalStatus;
  readonly error: ErrorRecord | null;
  /** The full result (DESIGN A6, `results.result`), or null when there is nothing to keep. */
  readonly result: Json;
  readonly execution_time: number;
  readonly total_cost: number | null;
  readonly event: { readonly [key: string]: Json | undefined };
}

export interface StoreText {
  /** The workflow that reads it: recorded as its reader, also where the text was stored before, so that it stays until that one goes. */
  readonly stored_by: string;
  readonly sha256: string;
  readonly format: SourceFormat;
  readonly text: string;
  readonly layout: Layout;
}

/** A row of `results`. */
export interface ResultRow {
  readonly result: Json;
  readonly execution_time: number;
  readonly total_cost: number | null;
  readonly created_at: string;
}

export interface WorkflowVerbs {
  /**
   * Records a submission as `pending`. The same owner and idempotency_key give the workflow recorded first; with
   * another input_hash: IDEMPOTENCY_CONFLICT. QUOTA_EXCEEDED where its owner has all that an owner may
   * have; QUEUE_FULL when the queue is full and no place is free to run.
   */
  create(submission: Submission, admission: Admission, claimant?: Claimant): Promise<Created>;
  get(task_id: string): Promise<Workflow | null>;
  /** The columns that stand for themselves, also where the rest of the row cannot be read. */
  listed(task_id: string): Promise<ListedWorkflow | null>;
  /** One look at it for whoever follows it; null for an unknown id, an erased workflow and somebody else's. */
  standing(request: StandingRequest): Promise<Standing | null>;
  /** 1 for the workflow that starts next; null when it does not wait. */
  queuePosition(task_id: string): Promise<number | null>;
  /**
   * Takes a lease on one workflow that nobody works on, sets it `running`, raises its fence; null when there is none. Time in
   * which nobody worked on it is added to its deadline. Calls left under way are given up: settled as failed at their reservation.
   */
  claim(request: ClaimRequest): Promise<Claimed | null>;
  /** Holders of leases, expired or not, to be checked for life. */
  holders(): Promise<readonly string[]>;
  /** Extends leases by `lease_ms` from now; returns the task_ids whose lease is no longer this one. */
  heartbeat(renewals: readonly Renewal[], lease_ms: number): Promise<readonly string[]>;
  /** Gives a lease back at once, so that the next process need not wait for it to expire. */
  release(hold: Hold): Promise<void>;
  /** The workflow an owner's idempotency_key belongs to, with the hash it was submitted with. */
  byKey(owner: string, idempotency_key: string): Promise<{ workflow: Workflow; input_hash: string } | null>;
  /** The newest workflow of the owner with this input that began and that nobody works on, or null. */
  interrupted(owner: string, input_hash: string, lapse: Lapse): Promise<Workflow | null>;
  /**
   * Records the wish to stop, unless one that goes as far is recorded (core/workflow `goesFurther`). Returns status and
   * wish as they stand; terminal ones do not change. One that cannot be read, so that nobody could take it up to carry the wish
   * out, is ended by a cancel itself: cancelled, without a result, whoever holds it. A time limit is told by whoever works on it,
   * and recorded whatever else of the row is damaged.
   */
  requestStop(task_id: string, stop: Stop): Promise<Pick<Workflow, 'status' | 'stop'>>;
  /** The stops recorded for any of these workflows. */
  stops(task_ids: readonly string[]): Promise<readonly { readonly task_id: string; readonly stop: Stop }[]>;
  /**
   * The one terminal change, by compare-and-set: status, result and terminal event together. Gives calls up, seals. Reads
   * nothing of the row that could be damaged.
   */
  finish(hold: Hold, finish: Finish): Promise<ListedWorkflow>;
  /** Pauses for a person: phase and events are recorded, lease and time limit given back, until `approve` or a stop. */
  wait(hold: Hold, pause: { readonly phase: Phase; readonly events: readonly EventDraft[] }): Promise<void>;
  /** Records the outcome a paused workflow waits for; it can be claimed again. NOT_AWAITING_APPROVAL when it does not wait. */
  approve(task_id: string, approval: Approval): Promise<Workflow>;
  open(): Promise<OpenWorkflows>;
  /** Newest first. */
  list(query: WorkflowQuery): Promise<readonly FoundWorkflow[]>;
  /** Ids that begin so, newest first. */
  ids(owner: string, prefix: string, limit: number): Promise<readonly string[]>;
  /** Ended workflows the rule lets go, the longest ended first, at most `limit`. */
  expirable(rule: RetentionRule, limit: number): Promise<readonly string[]>;
  /**
   * Erases an ended workflow's content: task, title, config, results, steps, evidence, texts nobody else uses, data of its
   * events. The chain's skeleton and a tombstone stay. WORKFLOW_ACTIVE before its end; null when there is nothing to erase.
   */
  erase(task_id: string, erasure: Erasure): Promise<Erased | null>;
  tombstone(task_id: string): Promise<Tombstone | null>;
}

export interface StepVerbs {
  /** Intent: inserts the step, or counts another attempt of one without outcome and gives its calls up. Null when it has one. */
  begin(hold: Hold, step: BeginStep): Promise<StepRecord | null>;
  /** Outcome: the step, its evidence and its events commit together. A step that has an outcome keeps it. */
  settle(hold: Hold, step: SettleStep, ahead?: Ahead<StepRecord>): Promise<StepRecord>;
  /** A failed attempt: final, or with the time of the next; gives its calls up. A step that has an outcome keeps it. */
  fail(hold: Hold, step: FailStep, ahead?: Ahead<StepRecord>): Promise<StepRecord>;
  /**
   * Intent and outcome at once, with the evidence, copied from an earlier workflow. Null when the step is recorded here
   * already, and when the earlier outcome is not there any more: then nothing is written.
   */
  adopt(hold: Hold, step: AdoptStep): Promise<StepRecord | null>;
  /** As they began; those of one moment by the bytes of their ids. */
  list(task_id: string): Promise<readonly StepRecord[]>;
  /** One, also where others cannot be read. */
  get(task_id: string, step_id: string): Promise<StepRecord | null>;
  /** How many have succeeded, also where what they hold cannot be read. */
  succeeded(task_id: string): Promise<number>;
}

export interface EventVerbs {
  append(hold: Hold, events: readonly EventDraft[]): Promise<void>;
  /** Events with `seq` above `after`, in order, at most `limit`. */
  list(task_id: string, range: { readonly after: number; readonly limit: number }): Promise<readonly WorkflowEvent[]>;
}

export interface SourceVerbs {
  list(task_id: string): Promise<readonly Source[]>;
  get(task_id: string, source_id: string): Promise<Source | null>;
}

export interface TextVerbs {
  /** Stores a text once, compressed, by content hash and format. Idempotent. LEASE_LOST when the workflow that reads it has ended. */
  put(text: StoreText): Promise<void>;
  /** Throws STORE_CORRUPT when the text is gone or does not match its hash. */
  get(sha256: string, format: SourceFormat): Promise<{ text: string; layout: Layout }>;
}

export interface ClaimVerbs {
  list(task_id: string): Promise<readonly Claim[]>;
}

export interface ResultVerbs {
  get(task_id: string): Promise<ResultRow | null>;
}

export interface AuditVerbs {
  /** Checks the chain and the seal of one workflow, erased ones included; null for an unknown id. Changes nothing. */
  verify(task_id: string): Promise<AuditView | null>;
}

export interface Store {
  readonly workflows: WorkflowVerbs;
  readonly steps: StepVerbs;
  readonly calls: CallVerbs;
  readonly events: EventVerbs;
  readonly sources: SourceVerbs;
  readonly texts: TextVerbs;
  readonly claims: ClaimVerbs;
  readonly results: ResultVerbs;
  readonly webhooks: WebhookVerbs;
  readonly deliveries: DeliveryVerbs;
  readonly audit: AuditVerbs;
  readonly analytics: AnalyticsVerbs;
  /** A number that changes when anyone else wrote: cheap enough to poll many times a second. */
  changes(): number;
  /** A write like any other, to a place that means nothing: resolves once it is durable, rejects as every write would. */
  probe(): Promise<void>;
  /** Waits for accepted writes, then closes. Further verbs reject with SHUTTING_DOWN. */
  close(): Promise<void>;
}
