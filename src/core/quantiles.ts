/**
 * Quantiles of very many amounts from counts by size. An amount falls into a bucket whose upper end is 5 % above its lower one,
 * so buckets of any two selections add up to those of both, and what is read from them is within 2.5 % of the amount itself.
 */

/** Upper end of a bucket by its lower one. The stores' SQL says the same (`sqlite/migrations/0006-figures.ts`). */
export const GROWTH = 1.05;

/** How far a quantile may lie from the amount of its rank, as a share of that amount. */
export const RELATIVE_ERROR = 0.025;

/** How many amounts, whole numbers from 0, fell into a bucket: 0 holds what is below 1, n what is in [GROWTH^(n-1), GROWTH^n). */
export interface Bucket {
  readonly bucket: number;
  readonly count: number;
}

/** The amounts that half, nine tenths, 95 and 99 of a hundred do not exceed. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/** In the unit of the amounts divided by `scale`; null where nothing was counted. Buckets may repeat and come in any order. */
export function percentiles(buckets: readonly Bucket[], scale: number): Percentiles | null {
  const counts = new Map<number, number>();
  for (const { bucket, count } of buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number): number => {
    const rank = Math.ceil(share * total);
    let passed = 0;
    let found = 0;
    for (const [bucket, count] of sorted) {
      if (passed < rank) found = bucket;
      passed += count;
    }
    return Math.round(amountOf(found)) / scale;
  };
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

/** What is as far, by ratio, from the lower end of the bucket as from the upper one. */
function amountOf(bucket: number): number {
  return bucket === 0 ? 0 : (2 * GROWTH ** bucket) / (GROWTH + 1);
}
