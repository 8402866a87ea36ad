/** One span as it goes out, and where it stands in its trace. */

import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Traced } from '../core/telemetry.ts';
import { traceIdOf } from '../core/trace.ts';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** 32 and 16 hexadecimal digits. */
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_id: string | null;
  /** Whether the parent is another program's. */
  readonly remote: boolean;
  readonly trace_state: string | null;
  readonly name: string;
  readonly kind: 'internal' | 'client';
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

export type Placed = Pick<Span, 'trace_id' | 'span_id' | 'parent_id' | 'remote' | 'trace_state'>;

/** Bytes that a span takes without its texts, roughly. */
const BARE_BYTES = 200;

/** Bytes that it takes, roughly: in the queue, and in a request. */
export function sizeOf({ name, attributes }: Span): number {
  const texts = Object.entries(attributes).map(
    ([key, value]) => key.length + (typeof value === 'string' ? Buffer.byteLength(value) : 8),
  );
  return texts.reduce((sum, bytes) => sum + bytes, BARE_BYTES + name.length);
}

/**
 * The id of a span follows from what it is of. So whoever carries on with a workflow knows the ids that its predecessor gave
 * out, a child can be told before its parent, and what is told twice is the same span.
 */
function spanId(...names: readonly string[]): string {
  return hash('sha256', JSON.stringify(names), 'hex').slice(0, 16);
}

/** A span of this workflow below its own. */
export function below(of: Traced, parent: readonly string[], names: readonly string[]): Placed {
  return {
    trace_id: traceIdOf(of),
    span_id: spanId(of.task_id, ...names),
    parent_id: spanId(of.task_id, ...parent),
    remote: false,
    trace_state: of.trace?.tracestate ?? null,
  };
}

/** The workflow's own, below its caller's where one was named. */
export function root(of: Traced): Placed {
  return {
    trace_id: traceIdOf(of),
    span_id: spanId(of.task_id),
    parent_id: of.trace?.traceparent.slice(36, 52) ?? null,
    remote: of.trace !== null,
    trace_state: of.trace?.tracestate ?? null,
  };
}
