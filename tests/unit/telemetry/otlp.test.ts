/** What we send is held to what the official library sends of the same spans, and to what a collector reads of it. */

import { Buffer } from 'node:buffer';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { expect, it } from 'vitest';
import type { Span } from '../../../src/telemetry/span.ts';
import { encoded } from '../../../src/telemetry/otlp/request.ts';
import { readProtobuf } from '../../support/otlp-collector.ts';

type Official = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];

const SPANS: readonly Span[] = [
  {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_id: '00f067aa0ba902b7',
    remote: true,
    trace_state: 'vendor=1,other=ü',
    name: 'invoke_workflow swarm',
    kind: 'internal',
    start: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    end: Date.UTC(2026, 0, 2, 3, 4, 5, 679),
    attributes: { 'a.text': 'Zoë “and” 🜁', 'b.true': true, 'c.false': false, 'd.whole': 2 ** 40, 'e.negative': -7 },
    failed: false,
  },
  {
    trace_id: 'ffffffffffffffffffffffffffffffff',
    span_id: '0000000000000001',
    parent_id: null,
    remote: false,
    trace_state: null,
    name: '',
    kind: 'client',
    start: 0,
    end: 8_640_000_000_000,
    attributes: { share: 0.1, none: 0, empty: '', long: 'x'.repeat(300) },
    failed: true,
  },
];

const RESOURCE = [
  ['service.name', 'beltalowda'],
  ['deployment.environment.name', 'tést'],
] as const;
const BATCH = { resource: RESOURCE, scope: { name: 'beltalowda', version: '1.2.3' }, spans: SPANS };

function official(span: Span): Official {
  const context = (spanId: string, isRemote: boolean): ReturnType<Official['spanContext']> => ({
    traceId: span.trace_id,
    spanId,
    traceFlags: 1,
    isRemote,
    ...(span.trace_state === null ? {} : { traceState: stateOf(span.trace_state) }),
  });
  return {
    name: span.name,
    kind: span.kind === 'client' ? 2 : 0,
    spanContext: () => context(span.span_id, false),
    ...(span.parent_id === null ? {} : { parentSpanContext: context(span.parent_id, span.remote) }),
    startTime: time(span.start),
    endTime: time(span.end),
    duration: [0, 0],
    status: { code: span.failed ? 2 : 0 },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource: THEIR_RESOURCE,
    instrumentationScope: BATCH.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** One for all spans: the library puts those of one resource together by its identity. */
const THEIR_RESOURCE: Official['resource'] = {
  attributes: Object.fromEntries(RESOURCE),
  merge: () => THEIR_RESOURCE,
  getRawAttributes: () => [],
};

function stateOf(text: string): NonNullable<ReturnType<Official['spanContext']>['traceState']> {
  const state = { get: () => undefined, set: () => state, unset: () => state, serialize: () => text };
  return state;
}

function time(ms: number): [number, number] {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}

it('is read by a collector as the official library’s protobuf is', () => {
  const theirs = ProtobufTraceSerializer.serializeRequest(SPANS.map(official));
  const ours = encoded(BATCH, 'http/protobuf');
  const read = readProtobuf(Buffer.from(ours));
  expect(read).toEqual(readProtobuf(Buffer.from(theirs ?? [])));
  expect(read.spans.map(({ attributes }) => attributes)).toEqual(SPANS.map(({ attributes }) => attributes));
});

it('says in JSON what the official library says, which leaves no zero out', () => {
  const theirs: unknown = JSON.parse(
    Buffer.from(JsonTraceSerializer.serializeRequest(SPANS.map(official)) ?? []).toString(),
  );
  const ours: unknown = JSON.parse(Buffer.from(encoded(BATCH, 'http/json')).toString());
  expect(theirs).toMatchObject(inTheirWay(ours));
});

/** They write whole numbers as numbers, which the mapping allows as well. */
function inTheirWay(ours: unknown): object {
  const text = JSON.stringify(ours).replaceAll(/"intValue":"(-?\d+)"/g, '"intValue":$1');
  return JSON.parse(text) as object;
}
