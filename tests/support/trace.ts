/** What has to hold of the spans that a collector got of one workflow, however many processes sent them. */

import type { CollectedSpan } from './otlp-collector.ts';

/** Faults of a trace: none where all of it hangs together below one root. `caller`: the span above it, where there is one. */
export function* unsoundTrace(
  spans: readonly CollectedSpan[],
  { trace_id, caller = '' }: { readonly trace_id: string; readonly caller?: string },
): Generator<string> {
  const byId = new Map<string, CollectedSpan>();
  for (const span of spans) {
    const before = byId.get(span.spanId);
    if (before !== undefined && shown(before) !== shown(span)) yield `told twice, in other words: ${shown(span)}`;
    byId.set(span.spanId, span);
  }
  const roots = [...byId.values()].filter(({ parentSpanId }) => parentSpanId === caller);
  if (roots.length !== 1)
    yield `${roots.length} spans stand above all others: ${roots.map(({ name }) => name).join(', ')}`;
  for (const span of byId.values()) {
    const { traceId, parentSpanId, name, start, end } = span;
    if (traceId !== trace_id) yield `${name} is of another trace, ${traceId}`;
    if (end < start) yield `${name} ends before it begins`;
    const parent = byId.get(parentSpanId);
    if (parent === undefined && parentSpanId !== caller) yield `${name} hangs below a span that nobody sent`;
    if (parent !== undefined && (start < parent.start || end > parent.end)) {
      yield `${name} is not within ${parent.name}`;
    }
  }
}

function shown(span: CollectedSpan): string {
  return JSON.stringify(span, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** Name of a span and of all above it, the root first. */
export function path(spans: readonly CollectedSpan[], span: CollectedSpan): string {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? span.name : `${path(spans, parent)} > ${span.name}`;
}
