import { expect, test } from 'vitest';
import { readTrace, traceOfHeaders } from '../../../src/core/trace.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a well-formed trace context is kept as it came', () => {
  expect(readTrace({ traceparent: TRACEPARENT })).toEqual({ traceparent: TRACEPARENT });
  const whole = { traceparent: TRACEPARENT, tracestate: 'vendor=1', baggage: 'user=42' };
  expect(readTrace({ ...whole, other: 1 })).toEqual(whole);
});

test.each([
  ['nothing', undefined],
  ['no traceparent', { tracestate: 'vendor=1' }],
  ['another type', { traceparent: 7 }],
  ['capital letters', { traceparent: TRACEPARENT.toUpperCase() }],
  ['the forbidden version', { traceparent: TRACEPARENT.replace(/^00/, 'ff') }],
  ['an empty trace id', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }],
  ['an empty parent id', { traceparent: `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01` }],
  ['something behind it', { traceparent: `${TRACEPARENT}-x` }],
])('%s is no trace', (_what, meta) => {
  expect(readTrace(meta)).toBeNull();
});

test('companions that are empty, too long or no text are left out', () => {
  const kept = { traceparent: TRACEPARENT };
  expect(readTrace({ ...kept, tracestate: '', baggage: 'x'.repeat(8193) })).toEqual(kept);
  expect(readTrace({ ...kept, tracestate: 'x'.repeat(513), baggage: 1 })).toEqual(kept);
});

test('headers say it in the same words', () => {
  expect(traceOfHeaders(new Headers({ traceparent: TRACEPARENT, tracestate: 'a=b' }))).toEqual({
    traceparent: TRACEPARENT,
    tracestate: 'a=b',
  });
  expect(traceOfHeaders(new Headers({ tracestate: 'a=b' }))).toBeNull();
});
