/** What the engine is told about the work, so that it need not know any: a decider, bodies by kind, and a conclusion. */

import type { Calls } from '../core/call.ts';
import type { ErrorRecord } from '../core/errors.ts';
import type { EventDraft } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import type { Decide, Journal, StepOutcome, StepSpec } from '../core/step.ts';
import type { OrchestratorType, TerminalStatus } from '../core/workflow.ts';

export interface StepContext {
  readonly journal: Journal;
  readonly spec: StepSpec;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The same for every attempt of this step: hand it to vendors that take one. */
  readonly idempotency_key: string;
  /** Aborts on timeout, cancel, lost lease and shutdown. A body that ignores it is left behind, its result unused. */
  readonly signal: AbortSignal;
  /**
   * Aborts when the workflow is to end and the step may still bring home what it has, or is begun for that alone. Then no call
   * is made any more: those under way are given up, and those whose outcome is recorded answer as before. The step returns what
   * it has soon, or rejects, which leaves it without an outcome.
   */
  readonly landing: AbortSignal;
  /** Tells readers what the agent is doing. Durable, not awaited; too frequent ones are dropped. */
  readonly progress: (activity: string) => void;
  readonly calls: Calls;
  /** Repeats a store verb through a full disk or a long lock: what a body writes waits like every other write. */
  readonly persist: <T>(verb: () => Promise<T>) => Promise<T>;
}

/** Moments of a step that the log may want to tell. */
type StepMoment =
  | { readonly kind: 'started' }
  | { readonly kind: 'succeeded'; readonly output: Json }
  | { readonly kind: 'failed'; readonly error: ErrorRecord; readonly retry_at: string | null };

export interface StepKind {
  /** Does the step's I/O. A Fault that is not retryable fails the step at once; anything else is tried again. */
  run(context: StepContext): Promise<StepOutcome>;
  /** Events that commit with the moment. */
  events(spec: StepSpec, moment: StepMoment): readonly EventDraft[];
}

export interface Conclusion {
  /** `results.result`, or null to store none. */
  readonly result: Json;
  readonly total_cost: number | null;
  /** Data of the terminal event. */
  readonly event: { readonly [key: string]: Json | undefined };
}

export interface End {
  readonly status: TerminalStatus;
  readonly error: ErrorRecord | null;
  /** Seconds from start to end. */
  readonly execution_time: number;
}

export interface Definition {
  readonly decide: Readonly<Record<OrchestratorType, Decide>>;
  readonly kinds: Readonly<Record<string, StepKind>>;
  /**
   * At a stop: steps without an outcome that may bring home what they have, as the pattern named them. None where a step has
   * begun that was given the others' outcomes: what came later would not be in it.
   */
  landing(journal: Journal): readonly StepSpec[];
  /** Makes the result from what is stored. Called once the decider says finish, and again by whoever takes over before it was stored. */
  conclude(journal: Journal, end: End): Promise<Conclusion>;
}
