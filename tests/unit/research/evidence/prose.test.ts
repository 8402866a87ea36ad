import { describe, expect, test } from 'vitest';
import type { Composition, Report } from '../../../../src/core/report.ts';
import { evidenceFor } from '../../../../src/research/evidence/evidence.ts';
import { integrityProblems, proseProblems } from '../../../../src/research/evidence/integrity.ts';
import { citationMarks } from '../../../../src/research/evidence/markdown.ts';
import { paragraphProblems, paragraphsOf, tidyProse, withoutMarks } from '../../../../src/research/evidence/prose.ts';
import { withTrueMarks } from '../../../../src/research/evidence/quotations.ts';
import { type Rendered, renderReport } from '../../../../src/research/evidence/render.ts';
import { soundReport } from '../../../../src/research/evidence/sound.ts';
import { notesOf } from '../../../support/notes.ts';
import { Random } from '../../../support/random.ts';
import { INPUTS, SEED } from '../../../support/sizes.ts';

const NOTES = notesOf([
  { id: 'b-1.1', text: 'The A/B ratio (x) fell to 5% at Node.js and U.S. firms; see "it" & more [5].' },
  { id: 'b-1.2', text: 'The tower is 330 m tall.[3]' },
]);
const EVIDENCE = evidenceFor(NOTES.claims, NOTES.sources, NOTES.texts);
const [ONE = '', OTHER = ''] = NOTES.claims.map(({ claim_id }) => claim_id);

const compositionOf = (prose: string): Composition => ({
  title: 'T',
  summary: [ONE],
  summary_prose: prose,
  sections: [{ heading: 'Findings', claims: [ONE, OTHER], prose }],
  conflicts: [],
});

function rendered(composition: Composition, missing: Report['missing'] = []): Rendered {
  return renderReport({
    composition,
    claims: new Map(NOTES.claims.map((one) => [one.claim_id, one])),
    sources: new Map(NOTES.sources.map((one) => [one.source_id, one])),
    evidence: EVIDENCE,
    verbatim: () => true,
    missing,
    asked: '',
    gaps: [],
    skipped: [],
    skipped_total: 0,
    collected: 2,
    model: 'cassette/test',
    stamp: 'written for a test',
  });
}

function problemsOf(composition: Composition): readonly string[] {
  const made = rendered(composition);
  return [...integrityProblems(made, NOTES.texts), ...proseProblems(made.report, composition)];
}

describe('prose in the form that is stored', () => {
  test.each([
    ['several ids in one mark', 'So it is [[b-1.1; b-1.2]].', 'So it is [[b-1.1]] [[b-1.2]].'],
    ['ids among words', 'So it is [[b-1.1, see above]].', 'So it is [[b-1.1]].'],
    ['double brackets that name nothing', 'So it is [[see above]] [[]] [[ b-1.1 ]].', 'So it is [[b-1.1]].'],
    ['footnotes of a source', 'It is 330 m tall.[3] [[b-1.2]]', 'It is 330 m tall [[b-1.2]].'],
    ['several footnotes', 'It is so [3, 4] and \\[5\\] so [[b-1.2]].', 'It is so and so [[b-1.2]].'],
    ['other brackets', 'It rose [sic] in [2020] [[b-1.1]].', 'It rose (sic) in (2020) [[b-1.1]].'],
    ['brackets round a mark', 'So it is [[[b-1.1]]].', 'So it is ([[b-1.1]]).'],
    ['a mark before a point that goes on', 'It is X [[b-1.1]].Net income rose.', 'It is X [[b-1.1]]. Net income rose.'],
    ['an address with a mark in it', 'See http[[b-1.1]]://evil.example/x.', 'See http[[b-1.1]]: //evil.example/x.'],
    ['footnotes in the width of other scripts', 'It is so 【7】 and ［9］ so [[b-1.2]].', 'It is so and so [[b-1.2]].'],
    ['an id too long for one', `So it is [[b-1.1 ${'a'.repeat(90)}.1]].`, 'So it is [[b-1.1]].'],
    ['a paragraph of marks alone', 'So it is [[b-1.1]].\n\n[[b-1.2]].', 'So it is [[b-1.1]].'],
  ])('%s', (_, prose, stored) => {
    expect(tidyProse(prose)).toBe(stored);
    expect(tidyProse(stored)).toBe(stored);
    expect(problemsOf(compositionOf(stored))).toEqual([]);
  });

  test('what stands in brackets is a word of the report, also where it was stored as it came', () => {
    expect(problemsOf(compositionOf('It is [3] so [[see above]] and [sic] so [[b-1.1]].'))).toEqual([]);
  });

  test('a claim named in a paragraph of marks alone stands in the report all the same', () => {
    const { report } = rendered(compositionOf('So it is [[b-1.1]].\n\n[[b-1.2]]'));
    expect(report.claims.map(({ claim_id }) => claim_id)).toContain(OTHER);
  });
});

