/** Trace context of the call that started a workflow (W3C Trace Context and Baggage), kept as it came. */

import { idBits } from './ids.ts';

export interface Trace {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

/** A trace from foreign values: null unless `traceparent` is well-formed, as the specification asks (W3C Trace Context 3.2). */
export function readTrace(meta: Readonly<Record<string, unknown>> | undefined): Trace | null {
  const traceparent = meta?.['traceparent'];
  if (typeof traceparent !== 'string' || !isTraceparent(traceparent)) return null;
  const tracestate = short(meta?.['tracestate'], 512);
  const baggage = short(meta?.['baggage'], 8192);
  return {
    traceparent,
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
}

/** The same from the headers of a request. */
export function traceOfHeaders(headers: { get(name: string): string | null }): Trace | null {
  const said = ['traceparent', 'tracestate', 'baggage'].map((name) => [name, headers.get(name)] as const);
  return readTrace(Object.fromEntries(said));
}

/** Version, trace id, parent id, flags; neither id all zeros, the version not ff. */
function isTraceparent(text: string): boolean {
  return /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(text);
}

/** The trace a workflow belongs to: its caller's, or one of its own, which its id names. 32 hexadecimal digits. */
export function traceIdOf({ task_id, trace }: { readonly task_id: string; readonly trace: Trace | null }): string {
  return trace?.traceparent.slice(3, 35) ?? idBits(task_id);
}

function short(value: unknown, most: number): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= most ? value : undefined;
}
