/** Spans as one export request of the OpenTelemetry protocol (OTLP 1.x, `ExportTraceServiceRequest`), in both its encodings. */

import { Buffer } from 'node:buffer';
import type { OtlpSettings } from '../../core/telemetry.ts';
import type { Attributes, Span } from '../span.ts';
import { bool, bytes, double, fixed32, fixed64, type Field, message, text, varint } from './protobuf.ts';

export interface Batch {
  readonly resource: OtlpSettings['resource'];
  readonly scope: { readonly name: string; readonly version: string };
  readonly spans: readonly Span[];
}

/** `SpanKind` and `StatusCode` of the protocol. */
const KINDS = { internal: 1, client: 3 } as const;
const ERROR = 2;
const UNSET = 0;
/** Flags of a span: sampled, as all that are sent are; and whether it is known that the parent is another program's. */
const SAMPLED = 0x01;
const KNOWN = 0x100;
const REMOTE = 0x200;
const NANOSECONDS = 1_000_000n;

export function encoded(batch: Batch, protocol: OtlpSettings['protocol']): Uint8Array {
  return protocol === 'http/json' ? Buffer.from(JSON.stringify(asJson(batch))) : message(asProtobuf(batch));
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * NANOSECONDS;
}

function flagsOf({ remote }: Span): number {
  return SAMPLED | KNOWN | (remote ? REMOTE : 0);
}

function asJson({ resource, scope, spans }: Batch): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: jsonAttributes(Object.fromEntries(resource)) },
        scopeSpans: [{ scope, spans: spans.map(jsonSpan) }],
      },
    ],
  };
}

function jsonSpan(span: Span): object {
  const { trace_id, span_id, parent_id, trace_state, name, kind, start, end, attributes, failed } = span;
  return {
    traceId: trace_id,
    spanId: span_id,
    ...(trace_state === null ? {} : { traceState: trace_state }),
    ...(parent_id === null ? {} : { parentSpanId: parent_id }),
    name,
    kind: KINDS[kind],
    // As text: a 64-bit number is more than a JSON number holds.
    startTimeUnixNano: String(nanoseconds(start)),
    endTimeUnixNano: String(nanoseconds(end)),
    attributes: jsonAttributes(attributes),
    status: { code: failed ? ERROR : UNSET },
    flags: flagsOf(span),
  };
}

function jsonAttributes(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));
}

function jsonValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

// The numbers are those of the fields in opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.

function asProtobuf({ resource, scope, spans }: Batch): readonly Field[] {
  const named = [text(1, scope.name), text(2, scope.version)];
  const scoped = [bytes(1, message(named)), ...spans.map((span) => bytes(2, message(spanFields(span))))];
  const of = message(attributeFields(1, Object.fromEntries(resource)));
  return [bytes(1, message([bytes(1, of), bytes(2, message(scoped))]))];
}

function spanFields(span: Span): readonly Field[] {
  const { trace_id, span_id, parent_id, trace_state, name, kind, start, end, attributes, failed } = span;
  return [
    bytes(1, Buffer.from(trace_id, 'hex')),
    bytes(2, Buffer.from(span_id, 'hex')),
    ...(trace_state === null ? [] : [text(3, trace_state)]),
    ...(parent_id === null ? [] : [bytes(4, Buffer.from(parent_id, 'hex'))]),
    text(5, name),
    varint(6, KINDS[kind]),
    fixed64(7, nanoseconds(start)),
    fixed64(8, nanoseconds(end)),
    ...attributeFields(9, attributes),
    bytes(15, message(failed ? [varint(3, ERROR)] : [])),
    fixed32(16, flagsOf(span)),
  ];
}

function attributeFields(number: number, attributes: Attributes): readonly Field[] {
  return Object.entries(attributes).map(([key, value]) =>
    bytes(number, message([text(1, key), bytes(2, message([valueField(value)]))])),
  );
}

function valueField(value: string | number | boolean): Field {
  if (typeof value === 'string') return text(1, value);
  if (typeof value === 'boolean') return bool(2, value);
  return Number.isInteger(value) ? varint(3, value) : double(4, value);
}