test.each([
  ['spaces', ' '],
  ['marks', '[[b-1.1]] '],
  ['brackets', '['],
  ['quotation marks', ' “'],
  ['apostrophes', " 'a"],
])('a quarter of a million %s cost a pass over them', (_, piece) => {
  const prose = tidyProse(`It is so${piece.repeat(250_000 / piece.length)}x [[b-1.1]].`);
  expect(withoutMarks(prose)).toMatch(/^It is so/);
  expect(withTrueMarks(prose, () => false).text).toMatch(/^It is so/);
});

const TRIES = Math.ceil(INPUTS / 4);

const PIECES: readonly string[] = [
  ...'It¦fell¦ ¦ ¦. ¦.¦ to 5%¦ 330 m¦\n\n¦\n¦Node.js¦U.S. ¦Net¦com¦ "so"¦ “A”.¦\'s¦[3]¦[3, 4]¦[[]]¦[[see above]]¦[[ghost]]¦[[¦]]¦[¦]'.split(
    '¦',
  ),
  ...' (unsupported)¦(unsup¦ported)¦- ¦# ¦1. ¦ 5. ¦> ¦>¦<¦<b>¦*bold*¦_x_¦`c`¦~a~¦\\¦|¦$x$¦&amp;¦&¦&#91;¦…¦! ¦?¦: ¦; ¦,¦—¦”¦’¦)¦('.split(
    '¦',
  ),
  ...'http¦://¦mailto:¦www.¦a@b.de¦@¦https://x.y/z¦[a](http://x.y)¦\u200b¦\u202e¦\u0000¦é¦e\u0301¦。¦日本。¦😀'.split(
    '¦',
  ),
  ` [[${ONE}]]`,
  `[[${OTHER}]]`,
  `[[${ONE}; ${OTHER}]]`,
  `[[${ONE}, x]]`,
];

const written = (random: Random): string =>
  Array.from({ length: 2 + random.below(14) }, () => random.pick(PIECES)).join('');

describe(`whatever is written (seed ${SEED})`, () => {
  test('in the stored form it says the same once cited, and no mark dangles', () => {
    const random = new Random(SEED);
    let taken = 0;
    for (let input = 0; input < TRIES; input += 1) {
      const raw = written(random);
      const prose = tidyProse(raw);
      const kept = paragraphsOf(prose).filter((each) => paragraphProblems(each, EVIDENCE).length === 0);
      const problems = kept.length === 0 ? [] : problemsOf(compositionOf(kept.join('\n\n')));
      expect({ raw, brackets: /[[\]]/.test(withoutMarks(prose)), problems }).toEqual({
        raw,
        brackets: false,
        problems: [],
      });
      taken += kept.length === 0 ? 0 : 1;
    }
    expect(taken).toBeGreaterThan(TRIES / 20);
  });

  test('as it came it never costs the report: what does not hold gives way to its claims', () => {
    const random = new Random(SEED + 1);
    for (let input = 0; input < TRIES; input += 1) {
      const raw = written(random);
      const checked = soundReport(compositionOf(raw), { texts: NOTES.texts, render: rendered });
      if (checked.kind === 'broken') throw new Error(`${JSON.stringify(raw)}: ${checked.problems.join('; ')}`);
      const { report } = checked;
      const claims = report.claims.map(({ claim_id }) => claim_id).sort();
      const dangling = citationMarks(report.text).filter((mark) => mark > report.sources.length);
      expect({ raw, claims, dangling }).toEqual({ raw, claims: [ONE, OTHER], dangling: [] });
    }
  });
});
