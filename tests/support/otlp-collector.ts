/** A collector as programs send their spans to: takes OTLP over HTTP in both encodings and keeps what it got. */

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { all, bytesOf, fieldsOf, number, type Read, textOf } from './protobuf-reader.ts';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly flags: number;
}

export interface Export {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
  readonly spans: readonly CollectedSpan[];
}

export interface Collector {
  readonly url: string;
  /** Everything it took, in the order it came. */
  readonly spans: CollectedSpan[];
  readonly exports: Export[];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** What it answers next, before it takes anything again. */
  readonly answers: { readonly status: number; readonly headers?: Record<string, string> }[];
}

export async function collector(): Promise<Collector> {
  const [spans, exports, requests, answers]: [CollectedSpan[], Export[], Collector['requests'], Collector['answers']] =
    [[], [], [], []];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      const refusal = answers.shift();
      if (refusal !== undefined) {
        response.writeHead(refusal.status, refusal.headers).end();
        return;
      }
      const whole = Buffer.concat(pieces);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
      // Who only asks whether anybody is there sends no spans.
      if (body.length === 0 || body.toString() === '{"resourceSpans":[]}') {
        response.writeHead(200).end();
        return;
      }
      const taken = read(body, request.headers['content-type'] ?? '');
      exports.push(taken);
      spans.push(...taken.spans);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `http://127.0.0.1:${address.port}`, spans, exports, requests, answers };
}

function read(body: Buffer, type: string): Export {
  if (type === 'application/json') return readJson(JSON.parse(body.toString()) as JsonExport);
  if (type === 'application/x-protobuf') return readProtobuf(body);
  throw new Error(`no collector takes ${type}`);
}

interface JsonValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
}

type JsonAttributes = readonly { readonly key: string; readonly value: JsonValue }[];

interface JsonExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: JsonAttributes };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly traceState?: string;
        readonly name: string;
        readonly kind: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: JsonAttributes;
        readonly status: { readonly code: number };
        readonly flags: number;
      }[];
    }[];
  }[];
}

function readJson({ resourceSpans }: JsonExport): Export {
  const [of] = resourceSpans;
  const [scoped] = of?.scopeSpans ?? [];
  if (of === undefined || scoped === undefined) throw new Error('an export without spans');
  const spans = scoped.spans.map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    traceState: span.traceState ?? '',
    name: span.name,
    kind: span.kind,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    attributes: jsonAttributes(span.attributes),
    status: span.status.code,
    flags: span.flags,
  }));
  return { resource: jsonAttributes(of.resource.attributes), scope: scoped.scope, spans };
}

function jsonAttributes(attributes: JsonAttributes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.boolValue ??
        value.doubleValue ??
        (value.intValue === undefined ? null : Number(value.intValue)),
    ]),
  );
}

/** Field numbers as in opentelemetry/proto/trace/v1/trace.proto. */
export function readProtobuf(body: Buffer): Export {
  const of = fieldsOf(bytesOf(fieldsOf(body), 1));
  const scoped = fieldsOf(bytesOf(of, 2));
  const scope = fieldsOf(bytesOf(scoped, 1));
  const spans = all(scoped, 2).map((bytes) => {
    const span = fieldsOf(bytes);
    return {
      traceId: bytesOf(span, 1).toString('hex'),
      spanId: bytesOf(span, 2).toString('hex'),
      traceState: textOf(span, 3),
      parentSpanId: bytesOf(span, 4).toString('hex'),
      name: textOf(span, 5),
      kind: Number(number(span, 6)),
      start: number(span, 7),
      end: number(span, 8),
      attributes: attributesOf(span, 9),
      status: Number(number(fieldsOf(bytesOf(span, 15)), 3)),
      flags: Number(number(span, 16)),
    };
  });
  const resource = attributesOf(fieldsOf(bytesOf(of, 1)), 1);
  return { resource, scope: { name: textOf(scope, 1), version: textOf(scope, 2) }, spans };
}

function attributesOf(fields: Read, field: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    all(fields, field).map((bytes) => {
      const pair = fieldsOf(bytes);
      return [textOf(pair, 1), valueOf(fieldsOf(bytesOf(pair, 2)))];
    }),
  );
}

function valueOf(value: Read): unknown {
  if (value.has(1)) return textOf(value, 1);
  if (value.has(2)) return number(value, 2) === 1n;
  if (value.has(3)) return Number(BigInt.asIntN(64, number(value, 3)));
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(number(value, 4));
  return eight.readDoubleLE();
}
