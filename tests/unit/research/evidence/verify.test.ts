import { describe, expect, test } from 'vitest';
import type { Source } from '../../../../src/core/source.ts';
import { quoteStands, verifyClaims } from '../../../../src/research/evidence/verify.ts';
import { claim, LAYOUT, source, textOf } from '../../../contract/rows.ts';

const TEXT = textOf('# One\nThe log is written **before** the data. It holds 4 pages.\nEnd.');
const SOURCES = new Map([['s1', source('s1', TEXT)]]);
const [open, close] = [TEXT.text.indexOf('**'), TEXT.text.lastIndexOf('**')];
const layout = {
  ...LAYOUT,
  blanks: [[open, open + 2] as const, [close, close + 2] as const],
  placeStarts: [0, 6, TEXT.text.indexOf('End.')],
};
const reader = (read: string[]) => (of: Source) => {
  read.push(of.source_id);
  return Promise.resolve({ text: TEXT.text, layout });
};

function quoting(claim_id: string, quote: string): ReturnType<typeof claim> {
  const start = TEXT.text.indexOf(quote);
  return claim(claim_id, { quote, start, end: start + quote.length, text: quote, label: 'model_judged' });
}

describe('verifying', () => {
  test('keeps what stands where it says, in order, and computes label and place itself', async () => {
    const read: string[] = [];
    const claims = [
      quoting('c2', 'End.'),
      { ...quoting('c1', 'The log is written **before** the data.'), text: 'The log is written before the data.' },
    ];
    const { claims: kept, rejected } = await verifyClaims(claims, SOURCES, reader(read));
    expect(rejected).toEqual([]);
    expect(kept.map(({ claim_id, label, location }) => [claim_id, label, location])).toEqual([
      ['c2', 'quoted', 'documents/s1.md:3'],
      ['c1', 'quoted', 'documents/s1.md:2'],
    ]);
    expect(read).toEqual(['s1']);
  });

  const good = quoting('c1', 'It holds 4 pages.');
  const length = TEXT.text.length;
  test.each([
    ['moved by one', { start: good.start + 1, end: good.end + 1 }],
    ['too short a span', { end: good.end - 1 }],
    ['not verbatim', { quote: 'It holds 5 pages.' }],
    ['empty', { quote: '', start: 3, end: 3 }],
    ['blank', { quote: ' ', start: 5 + TEXT.text.slice(5).indexOf(' '), end: 6 + TEXT.text.slice(5).indexOf(' ') }],
    ['counted from the end', { start: good.start - length, end: good.end - length }],
    ['between characters', { start: good.start + 0.5, end: good.end + 0.5 }],
    ['beyond the end', { start: length, end: length + good.quote.length }],
    ['no number at all', { start: Number.NaN, end: Number.NaN }],
    ['of a foreign source', { source_id: 's2' }],
  ])('rejects a quote that is %s', async (_, change) => {
    const bad = { ...good, ...change };
    expect(await verifyClaims([bad, good], SOURCES, reader([]))).toMatchObject({
      rejected: [bad],
      claims: [{ claim_id: 'c1', start: good.start }],
    });
  });

  test('a quote stands where the text has it, character by character', () => {
    expect(quoteStands({ quote: '😀', start: 1, end: 3 }, 'a😀b')).toBe(true);
    expect(quoteStands({ quote: 'a', start: -1, end: 0 }, 'ab')).toBe(false);
    expect(quoteStands({ quote: 'e\u0301', start: 0, end: 2 }, 'é')).toBe(false);
  });
});
