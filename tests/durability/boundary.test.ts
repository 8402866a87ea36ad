/**
 * Kill -9 at the boundaries of the journal: every step at every boundary when many kills are asked for, else every kind of
 * boundary at a step that the seed chooses. Once where an outcome and the intents that follow from it share a commit, once
 * where each has its own, as when the store's milliseconds for one are over. `KILLS` and `SEED` as everywhere.
 */

import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/binary.ts';
import { type Commits, type Heir, killAt, type Recording, record } from '../support/crash-boundaries.ts';
import { pooled } from '../support/crash-process.ts';
import { Random } from '../support/random.ts';
import { KILLS, SEED } from '../support/sizes.ts';

/** From so many kills on every boundary of every step is met, once with each heir. */
const ALL_FROM = 1000;

/** Each stage follows from the outcomes of the one before. */
const STAGES = [
  ['collect'],
  ['plan'],
  ['agent:belter-1', 'agent:belter-2', 'agent:belter-3', 'agent:belter-4'],
  ['synthesis:drummer-1', 'synthesis:drummer-2'],
  ['synthesis:camina'],
];
const STEPS = STAGES.flat();

/** What happens to each step but for its intent, and to the workflow as a whole. */
const OF_A_STEP = {
  intent: ['asked', 'told'],
  call: ['due', 'made', 'answered'],
  outcome: ['asked', 'uncommitted', 'committed', 'told'],
};
const OF_THE_WORKFLOW = {
  submission: ['asked', 'uncommitted', 'committed'],
  'claim with submission': ['uncommitted', 'committed'],
  claim: ['told'],
  acknowledgement: ['due'],
  conclusion: ['due', 'made'],
  end: ['asked', 'uncommitted', 'committed', 'told'],
};
/** The first follows from no outcome. */
const intentOf: Readonly<Record<Commits, (step: string) => string>> = {
  joint: (step) => (step === 'collect' ? 'intent' : 'intent with outcome'),
  split: () => 'intent',
};
/** What can be met only where an outcome is durable and an intent that follows from it is not. */
const SPLIT_ONLY = ['outcome committed', 'outcome told', 'intent asked', 'intent uncommitted', 'intent committed'];

interface Kill {
  readonly point: string;
  readonly heir: Heir;
}

describe.each(['joint', 'split'] as const)(
  `a workflow, killed at its boundaries, commits %s (seed ${SEED})`,
  (commits) => {
    let recording: Recording;

    beforeAll(async () => {
      recording = await record(ROOT, commits);
    }, 240_000);

    it('passes every boundary of every step once', () => {
      const expected = [
        ...STEPS.flatMap((step) => boundaries(OF_A_STEP, step)),
        ...STEPS.flatMap((step) => boundaries({ [intentOf[commits](step)]: ['uncommitted', 'committed'] }, step)),
        ...boundaries(OF_THE_WORKFLOW, 'workflow'),
      ];
      const texts = recording.points.filter((point) => point.startsWith('text '));
      expect(recording.points.filter((point) => !texts.includes(point)).toSorted()).toEqual(expected.toSorted());
      expect(texts).toHaveLength(2 * 4);
    });

    it('begins each stage in the commit of the last outcome of the one before, or each step in a commit of its own', () => {
      const held = recording.held.map((commit) => commit.split(', '));
      expect([held[0], held.at(-1)]).toEqual([['submission workflow', 'claim workflow'], ['end workflow']]);
      const of = (change: string, commit: readonly string[]): readonly string[] =>
        commit.filter((one) => one.startsWith(`${change} `)).map((one) => one.slice(change.length + 1));
      const begins = held.filter((commit) => of('intent', commit).length > 0);
      if (commits === 'split') {
        expect(held.slice(1, -1).toSorted()).toEqual(
          STEPS.flatMap((step) => [[`intent ${step}`], [`outcome ${step}`]]).toSorted(),
        );
        return;
      }
      expect(begins.map((commit) => of('intent', commit))).toEqual(STAGES);
      for (const [n, commit] of begins.entries()) {
        const open = STAGES[n - 1] ?? [];
        const before = held.slice(0, held.indexOf(commit)).flatMap((one) => of('outcome', one));
        const joint = of('outcome', commit);
        // How many of a stage are last, together, is up to the machine.
        expect(joint.length > 0).toBe(n > 0);
        expect(joint.toSorted()).toEqual(open.filter((step) => !before.includes(step)));
      }
    });

    it('goes on to the same report, and makes no call again but the one in flight', async () => {
      const kills = chosen(recording);
      const outcomes = await pooled(kills, 2, ({ point, heir }) => killAt(ROOT, point, { recording, heir }));
      const sum = (of: 'kept' | 'again'): number => outcomes.reduce((total, outcome) => total + outcome[of], 0);
      process.stderr.write(
        `boundaries, commits ${commits}: ${kills.length} kills at ${new Set(kills.map(({ point }) => point)).size} of ` +
          `${recording.points.length} boundaries, ${sum('kept')} finished steps kept, ` +
          `${sum('again')} calls in flight made again\n`,
      );
      expect(outcomes.flatMap(({ violations }) => violations)).toEqual([]);
      expect(sum('kept')).toBeGreaterThan(0);
      if (commits === 'joint' || KILLS >= ALL_FROM) expect(sum('again')).toBeGreaterThan(0);
    }, 1_200_000);
  },
);

function boundaries(moments: Readonly<Record<string, readonly string[]>>, subject: string): readonly string[] {
  return Object.entries(moments).flatMap(([what, when]) => when.map((at) => `${what} ${at} / ${subject}`));
}

function chosen({ commits, points }: Recording): readonly Kill[] {
  if (KILLS >= ALL_FROM) {
    return points.flatMap((point): Kill[] => [
      { point, heir: 'entry' },
      { point, heir: 'binary' },
    ]);
  }
  const random = new Random(SEED);
  const met = [...new Set(points.map((point) => point.split(' / ')[0] ?? ''))];
  const moments = commits === 'joint' ? met : SPLIT_ONLY;
  return moments.map((moment): Kill => {
    const at = points.filter((one) => one.startsWith(`${moment} / `));
    // The first intent follows from no outcome.
    const from = commits === 'split' && moment.startsWith('intent ') ? 1 : 0;
    return { point: random.pick(at.slice(from)), heir: random.pick(['entry', 'binary']) };
  });
}
