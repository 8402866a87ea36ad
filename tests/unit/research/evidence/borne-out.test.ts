/** Which sentences of a model's prose stand in a report as said by its sources, and what becomes of the claims of the others. */

import { describe, expect, test } from 'vitest';
import { summaryOf } from '../../../support/checked-report.ts';

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
