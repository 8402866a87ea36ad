/** A workflow: one piece of research. The rules of its life (DESIGN A2). */

import { type Budget, NO_BUDGET } from './budget.ts';
import type { ErrorRecord } from './errors.ts';
import type { EventType } from './event.ts';
import { USUAL_AGENTS } from './limits.ts';
import type { OrchestratorType } from './patterns.ts';
import type { PatternInputs } from './pattern-inputs.ts';
import type { Plan, Subtask } from './plan.ts';
import type { Domain, SourceRoot } from './source.ts';
import type { Trace } from './trace.ts';

export const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];
export type TerminalStatus = 'completed' | 'failed' | 'cancelled';

export const PHASES = [
  'queued',
  'planning',
  'awaiting_approval',
  'researching',
  'synthesising',
  'documenting',
  'done',
] as const;
export type Phase = (typeof PHASES)[number];

export { ORCHESTRATOR_TYPES, type OrchestratorType } from './patterns.ts';

/** What a model is asked for: each may have a model of its own. */
export const MODEL_ROLES = ['plan', 'belter', 'drummer', 'camina'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/**
 * Everything that decides how a workflow runs, frozen when it is submitted. Whatever else a submitter says belongs here, unless
 * SQL has to filter by it: one JSON column holds it all, so it is sealed and erased without a migration; older rows have the
 * member from `UNSAID`.
 */
export interface WorkflowConfig {
  readonly roots: readonly SourceRoot[];
  /** Agents asked for; null lets the question decide. */
  readonly agents: number | null;
  readonly domains: readonly Domain[] | null;
  readonly context: string | null;
  readonly model: string;
  readonly max_concurrent_agents: number;
  readonly timeout_minutes: number;
  /** Whether a person approves the plan before any agent starts. */
  readonly require_approval: boolean;
  /** A person has seen this plan already: in an earlier workflow of the line, or because they gave it. */
  readonly approved: boolean;
  /** A plan that a person gave instead of letting one be made. */
  readonly plan: Plan | null;
  /** Subtasks of the workflow this one goes on from: they stay, new ones come after them. */
  readonly earlier: readonly Subtask[];
  /** The workflow of this line that read its sources anew, whose reading counts; null while the first one's does. */
  readonly reread: string | null;
  /**
   * Steps that an earlier workflow of this line had to cut short, each with the workflow whose outcome that is. Such an outcome
   * is not taken over: the step is begun again, and takes over what its calls brought instead.
   */
  readonly continued: { readonly [step_id: string]: string };
  /** Models that worked in this line before another was named; what they finished is taken over like this one's own. */
  readonly former_models: readonly string[];
  /** Roles that have a model other than `model`. */
  readonly models: { readonly [Role in ModelRole]?: string };
  /** Models asked in this order where the one before failed for good. Empty: nobody else is ever asked. */
  readonly fallback_models: readonly string[];
  readonly budget: Budget;
  /**
   * For how many agents the agents' part of the budget pays a first turn and notes; null where it limits nothing. Reckoned when
   * the plan's frame was set: prices may have changed since.
   */
  readonly carried_agents: number | null;
  /** Whether no call of it takes money, by the prices of when it was submitted. */
  readonly free: boolean;
  /** Whether agents may fetch pages and search the web. */
  readonly network: boolean;
  /** What the pattern takes beside the question; null where it takes nothing. */
  readonly inputs: PatternInputs | null;
}

/** What holds where nothing was said: by a new submission, or in a row of a release that did not know it. */
export const UNSAID = {
  require_approval: false,
  approved: false,
  plan: null,
  earlier: [],
  reread: null,
  continued: {},
  former_models: [],
  models: {},
  fallback_models: [],
  budget: NO_BUDGET,
  carried_agents: null,
  free: false,
  network: false,
  inputs: null,
} as const satisfies Partial<WorkflowConfig>;

/** Why a workflow stops before its plan is done. `cancel` is a person's wish, `deadline` its time limit. */
export interface Stop {
  readonly kind: 'cancel' | 'deadline';
  readonly reason: string | null;
  /** With cancel: spend the synthesis reserve on the report before ending. */
  readonly finalize: boolean;
}

/** Whether a wish to stop goes further than the one recorded: a person over the deadline, "now" over "write it up first". */
export function goesFurther(wish: Stop, recorded: Stop | null): boolean {
  const reach = (stop: Stop): number => (stop.kind === 'deadline' ? 1 : stop.finalize ? 2 : 3);
  return recorded === null || reach(wish) > reach(recorded);
}

/** A row of `workflows`, as readers see it. */
export interface Workflow {
  readonly task_id: string;
  readonly owner: string;
  readonly orchestrator_type: OrchestratorType;
  readonly task: string;
  readonly title: string | null;
  readonly status: Status;
  readonly phase: Phase;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  /** When the workflow must end at the latest, or null while it waits. */
  readonly deadline_at: string | null;
  readonly config: WorkflowConfig;
  readonly error: ErrorRecord | null;
  readonly stop: Stop | null;
  /** Who works on it, and until when that is sure; null while nobody does. */
  readonly lease: { readonly holder: string; readonly expires_at: string } | null;
  /** How often another process, or a later one, carried on. */
  readonly resumed: number;
  /** The workflow whose journal this one goes on from, or null. */
  readonly resumed_from: string | null;
  readonly trace: Trace | null;
  /** Number of the last event; grows with every change a client can see. */
  readonly version: number;
}

export function isTerminal(status: Status): status is TerminalStatus {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/**
 * Whether a person has to decide before anything more happens. Not after a cancel: what awaits approval then is landed. A
 * view that does not tell of stops leaves it out; one of a single workflow has its `plan` exactly while this holds.
 */
export function awaitsApproval(workflow: Pick<Workflow, 'status' | 'phase'> & { readonly stop?: unknown }): boolean {
  return !isTerminal(workflow.status) && workflow.phase === 'awaiting_approval' && (workflow.stop ?? null) === null;
}

const TERMINAL_EVENT: Record<TerminalStatus, EventType> = {
  completed: 'workflow_complete',
  failed: 'workflow_error',
  cancelled: 'workflow_cancelled',
};

export function terminalEvent(status: TerminalStatus): EventType {
  return TERMINAL_EVENT[status];
}

/**
 * Agents of a plan at most, where the budget carries fewer than a plan may name and nobody said how many: what each of more
 * would get is spent before anything is noted. One at least; null where the budget says nothing.
 */
export function planLimit({
  agents,
  carried_agents,
}: Pick<WorkflowConfig, 'agents' | 'carried_agents'>): number | null {
  if (agents !== null || carried_agents === null || carried_agents >= USUAL_AGENTS) return null;
  return Math.max(1, carried_agents);
}

/** The model that a role is played by. */
export function modelOf({ model, models }: Pick<WorkflowConfig, 'model' | 'models'>, role: ModelRole): string {
  return models[role] ?? model;
}
