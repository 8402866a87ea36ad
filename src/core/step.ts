/**
 * Steps and the journal. Every effect of a workflow is a step: an intent row before, an outcome row after, both durable.
 * A pattern reads the journal and says which steps may run now; it never runs anything itself.
 */

import type { Claim, PassageRead } from './claim.ts';
import type { ErrorRecord } from './errors.ts';
import type { EventDraft } from './event.ts';
import type { Json } from './json.ts';
import type { Source } from './source.ts';
import type { Phase, Stop, TerminalStatus, Workflow } from './workflow.ts';

/** A step that may run. Two specs with the same `step_id` are the same step: the first outcome recorded wins. */
export interface StepSpec {
  /** Unique in its workflow and derived from the journal alone: `plan`, `agent:belter-1`, `synthesis:camina`. */
  readonly step_id: string;
  /** Which body runs it: `collect`, `plan`, `agent`, `synthesis`. */
  readonly kind: string;
  /** Phase the workflow is in once the step begins. */
  readonly phase: Phase;
  readonly agent_id: string | null;
  readonly input: Json;
  /** Inputs other than its own whose outcomes are taken over as well; what is taken over keeps the input it was made from. */
  readonly fits?: readonly Json[];
  /**
   * Steps whose outcomes it reads beyond its input. An outcome of an earlier workflow is taken over only where the input is
   * the same and the outcomes of these were taken over as well.
   */
  readonly after?: readonly string[];
  readonly timeout_ms: number;
}

/** A row of `steps`. `running` means: begun, outcome not known; its call may have to be made again. */
export interface StepRecord {
  readonly step_id: string;
  readonly kind: string;
  readonly agent_id: string | null;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly input: Json;
  readonly output: Json;
  readonly error: ErrorRecord | null;
  /** How often it was begun. */
  readonly attempts: number;
  /** How many of its attempts ended in a recorded failure; a death of the process is not one. */
  readonly failures: number;
  /** Not to be tried again before this time, or null. */
  readonly available_at: string | null;
  readonly started_at: string;
  readonly completed_at: string | null;
  /** The workflow whose outcome this is, or null when it was made here. */
  readonly adopted_from: string | null;
}

/** What a pattern decides from: the workflow as submitted, its stop if any, and every step begun so far. */
export interface Journal {
  readonly workflow: Pick<Workflow, 'task_id' | 'task' | 'title' | 'orchestrator_type' | 'config'>;
  readonly stop: Stop | null;
  readonly steps: ReadonlyMap<string, StepRecord>;
}

/** Steps by their id, in one order, whatever finished first: the same rows give the same decision and the same report. */
export function stepsById(steps: Iterable<StepRecord>): Journal['steps'] {
  const sorted = [...steps].sort((a, b) => (a.step_id < b.step_id ? -1 : 1));
  return new Map(sorted.map((step) => [step.step_id, step]));
}

/** The journal as the engine decides from it; a replay that saw another would prove nothing. */
export function journalOf(workflow: Journal['workflow'], stop: Stop | null, steps: Iterable<StepRecord>): Journal {
  const { task_id, task, title, orchestrator_type, config } = workflow;
  return { workflow: { task_id, task, title, orchestrator_type, config }, stop, steps: stepsById(steps) };
}

/** Rows that a step's outcome brings along; they commit with it or not at all. */
export interface Evidence {
  readonly sources?: readonly Source[];
  readonly passages?: readonly PassageRead[];
  readonly claims?: readonly Claim[];
}

/** What a step's body returns. */
export interface StepOutcome {
  readonly output: Json;
  readonly evidence?: Evidence;
  readonly events?: readonly EventDraft[];
}

/**
 * A pattern's answer: steps that may run now (begun ones may be named again, the engine knows them), a pause until a person
 * records a step from outside, or the end.
 */
export type Decision =
  | { readonly kind: 'run'; readonly steps: readonly StepSpec[] }
  | {
      readonly kind: 'wait';
      /** The step it waits for. */
      readonly step_id: string;
      readonly phase: Phase;
      readonly events: readonly EventDraft[];
    }
  | { readonly kind: 'finish'; readonly status: TerminalStatus; readonly error: ErrorRecord | null };

export type Decide = (journal: Journal) => Decision;
