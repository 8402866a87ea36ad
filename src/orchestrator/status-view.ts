/** What get_status shows of a workflow: who does what, how far it is, when to ask again. */

import type { ErrorRecord } from '../core/errors.ts';
import type { EventType, WorkflowEvent } from '../core/event.ts';
import type { ModelCatalogue } from '../core/model-catalogue.ts';
import { workOf } from '../core/patterns.ts';
import type { Subtask, SubtaskEdit } from '../core/plan.ts';
import { budgetView, type CallSums, spendOf } from '../core/spend.ts';
import { type StepRecord, stepsById } from '../core/step.ts';
import type { AgentView, StartView, StatusView } from '../core/views.ts';
import { awaitsApproval, isTerminal, type Workflow } from '../core/workflow.ts';
import { agentRoster, planOf, researchDone, type RosterEntry } from '../research/research.ts';
import type { EventsWanted } from '../store/store.ts';
import { estimate } from './estimate.ts';
import { modelNote } from './model-note.ts';
import { isInterrupted } from './waiting.ts';

/** A person takes their time. */
const APPROVAL_SECONDS = 60;

/** Seconds until asking again is worth while. */
export function pollAfter(workflow: Pick<Workflow, 'status' | 'phase' | 'stop'>): number {
  if (isTerminal(workflow.status)) return 0;
  if (awaitsApproval(workflow)) return APPROVAL_SECONDS;
  return workflow.status === 'pending' ? 5 : 2;
}

const ACTIVITY: Record<AgentView['status'], string> = {
  pending: 'waiting to start',
  running: 'starting',
  completed: 'done',
  failed: 'failed',
  cancelled: 'stopped',
};

