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
/** Around where an outcome is durable and an intent that follows from it is not, which no shared commit leaves behind. */
const BETWEEN = [
  'outcome uncommitted',
  'outcome committed',
  'outcome told',
  'intent asked',
  'intent uncommitted',
  'intent committed',
];

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

    it('commits together what is one step of the journal, and nothing else', () => {
      const held = recording.held.map((commit) => commit.split(', '));
      expect([held[0], held.at(-1)]).toEqual([['submission workflow', 'claim workflow'], ['end workflow']]);
      expect(commits === 'split' ? apart(held.slice(1, -1)) : joined(held.slice(1, -1))).toEqual([]);
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
      expect(sum('again')).toBeGreaterThan(0);
    }, 1_200_000);
  },
);

const OUTCOME = 'outcome ';
const INTENT = 'intent ';

/** Commits that hold other than one intent or one outcome, and steps that lack one of them. */
function apart(held: readonly (readonly string[])[]): readonly string[] {
  const expected = new Set(STEPS.flatMap((step) => [INTENT + step, OUTCOME + step]));
  const found = held.map((commit) => commit.join(', ')).filter((commit) => !expected.delete(commit));
  return [...found, ...expected];
}

/**
 * Where a stage does not begin, whole and in its order, in the commit of the last outcomes of the one before; how many of a
 * stage are last, together, is up to the machine.
 */
function joined(held: readonly (readonly string[])[]): readonly string[] {
  const open = new Set<string>();
  const wrong: string[] = [];
  let next = 0;
  for (const commit of held) {
    const outcomes = commit.filter((one) => one.startsWith(OUTCOME)).map((one) => one.slice(OUTCOME.length));
    const intents = commit.filter((one) => one.startsWith(INTENT)).map((one) => one.slice(INTENT.length));
    const known = outcomes.filter((step) => open.delete(step));
    const follow = open.size === 0 ? (STAGES[next] ?? []) : [];
    if (known.length !== outcomes.length || intents.join(' ') !== follow.join(' ')) wrong.push(commit.join(', '));
    if (open.size > 0) continue;
    for (const step of follow) open.add(step);
    next += 1;
  }
  return next === STAGES.length + 1 ? wrong : [...wrong, `${next} of ${STAGES.length} stages were begun and ended`];
}

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
  const moments = commits === 'joint' ? met : BETWEEN;
  return moments.map((moment): Kill => {
    const at = points.filter((one) => one.startsWith(`${moment} / `));
    // The first intent follows from no outcome.
    const from = commits === 'split' && moment.startsWith('intent ') ? 1 : 0;
    return { point: random.pick(at.slice(from)), heir: random.pick(['entry', 'binary']) };
  });
}
