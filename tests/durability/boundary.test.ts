/**
 * Kill -9 at the boundaries of the journal: every step at every boundary when many kills are asked for, else every kind of
 * boundary at a step that the seed chooses. `KILLS` and `SEED` as everywhere.
 */

import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { type Heir, killAt, type Recording, record } from '../support/crash-boundaries.ts';
import { pooled } from '../support/crash-process.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';

/** From so many kills on every boundary of every step is met, once with each heir. */
const ALL_FROM = 1000;

const STEPS =
  'collect plan agent:belter-1 agent:belter-2 agent:belter-3 agent:belter-4 synthesis:drummer-1 synthesis:drummer-2 synthesis:camina'.split(
    ' ',
  );
/** What happens to each step, and to the workflow as a whole. */
const OF_A_STEP = {
  intent: ['asked', 'uncommitted', 'committed', 'told'],
  call: ['due', 'made', 'answered'],
  outcome: ['asked', 'uncommitted', 'committed', 'told'],
};
const OF_THE_WORKFLOW = {
  submission: ['asked', 'uncommitted', 'committed'],
  acknowledgement: ['due'],
  claim: ['uncommitted', 'committed', 'told'],
  conclusion: ['due', 'made'],
  end: ['asked', 'uncommitted', 'committed', 'told'],
};

interface Kill {
  readonly point: string;
  readonly heir: Heir;
}

describe(`a workflow, killed at the boundaries of its journal (seed ${SEED})`, () => {
  let recording: Recording;

  beforeAll(async () => {
    recording = await record(ROOT);
  }, 240_000);

  it('passes every boundary of every step once', () => {
    const expected = [
      ...STEPS.flatMap((step) => boundaries(OF_A_STEP, step)),
      ...boundaries(OF_THE_WORKFLOW, 'workflow'),
    ];
    const texts = recording.points.filter((point) => point.startsWith('text '));
    expect(recording.points.filter((point) => !texts.includes(point)).toSorted()).toEqual(expected.toSorted());
    expect(texts).toHaveLength(2 * 4);
  });

  it('goes on to the same report, and makes no call again but the one in flight', async () => {
    const kills = chosen(recording.points);
    const outcomes = await pooled(kills, 2, ({ point, heir }) => killAt(ROOT, point, { recording, heir }));
    const sum = (of: 'kept' | 'again'): number => outcomes.reduce((total, outcome) => total + outcome[of], 0);
    process.stderr.write(
      `boundaries: ${kills.length} kills at ${new Set(kills.map(({ point }) => point)).size} of ` +
        `${recording.points.length} boundaries, ${sum('kept')} finished steps kept, ` +
        `${sum('again')} calls in flight made again\n`,
    );
    expect(outcomes.flatMap(({ violations }) => violations)).toEqual([]);
    expect(sum('kept')).toBeGreaterThan(0);
    expect(sum('again')).toBeGreaterThan(0);
  }, 1_200_000);
});

function boundaries(moments: Readonly<Record<string, readonly string[]>>, subject: string): readonly string[] {
  return Object.entries(moments).flatMap(([what, when]) => when.map((at) => `${what} ${at} / ${subject}`));
}

function chosen(points: readonly string[]): readonly Kill[] {
  if (KILLS >= ALL_FROM) {
    return points.flatMap((point): Kill[] => [
      { point, heir: 'entry' },
      { point, heir: 'binary' },
    ]);
  }
  const random = new Random(SEED);
  const moments = [...new Set(points.map((point) => point.split(' / ')[0]))];
  return moments.map((moment): Kill => {
    const point = random.pick(points.filter((one) => one.startsWith(`${moment} / `)));
    return { point, heir: random.pick(['entry', 'binary']) };
  });
}
