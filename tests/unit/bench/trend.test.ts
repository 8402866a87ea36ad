import { describe, expect, it } from 'vitest';
import { lastPart, pieces, type Sample, trend } from '../../../bench/soak/trend.ts';
import { Random } from '../../support/random.ts';

const MINUTE = 60_000;
const TOLERANCE = { absolute: 2, share: 0.05 };

/** Every minute, on a line with noise and now and then a sample that is far off. */
function line(growth_per_hour: number, wild = 0): readonly Sample[] {
  const random = new Random(1);
  return Array.from({ length: 60 }, (_, n) => ({
    at: n * MINUTE,
    value: 100 + (growth_per_hour * n) / 60 + random.next() * 2 + (random.chance(wild) ? 500 : 0),
  }));
}

describe('a trend', () => {
  it('is flat where nothing but noise and wild samples is', () => {
    const { flat, slope, slope_from, slope_to, median } = trend(line(0, 0.15), TOLERANCE);
    expect(flat).toBe(true);
    expect(Math.abs(slope)).toBeLessThan(1);
    expect(slope_from).toBeLessThan(0);
    expect(slope_to).toBeGreaterThan(0);
    expect(Math.round(median)).toBe(101);
  });

  it('grows where a line does, whatever lies beside it', () => {
    const { flat, slope, grown, slope_from } = trend(line(20, 0.15), TOLERANCE);
    expect(flat).toBe(false);
    expect(slope).toBeGreaterThan(17);
    expect(slope).toBeLessThan(23);
    expect(grown).toBeCloseTo((slope * 59) / 60, 5);
    expect(slope_from).toBeGreaterThan(0);
  });

  it('is flat where it falls, and where it grows by less than is told apart', () => {
    expect(trend(line(-50), TOLERANCE).flat).toBe(true);
    expect(trend(line(4), TOLERANCE).flat).toBe(true);
    expect(trend(line(4), { absolute: 1, share: 0 }).flat).toBe(false);
  });

  it('takes three samples', () => {
    expect(() => trend(line(0).slice(0, 2), TOLERANCE)).toThrow(RangeError);
  });
});

describe('samples', () => {
  it('are judged by their last part', () => {
    const last = lastPart(line(0), 2 / 3);
    expect([last.length, last[0]?.at]).toEqual([40, 20 * MINUTE]);
  });

  it('become one for each piece of time', () => {
    const samples = [1, 5, 3, 9, 7].map((value, n) => ({ at: MINUTE + n * 1000, value }));
    expect(pieces(samples, 2000, (values) => Math.min(...values))).toEqual([
      { at: MINUTE, value: 1 },
      { at: MINUTE + 2000, value: 3 },
      { at: MINUTE + 4000, value: 7 },
    ]);
  });
});
