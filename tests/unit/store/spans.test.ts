import { expect, test } from 'vitest';
import { dailySpans, type Range, spansOf, type Spans } from '../../../src/store/spans.ts';
import { Random } from '../../support/random.ts';
import { SEED } from '../../support/sizes.ts';

const HOUR_MS = 3_600_000;
const BEGIN = Date.parse('2025-11-20T00:00:00.000Z');

function within(spans: Spans['days'], at: string): number {
  return spans.filter(({ from, to }) => from <= at && at < to).length;
}

/** How often the parts of a range hold a time: 1 for each that the range holds, else 0. */
function held({ months = [], days, times }: Omit<Spans, 'months'> & Partial<Spans>, time: string): number {
  return within(months, time.slice(0, 7)) + within(days, time.slice(0, 10)) + within(times, time);
}

function holds({ since, until }: Range, time: string): boolean {
  return (since === null || since <= time) && (until === null || time < until);
}

test(`the parts of a range hold each of its times once, and no other (SEED=${SEED})`, () => {
  const random = new Random(SEED);
  const some = (): string => {
    const at = BEGIN + random.below(24 * 140) * HOUR_MS;
    return new Date(at - (random.chance(0.4) ? at % (24 * HOUR_MS) : 0) + (random.chance(0.2) ? 1 : 0)).toISOString();
  };
  for (let round = 0; round < 2000; round += 1) {
    const [a = '', b = ''] = [some(), some()].toSorted();
    if (a === b) continue;
    const range = { since: random.chance(0.2) ? null : a, until: random.chance(0.2) ? null : b };
    for (const time of [a, b, ...Array.from({ length: 20 }, some)]) {
      const wanted = [range, time, holds(range, time) ? 1 : 0];
      expect([range, time, held(spansOf(range), time)]).toEqual(wanted);
      expect([range, time, held(dailySpans(range), time)]).toEqual(wanted);
    }
  }
});

test('no more than the two ends is left to be read one by one', () => {
  const since = '2025-11-26T09:30:00.000Z';
  const until = '2026-02-03T00:00:00.001Z';
  expect(spansOf({ since, until })).toEqual({
    months: [{ from: '2025-12', to: '2026-02' }],
    days: [
      { from: '2025-11-27', to: '2025-12-01' },
      { from: '2026-02-01', to: '2026-02-03' },
    ],
    times: [
      { from: since, to: '2025-11-27T00:00:00.000Z' },
      { from: '2026-02-03T00:00:00.000Z', to: until },
    ],
  });
  expect(spansOf({ since: null, until: null })).toEqual({ months: [{ from: '', to: '~' }], days: [], times: [] });
  expect(spansOf({ since: '2025-12-01T00:00:00.000Z', until: null }).days).toEqual([]);
  expect(spansOf({ since: '2025-12-01T10:00:00.000Z', until: '2025-12-01T11:00:00.000Z' })).toEqual({
    months: [],
    days: [],
    times: [{ from: '2025-12-01T10:00:00.000Z', to: '2025-12-01T11:00:00.000Z' }],
  });
});
