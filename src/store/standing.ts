/** A workflow as it stands: what whoever follows it is shown, all of one moment, and none of what it wrote beyond that. */

import type { WorkflowEvent } from '../core/event.ts';
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
  /** Of the latest events at most so many; `at_work` of them while a step of an agent has no outcome. */
  readonly events: { readonly most: number; readonly at_work: number };
}

export interface Standing {
  readonly workflow: Workflow;
  /** In the order of `steps.list`. An input or output of a kind that was not asked for is null. */
  readonly steps: readonly StepRecord[];
  /** In order. */
  readonly events: readonly WorkflowEvent[];
  readonly spending: readonly Spending[];
  /** As `queuePosition`. */
  readonly queue_position: number | null;
}
