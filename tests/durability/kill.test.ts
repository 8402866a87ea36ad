/**
 * Kill -9 on the shipped binary, at random moments, again and again, on the command line and over stdio: nothing lost,
 * nothing finished done again, the same report, one terminal event. `KILLS` sets how many, `SEED` repeats a run.
 */

import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { commandLine, killed, placeOf, RESEARCH, stdio, summary } from '../support/crash-kills.ts';
import { type Answer, answerOf, end, Places, pooled, startBinary } from '../support/crash-process.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';

/** A third of the kills hit servers over stdio. Two lanes run at a time. */
const LANES = [commandLine, stdio, commandLine, commandLine, stdio, commandLine];

describe(`the binary, killed at random moments (seed ${SEED})`, () => {
  const places = new Places();
  let answer: Answer;
  let durationMs: number;

  beforeAll(async () => {
    const place = placeOf(places);
    const began = performance.now();
    const ended = await end(startBinary(ROOT, place, RESEARCH(place)));
    durationMs = performance.now() - began;
    if (ended.code !== 0) throw new Error(`the uninterrupted run failed: ${ended.stderr}`);
    answer = answerOf(ended.stdout);
  }, 240_000);
  afterAll(() => {
    places.remove();
  });

  it(`carries on after each of ${KILLS} kills to the same report, and repeats no finished step`, async () => {
    const kills = Math.ceil(KILLS / LANES.length);
    const tallies = await pooled(LANES, 2, (edge, n) =>
      killed({ build: ROOT, edge, kills, random: new Random(SEED + n), durationMs, answer, places }),
    );
    process.stderr.write(`\n${summary(tallies)}\n`);
    expect(tallies.flatMap(({ violations }) => violations)).toEqual([]);
    // A run in which every kill fell before the first step, or between two, would prove nothing.
    const sum = (of: 'kept' | 'again'): number => tallies.reduce((total, tally) => total + tally[of], 0);
    expect(sum('kept')).toBeGreaterThan(0);
    expect(sum('again')).toBeGreaterThan(0);
  }, 2_400_000);
});
