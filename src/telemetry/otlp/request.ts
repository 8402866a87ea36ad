/** Spans as one export request of the OpenTelemetry protocol (OTLP 1.x, `ExportTraceServiceRequest`), in both its encodings. */

import { Buffer } from 'node:buffer';
import type { OtlpSettings } from '../../core/telemetry.ts';
import type { Attributes, Span } from '../span.ts';
import { ProtobufWriter } from './protobuf.ts';

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
  return protocol === 'http/json' ? Buffer.from(JSON.stringify(asJson(batch))) : asProtobuf(batch);
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

function asProtobuf({ resource, scope, spans }: Batch): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(1, () => {
    writer.message(1, () => writeAttributes(writer, 1, Object.fromEntries(resource)));
    writer.message(2, () => {
      writer.message(1, () => {
        writer.text(1, scope.name);
        writer.text(2, scope.version);
      });
      for (const span of spans) writer.message(2, () => writeSpan(writer, span));
    });
  });
  return writer.written;
}

function writeSpan(writer: ProtobufWriter, span: Span): void {
  const { trace_id, span_id, parent_id, trace_state, name, kind, start, end, attributes, failed } = span;
  writer.hex(1, trace_id);
  writer.hex(2, span_id);
  if (trace_state !== null) writer.text(3, trace_state);
  if (parent_id !== null) writer.hex(4, parent_id);
  writer.text(5, name);
  writer.varint(6, KINDS[kind]);
  writer.fixed64(7, nanoseconds(start));
  writer.fixed64(8, nanoseconds(end));
  writeAttributes(writer, 9, attributes);
  writer.message(15, () => {
    if (failed) writer.varint(3, ERROR);
  });
  writer.fixed32(16, flagsOf(span));
}

function writeAttributes(writer: ProtobufWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: ProtobufWriter, value: string | number | boolean): void {
  if (typeof value === 'string') writer.text(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
  else if (Number.isInteger(value)) writer.varint(3, value);
  else writer.double(4, value);
}
