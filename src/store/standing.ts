/** A workflow as it stands: what whoever follows it is shown, all of one moment, and none of what it wrote beyond that. */

import type { EventType, WorkflowEvent } from '../core/event.ts';
import type { StepRecord } from '../core/step.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Spending } from './calls.ts';

export interface StandingRequest {
  readonly task_id: string;
  /** Somebody else's workflow is not there. */
  readonly owner: string;
  /** Kinds of steps whose input is wanted. */
  readonly inputs: readonly string[];
  /** Kinds of steps whose output is wanted. What steps write is most of a workflow, and texts among it are long. */
  readonly outputs: readonly string[];
  readonly events: EventsWanted;
}

export interface EventsWanted {
  /** The latest, so many. */
  readonly most: number;
  /** As many more as it takes to have a sign of each agent with a step without outcome; in all so many at most. */
  readonly at_work: number;
  /** Types of events that are a sign of the agent whose name they bear. */
  readonly signs: readonly EventType[];
}

export interface Standing {
  readonly workflow: Workflow;
  /** In the order of `steps.list`. An input or output of a kind that was not asked for is null. */
  readonly steps: readonly StepRecord[];
  /** In order, without a gap. */
  readonly events: readonly WorkflowEvent[];
  readonly spending: readonly Spending[];
  /** As `queuePosition`. */
  readonly queue_position: number | null;
}
