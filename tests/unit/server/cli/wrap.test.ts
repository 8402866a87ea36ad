import { describe, expect, it } from 'vitest';
import { paints } from '../../../../src/server/cli/style.ts';
import { width } from '../../../../src/server/cli/width.ts';
import { wrap } from '../../../../src/server/cli/wrap.ts';

const plain = paints(false);
const lines = (text: string, cells: number) => wrap([{ text, look: null }], { width: cells, paint: plain });

describe('wrap', () => {
  it('fills lines with whole words and collapses spaces', () => {
    expect(lines('the quick  brown fox jumps', 10)).toEqual(['the quick', 'brown fox', 'jumps']);
  });

  it('cuts a word that is wider than a line, and goes on behind it', () => {
    expect(lines('see abcdefghijklmnop now', 10)).toEqual(['see', 'abcdefghij', 'klmnop now']);
  });

  it('breaks between wide characters, which have no spaces', () => {
    expect(lines('日本語の文章です', 10)).toEqual(['日本語の文', '章です']);
  });

  it('keeps every line within the width and every character of the text', () => {
    const text = 'Durability: データベース commits-are-written-ahead-of-everything-else, e\u0301tudes 👩‍👩‍👧 and so on';
    for (let cells = 8; cells < 60; cells += 1) {
      const wrapped = lines(text, cells);
      expect(Math.max(...wrapped.map((line) => width(line)))).toBeLessThanOrEqual(cells);
      expect(wrapped.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });

  it('hangs further lines below the first and starts a new line at a line feed', () => {
    const wrapped = wrap([{ text: 'one two three\nfour', look: null }], {
      width: 12,
      first: '1. ',
      rest: '   ',
      paint: plain,
    });
    expect(wrapped).toEqual(['1. one two', '   three', '   four']);
  });

  it('gives the first prefix for nothing at all', () => {
    expect(wrap([], { width: 20, first: '- ', paint: plain })).toEqual(['- ']);
  });

  it('keeps a word together whose look changes half way, and paints each stretch once', () => {
    const spans = [
      { text: 'a long stretch', look: 'strong' },
      { text: '[1]', look: 'mark' },
      { text: ' end', look: null },
    ] as const;
    expect(wrap(spans, { width: 14, paint: plain })).toEqual(['a long', 'stretch[1] end']);
    expect(wrap(spans, { width: 40, paint: paints(true) })).toEqual([
      '\u001B[1ma long stretch\u001B[22m\u001B[36m[1]\u001B[39m end',
    ]);
  });
});
