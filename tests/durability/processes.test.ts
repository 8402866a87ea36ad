/**
 * Two and five processes on one database, killed and paused past their leases: each workflow ends once, with its report,
 * and whoever lost a lease writes nothing. `KILLS` and `SEED` as everywhere.
 */

import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { type Crowd, crowd, type Fate } from '../support/crash-crowd.ts';
import { pausedPastItsLease } from '../support/crash-stale.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';

/** Where the paused process is about to write, so that it tries to as soon as it goes on. */
const ABOUT_TO_WRITE = [
  ...['collect', 'plan', 'agent:belter-1', 'agent:belter-3', 'synthesis:drummer-1', 'synthesis:camina'].map(
    (step) => `outcome asked / ${step}`,
  ),
  // Of the first step alone: all others are asked for while the outcome they follow from is being written.
  'intent asked / collect',
  'conclusion made / workflow',
  'end asked / workflow',
];

const ROUNDS = Math.max(1, Math.round(KILLS / 100));

const CROWDS: readonly (readonly Fate[])[] = [
  ['is paused', 'lives'],
  ['is killed', 'lives'],
  ['is paused', 'is killed', 'is paused', 'lives', 'lives'],
];

describe(`processes on one database (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const points = random.shuffled(ABOUT_TO_WRITE).slice(0, KILLS >= 1000 ? ABOUT_TO_WRITE.length : 2);

  it.each(points)(
    'one that was paused past its lease is refused: %s',
    async (point) => {
      const { violations, refused } = await pausedPastItsLease(ROOT, point);
      expect(violations).toEqual([]);
      expect(refused).toContain(point.replace(' asked', '').replace('conclusion made', 'end').replace(' /', ''));
    },
    120_000,
  );

  it('end every workflow once, with the report it has in one process that is left alone', async () => {
    const alone = await crowd(ROOT, ['lives'], random);
    expect(alone.violations).toEqual([]);
    expect(alone.answers.size).toBe(5);
    const met: Crowd[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const fates of CROWDS) {
        const crowded = await crowd(ROOT, fates, random);
        expect(crowded.violations).toEqual([]);
        expect(sorted(crowded)).toEqual(sorted(alone));
        met.push(crowded);
      }
    }
    const sum = (of: 'refused' | 'takenOver'): number => met.reduce((total, crowded) => total + crowded[of], 0);
    process.stderr.write(
      `processes: ${met.length} crowds of 2 and 5, ${sum('takenOver')} takeovers, ${sum('refused')} stale writes refused\n`,
    );
    expect(sum('takenOver')).toBeGreaterThan(0);
  }, 1_200_000);
});

const sorted = ({ answers }: Crowd) => [...answers].toSorted(([a], [b]) => (a < b ? -1 : 1));
