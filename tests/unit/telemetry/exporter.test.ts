import { expect, it } from 'vitest';
import type { OtlpSettings } from '../../../src/core/telemetry.ts';
import { Exporter, type Fate } from '../../../src/telemetry/otlp/exporter.ts';
import type { Span } from '../../../src/telemetry/span.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { eventually } from '../../support/engine-node.ts';
import { type Collector, collector } from '../../support/otlp-collector.ts';
import { OF, otlp, step } from './happenings.ts';
import { spansOf } from '../../../src/telemetry/spans.ts';

interface Opened {
  readonly exporter: Exporter;
  readonly clock: FakeClock;
  readonly fates: Record<Fate, number>;
  readonly log: string[];
}

function open({ url }: Pick<Collector, 'url'>, change: Partial<OtlpSettings> = {}): Opened {
  const clock = new FakeClock();
  const fates = { sent: 0, dropped: 0, refused: 0 };
  const log: string[] = [];
  const exporter = new Exporter({
    settings: otlp({ url: `${url}/v1/traces`, ...change }),
    scope: { name: 'tests', version: '1' },
    clock,
    fared: (fate, spans) => (fates[fate] += spans),
    log: (message, thrown) => log.push(thrown instanceof Error ? `${message}: ${thrown.message}` : message),
  });
  return { exporter, clock, fates, log };
}

function spans(count: number): readonly Span[] {
  const ids = Array.from({ length: count }, (_, n) => `step-${n}`);
  return ids.flatMap((step_id) =>
    spansOf({ kind: 'step_ended', of: OF, step: step({ step_id, agent_id: null }) }, false),
  );
}

it('sends a batch when it is full, and what is left a moment later', async () => {
  const at = await collector();
  const { exporter, clock, fates } = open(at, { compression: 'gzip', headers: { 'x-key': 'k' } });
  exporter.add(spans(5));
  await eventually(() => fates.sent === 4, 'a full batch is sent');
  expect(clock.next).toBe(clock.now() + 1000);
  await clock.advance(1000);
  await eventually(() => fates.sent === 5, 'the rest is sent');
  expect(at.spans.map(({ attributes }) => attributes['beltalowda.step.id'])).toEqual(
    [0, 1, 2, 3, 4].map((n) => `step-${n}`),
  );
  expect(at.requests[0]?.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-key': 'k' });
  expect(clock.waiting).toBe(0);
});

it('drops and counts what finds no room', async () => {
  const at = await collector();
  const { exporter, fates } = open(at);
  exporter.add(spans(25));
  expect(fates.dropped).toBe(15);
  await eventually(() => fates.sent >= 8, 'what fitted is sent');
  await exporter.close();
  expect(fates).toEqual({ sent: 10, dropped: 15, refused: 0 });
  exporter.add(spans(1));
  expect(fates.dropped).toBe(16);
});

it('drops and counts what is too much to keep, however few spans it is', async () => {
  const at = await collector();
  const queue = { most: 2048, batch: 512, delay_ms: 1000 };
  const { exporter, fates } = open(at, { queue });
  // One text that all of them share: a megabyte of this process, forty of the queue.
  const attributes = { text: 'x'.repeat(1_000_000) };
  const large = spans(40).map((span): Span => ({ ...span, attributes: { ...span.attributes, ...attributes } }));
  exporter.add(large);
  expect(fates.dropped).toBe(7);
  await exporter.close();
  expect(fates).toEqual({ sent: 33, dropped: 7, refused: 0 });
  // No request is larger than collectors take, as far as that is for batches to say.
  expect(at.requests).toHaveLength(9);
  exporter.add(spans(1));
  expect(fates.dropped).toBe(8);
});

it('sends a span alone that is larger than requests are to be', async () => {
  const at = await collector();
  const { exporter, fates } = open(at);
  const [first, second] = spans(2);
  if (first === undefined || second === undefined) throw new Error('there are two');
  exporter.add([{ ...first, attributes: { text: 'x'.repeat(5_000_000) } }, second]);
  await exporter.close();
  expect(fates).toEqual({ sent: 2, dropped: 0, refused: 0 });
  expect(at.requests).toHaveLength(2);
});

it('tries again what may pass, as long as the collector says, and gives up in the end', async () => {
  const at = await collector();
  const { exporter, clock, fates, log } = open(at);
  at.answers.push({ status: 503 }, { status: 429, headers: { 'Retry-After': '7' } });
  exporter.add(spans(4));
  await eventually(() => at.requests.length === 1 && clock.waiting > 0, 'the first attempt failed');
  await clock.advance(1000);
  await eventually(() => at.requests.length === 2 && clock.waiting > 0, 'the second attempt failed');
  expect(clock.next).toBe(clock.now() + 7000);
  await clock.advance(7000);
  await eventually(() => fates.sent === 4, 'the third is taken');
  at.answers.push({ status: 502 }, { status: 502 }, { status: 502 }, { status: 502 });
  exporter.add(spans(4));
  await eventually(async () => {
    await clock.advance(500);
    return fates.refused === 4;
  }, 'it gives up');
  expect(at.requests).toHaveLength(7);
  expect(log).toEqual([`spans could not be sent: ${at.url} took no spans in 4 attempts`]);
});

it.each([[400], [302]])('does not try again what is refused with %i', async (status) => {
  const at = await collector();
  const { exporter, clock, fates, log } = open(at);
  at.answers.push({ status, headers: { location: `${at.url}/elsewhere` } });
  exporter.add(spans(4));
  await eventually(() => fates.refused === 4, 'it is refused');
  expect(at.requests).toHaveLength(1);
  expect(log).toEqual([`${at.url} refused spans with status ${status}`]);
  expect(clock.waiting).toBe(0);
});

it('sends what waits when it closes, and waits three seconds for a collector that is gone', async () => {
  const at = await collector();
  const first = open(at);
  first.exporter.add(spans(3));
  await first.exporter.close();
  expect(first.fates).toEqual({ sent: 3, dropped: 0, refused: 0 });
  const gone = open({ url: 'http://127.0.0.1:1' });
  gone.exporter.add(spans(9));
  const closed = gone.exporter.close();
  await eventually(() => gone.clock.waiting >= 2, 'it waits for another attempt');
  await gone.clock.advance(1000);
  await eventually(() => gone.clock.waiting >= 2, 'it waits for another attempt');
  await gone.clock.advance(2000);
  await closed;
  expect(gone.fates).toEqual({ sent: 0, dropped: 5, refused: 4 });
});
