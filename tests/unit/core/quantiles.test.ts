import { expect, test } from 'vitest';
import { MOST_DAYS_MEASURED } from '../../../src/core/analytics.ts';
import { type Bucket, GROWTH, percentiles, RELATIVE_ERROR } from '../../../src/core/quantiles.ts';
import { Random } from '../../support/random.ts';
import { SEED } from '../../support/sizes.ts';

/** As the stores' SQL counts them. */
function bucketOf(amount: number): Bucket {
  return { bucket: amount < 1 ? 0 : 1 + Math.trunc(Math.log(amount) / Math.log(GROWTH)), count: 1 };
}

test('of nothing there are no quantiles, of nothing but zeros they are zero', () => {
  expect(percentiles([], 1)).toBeNull();
  expect(percentiles([{ bucket: 3, count: 0 }], 1)).toBeNull();
  expect(percentiles([{ bucket: 0, count: 7 }], 1)).toEqual({ p50: 0, p90: 0, p95: 0, p99: 0 });
});

test('buckets that repeat add up, in any order', () => {
  const once = percentiles(
    [
      { bucket: 10, count: 3 },
      { bucket: 90, count: 7 },
    ],
    1,
  );
  const twice = [
    { bucket: 90, count: 6 },
    { bucket: 10, count: 3 },
    { bucket: 90, count: 1 },
  ];
  expect(percentiles(twice, 1)).toEqual(once);
});

test('the scale divides what is told', () => {
  const [one, thousand] = [percentiles([{ bucket: 200, count: 1 }], 1), percentiles([{ bucket: 200, count: 1 }], 1000)];
  expect(one?.p50).toBe((thousand?.p50 ?? 0) * 1000);
});

test(`a quantile is as near to the amount of its rank as is said, over many sizes (SEED=${SEED})`, () => {
  const random = new Random(SEED);
  for (let round = 0; round < 200; round += 1) {
    const amounts = Array.from({ length: 1 + random.below(300) }, () => Math.round(10 ** (random.next() * 11)));
    const sorted = amounts.toSorted((a, b) => a - b);
    const found = percentiles(amounts.map(bucketOf), 1);
    for (const [name, share] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
      // A whole number beside it is as near as a whole number gets.
      expect(Math.abs((found?.[name] ?? Number.NaN) - exact)).toBeLessThanOrEqual(Math.max(1, exact * RELATIVE_ERROR));
    }
  }
});

test('of a month at most are there quantiles by day', () => {
  expect(MOST_DAYS_MEASURED).toBe(31);
});
