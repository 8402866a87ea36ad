/**
 * Telemetry: what the parts tell while they work, as plain data, to whoever watches this process. Nobody does unless the
 * composition root says so, and nothing comes back: telling costs a call, never a wait, and never fails the work.
 *
 * Happenings carry rows of the journal as they were recorded. So what is told of a workflow is the same whichever process
 * tells it, and a process that carries on tells it where the one before it stopped.
 */

import type { CallRecord } from './call.ts';
import type { ErrorCode } from './errors.ts';
import type { Json } from './json.ts';
import type { StepRecord } from './step.ts';
import type { Workflow } from './workflow.ts';

/** Whose trace something belongs to. */
export type Traced = Pick<Workflow, 'task_id' | 'trace'>;

export type Happening =
  /** A process took the workflow up; `at` in milliseconds since the epoch. */
  | { readonly kind: 'workflow_begun'; readonly workflow: Workflow; readonly resumed: boolean; readonly at: number }
  /** Its terminal row is recorded. `left`: steps that were begun and have no outcome, nor will have one. */
  | { readonly kind: 'workflow_ended'; readonly workflow: Workflow; readonly left: readonly StepRecord[] }
  /** A step has its outcome. */
  | { readonly kind: 'step_ended'; readonly of: Traced; readonly step: StepRecord }
  /** An attempt of a step failed, and there will be another. Milliseconds since the epoch. */
  | {
      readonly kind: 'attempt_failed';
      readonly of: Traced;
      readonly step: StepRecord;
      readonly began: number;
      readonly at: number;
    }
  /** A request to a model or a tool has its bill. `request` where it is at hand: it may hold what nobody but its workflow is to see. */
  | { readonly kind: 'call_ended'; readonly of: Traced; readonly call: CallRecord; readonly request: Json }
  /**
   * What a process that carries on finds in the journal: the end of these may never have been told, because who recorded it was
   * killed. They were counted by whoever recorded them.
   */
  | {
      readonly kind: 'found';
      readonly of: Traced;
      readonly steps: readonly StepRecord[];
      readonly calls: readonly CallRecord[];
    }
  /** A request waited before it was made: for its turn at a provider, or for room in the budget of its workflow. */
  | { readonly kind: 'waited'; readonly limiter: 'provider' | 'budget'; readonly ms: number }
  /** A verb of the store was answered; `code` where it was refused. */
  | { readonly kind: 'stored'; readonly verb: string; readonly ms: number; readonly code: ErrorCode | null }
  /** An event was read for those who follow its workflow, so long after it was recorded. */
  | { readonly kind: 'event_read'; readonly ms: number }
  /** An attempt to deliver a webhook. `dead`: the last one there will be. */
  | { readonly kind: 'delivery'; readonly outcome: 'delivered' | 'failed' | 'dead' }
  /** A registration takes nothing more until it is registered again. */
  | { readonly kind: 'webhook_disabled' }
  /** An agent has not been heard of for too long. */
  | { readonly kind: 'agent_silent' };

export interface Telemetry {
  /** Whether what is found in the journal is asked for: reading it costs something. */
  readonly traces: boolean;
  /** Never throws. */
  tell(happening: Happening): void;
}

export const UNTOLD: Telemetry = { traces: false, tell: () => undefined };

/** Where spans go, as the usual variables say it. */
export interface OtlpSettings {
  /** Whole, path included. */
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** May hold a key: a secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  /** Milliseconds one request may take. */
  readonly timeout_ms: number;
  /** `service.name` first. */
  readonly resource: readonly (readonly [name: string, value: string])[];
  readonly sampler: Sampler;
  readonly queue: {
    /** Spans that wait at most; more are dropped. */
    readonly most: number;
    /** Spans in one request at most. */
    readonly batch: number;
    /** How long the first of a batch waits for others. */
    readonly delay_ms: number;
  };
  /** Whether prompts, answers and texts are recorded. */
  readonly content: boolean;
}

export interface Sampler {
  /** Whether a caller's own decision holds, where it made one. */
  readonly parent: boolean;
  /** Share of traces that are recorded, from 0 to 1. */
  readonly ratio: number;
}