export interface StatusMaterial {
  readonly workflow: Workflow;
  readonly steps: readonly StepRecord[];
  /** The latest events, in order; the last few are shown. */
  readonly events: readonly WorkflowEvent[];
  /** What calls took. */
  readonly sums: readonly CallSums[];
  readonly queue_position: number | null;
  /** What keeps the process that is asked from going on with it. */
  readonly held_up: ErrorRecord | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const EVENTS_SHOWN = 10;

/** What an agent says it does, and where an attempt begins or ends: what it did before says nothing of what it does now. */
const SIGNS: readonly EventType[] = ['agent_progress', 'agent_start', 'synthesis_start', 'agent_error'];

/** The latest events that a status is made of. What an agent did last is told by its step once that has an outcome. */
export const EVENTS: EventsWanted = { most: EVENTS_SHOWN, at_work: 200, signs: SIGNS };

export function statusView(material: StatusMaterial): StatusView {
  const { workflow, steps, events, sums } = material;
  const error = workflow.error ?? material.held_up;
  const ended = isTerminal(workflow.status);
  const roster = agentRoster(steps, ended);
  return {
    task_id: workflow.task_id,
    status: workflow.status,
    phase: workflow.phase,
    orchestrator_type: workflow.orchestrator_type,
    task: workflow.task,
    version: workflow.version,
    progress: ended ? 1 : progress(workflow, steps, roster),
    agents: roster.map((entry) => agentView(entry, events, sums)),
    spend: spendOf(sums),
    budget: budgetView(workflow.config.budget, workflow.config.timeout_minutes),
    ...(material.queue_position === null ? {} : { queue_position: material.queue_position }),
    ...(material.held_up === null && isInterrupted(workflow, material.now) ? { interrupted: true } : {}),
    resumed: workflow.resumed,
    ...(workflow.resumed_from === null ? {} : { resumed_from: workflow.resumed_from }),
    ...(awaitsApproval(workflow) ? { plan: (planOf(steps)?.subtasks ?? []).map(editable) } : {}),
    created_at: workflow.created_at,
    started_at: workflow.started_at,
    completed_at: workflow.completed_at,
    recent_events: events.slice(-EVENTS_SHOWN),
    poll_after_seconds: pollAfter(workflow),
    model: workflow.config.model,
    model_note: modelNote(workflow.config),
    ...(workflow.trace === null ? {} : { trace: workflow.trace }),
    ...(error === null ? {} : { error }),
  };
}

/** A subtask in the form in which `resume` takes it back. */
function editable(subtask: Subtask): SubtaskEdit {
  const { agent_id, objective, name, queries, domain, source_ids, boundaries, expected } = subtask;
  return {
    agent_id,
    objective,
    ...(name === undefined ? {} : { name }),
    queries,
    ...(domain === null ? {} : { domain }),
    ...(source_ids === undefined ? {} : { sources: source_ids }),
    ...(boundaries === undefined ? {} : { boundaries }),
    ...(expected === undefined ? {} : { expected }),
  };
}

/** Grows with each step recorded and never falls: shares of a run that are fixed beforehand. */
function progress(
  { config }: Pick<Workflow, 'config'>,
  steps: readonly StepRecord[],
  roster: readonly RosterEntry[],
): number {
  const done = (step_id: string): boolean =>
    steps.some((step) => step.step_id === step_id && step.status !== 'running');
  if (!done('plan')) return done('collect') ? 0.05 : 0;
  const settled = roster.filter((entry) => entry.status === 'completed' || entry.status === 'failed');
  const ids = new Set(settled.map((entry) => entry.agent_id));
  const rounds = config.inputs?.kind === 'iterative' ? config.inputs.max_rounds : 1;
  const researched = researchDone({ steps: stepsById(steps) }, rounds, (agent_id) => ids.has(agent_id));
  const last = roster.find((entry) => workOf(entry.role) === 'write');
  const written = last === undefined ? 0 : last.status === 'running' ? 0.1 : 0.15;
  return Math.round((0.1 + 0.7 * researched + written) * 100) / 100;
}

function settledActivity({ status, error, adopted_from }: RosterEntry): string {
  if (adopted_from !== null) return `taken over from ${adopted_from}`;
  return status === 'failed' && error !== null ? error.message : ACTIVITY[status];
}

interface Doing {
  readonly activity: string | null;
  readonly silent_since?: string;
}

/** What an agent at work is told to be doing: the latest event of its attempt that says so. */
function doing({ status, error }: RosterEntry, own: readonly WorkflowEvent[]): Doing {
  const told = own.findLast(({ event_type }) => SIGNS.includes(event_type));
  if (status !== 'running' || told === undefined) return { activity: null };
  const { event_type, data } = told;
  if (event_type === 'agent_error' && error !== null) return { activity: `is begun again: ${error.message}` };
  const { activity, silent_since } = event_type === 'agent_progress' ? data : {};
  return {
    activity: typeof activity === 'string' ? activity : null,
    ...(typeof silent_since === 'string' ? { silent_since } : {}),
  };
}

function agentView(entry: RosterEntry, events: readonly WorkflowEvent[], sums: readonly CallSums[]): AgentView {
  const own = events.filter((event) => event.agent_id === entry.agent_id);
  const { activity, silent_since } = doing(entry, own);
  const { tokens, cost_usd } = spendOf(sums.filter((row) => row.agent_id === entry.agent_id));
  const { agent_id, role, domain, objective, status, started_at, completed_at, attempts, claims, error } = entry;
  return {
    agent_id,
    role,
    ...(domain === null ? {} : { domain }),
    objective,
    status,
    activity: activity ?? settledActivity(entry),
    last_activity_at: completed_at ?? silent_since ?? own.at(-1)?.timestamp ?? started_at,
    ...(silent_since === undefined ? {} : { silent_since }),
    started_at,
    completed_at,
    attempts,
    claims,
    tokens,
    cost_usd,
    ...(error === null ? {} : { error }),
  };
}

/** What is answered at the beginning. */
export function startView(
  started: Pick<Workflow, 'orchestrator_type' | 'config'> & {
    /** Null for a dry run. */
    readonly workflow: Workflow | null;
    readonly position: number | null;
    readonly models: Pick<ModelCatalogue, 'price'>;
  },
): StartView {
  const { orchestrator_type, config, workflow, position } = started;
  return {
    ...(workflow === null ? {} : { task_id: workflow.task_id }),
    status: workflow?.status ?? 'pending',
    phase: workflow?.phase ?? 'queued',
    orchestrator_type,
    created_at: workflow?.created_at ?? null,
    estimate: estimate(started, started.models),
    poll_after_seconds: workflow === null ? 0 : pollAfter(workflow),
    version: workflow?.version ?? 0,
    ...(position === null ? {} : { queue_position: position }),
    ...(workflow?.resumed_from == null ? {} : { resumed_from: workflow.resumed_from }),
    model: config.model,
    model_note: modelNote(config),
  };
}
