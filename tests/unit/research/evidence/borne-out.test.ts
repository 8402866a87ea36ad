/** Which sentences of a model's prose stand in a report as said by its sources, and what becomes of the claims of the others. */

import { describe, expect, test } from 'vitest';
import { evidenceFor, judgedClaims } from '../../../../src/research/evidence/evidence.ts';
import { isUnsupported, paragraphProblems, sentencesOf, tidyProse } from '../../../../src/research/evidence/prose.ts';
import { summaryOf } from '../../../support/checked-report.ts';
import { notesOf } from '../../../support/notes.ts';
import { PAIRS } from '../../../support/pairs.ts';

describe('a claim that its quote does not bear out', () => {
  const CURES = {
    id: 'b-1.1',
    text: 'The drug cures lung cancer completely.',
    quote: 'The drug was given to mice in a cage.',
  };
  const BONN = { id: 'b-1.2', text: 'The trial ran in Bonn.' };
  test('is not hidden by the mark of another beside its own', () => {
    const prose = 'The drug cures lung cancer completely [[b-1.1]] [[b-1.2]].';
    expect(summaryOf([CURES, BONN], prose)).toBe(
      'The drug cures lung cancer completely [1][2] (unsupported).\n\n- “The trial ran in Bonn.” [2]',
    );
  });
  test('nor by a sentence without a mark in a paragraph that has some', () => {
    const prose = 'The drug cures lung cancer completely. The trial ran in Bonn [[b-1.2]] [[b-1.1]].';
    expect(summaryOf([CURES, BONN], prose)).toBe(
      'The drug cures lung cancer completely (unsupported). The trial ran in Bonn [1][2].\n\n' +
        '- The drug cures lung cancer completely. [2] (unsupported)',
    );
  });
  test('is told once where its sentence is marked', () => {
    const prose = 'The drug cures lung cancer completely [[b-1.1]]. The trial ran in Bonn [[b-1.2]].';
    expect(summaryOf([CURES, BONN], prose)).toBe(
      'The drug cures lung cancer completely [1] (unsupported). The trial ran in Bonn [2].',
    );
  });
});

describe('a sentence that says something else than its quote', () => {
  const TOLERATED = { id: 'b-1.1', text: 'The drug was tolerated by most patients in the trial.' };
  test.each([
    'The trial proves that the vaccine causes autism in patients',
    'Doctors in the trial were jailed for fraud',
    'Most patients were poisoned',
    'The drug was banned by most countries in the union',
    'The drug was tolerated by most patients in the trial and cures cancer of the lung',
  ])('is marked: %s', (said) => {
    expect(summaryOf([TOLERATED], `${said} [[b-1.1]].`)).toContain(`${said} [1] (unsupported).`);
  });
  test.each([
    'Most patients tolerated the drug',
    'In the trial, the drug was well tolerated',
    'The trial found good tolerability in most patients',
    'The drug was tolerated',
  ])('is not where it says the same: %s', (said) => {
    expect(summaryOf([TOLERATED], `${said} [[b-1.1]].`)).toBe(`${said} [1].`);
  });

  test('on 369 pairs of claim and evidence, most that is borne out stays unmarked and most that is not is marked', () => {
    const marked = PAIRS.map(({ evidence, text, supported, kind }) => {
      const cited = new Map([['b-1.1', { statement: '', span: evidence, context: '' }]]);
      return { supported, kind, isMarked: isUnsupported({ text, marks: ['b-1.1'] }, [], cited) };
    });
    const share = (of: (pair: (typeof marked)[number]) => boolean): number => {
      const all = marked.filter(of);
      return all.filter(({ isMarked }) => isMarked).length / all.length;
    };
    expect(share(({ supported }) => !supported)).toBeGreaterThan(0.85);
    expect(share(({ supported }) => supported)).toBeLessThan(0.27);
    // What says it in the words of the evidence, moved or left out, is hardly ever marked; other words for it often are.
    expect(share(({ kind }) => kind === 'close' || kind === 'quoted')).toBeLessThan(0.04);
  });
});

describe('a number that no cited quote holds', () => {
  const DIED = { id: 'b-1.1', text: 'Patients in the trial died after treatment with the drug in 2019.' };
  const notes = notesOf([DIED]);
  const evidence = evidenceFor(notes.claims, notes.sources, notes.texts);
  test.each([
    '５００ patients in the trial died after treatment with the drug',
    '٥٠٠ patients in the trial died after treatment with the drug',
    '⅔ of patients in the trial died after treatment with the drug',
    'Ⅻ patients in the trial died after treatment with the drug',
    'Hundreds of patients in the trial died after treatment with the drug',
    'Patients in the trial died after treatment with the drug, costing USD500 million',
    'In the trial pre-500 patients died after treatment with the drug',
    `Patients died, ${'and patients in the trial died after treatment with the drug in 2019, '.repeat(60)}and 500 people died`,
  ])('is refused, however it is written: %s', (said) => {
    const prose = tidyProse(`${said} [[b-1.1]].`);
    expect(paragraphProblems(prose, evidence)).toHaveLength(1);
    expect(sentencesOf(prose).map((sentence) => isUnsupported(sentence, [], evidence))).toEqual([true]);
  });
  test('is one that its span says and its title may name', () => {
    const named = notesOf([{ id: 'b-1.1', text: 'HTTP2 runs over one connection, as thousands of pages show.' }]);
    const context = 'On SHA-256';
    const cited = new Map([['b-1.1', { statement: '', span: named.claims[0]?.quote ?? '', context }]]);
    expect(paragraphProblems('HTTP2 runs over one connection [[b-1.1]].', cited)).toEqual([]);
    expect(paragraphProblems('It runs over one connection with SHA-256 [[b-1.1]].', cited)).toEqual([]);
    expect(paragraphProblems('Thousands of pages show one connection [[b-1.1]].', cited)).toEqual([]);
  });
});

test('no vote makes a claim with another number than its quote one that is borne out', () => {
  const { claims } = notesOf([
    { id: 'b-1.1', text: 'It cost 5 million.', quote: 'It cost 5 thousand.' },
    { id: 'b-1.2', text: 'It was dear.', quote: 'The price was beyond all means.' },
  ]);
  const judged = claims.map(({ claim_id }) => ({ claim_id, supported: true }));
  expect(judgedClaims(claims, { judged }).map(({ label }) => label)).toEqual(['unsupported', 'model_judged']);
});
