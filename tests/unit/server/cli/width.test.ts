import { describe, expect, it } from 'vitest';
import { chop, fit, graphemes, oneLine, printable, truncate, width } from '../../../../src/server/cli/width.ts';

describe('width', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['한', 2],
    ['ﾊ', 1],
    ['👩‍👩‍👧', 2],
    ['✔', 1],
    ['✔\uFE0F', 2],
    ['🇨🇭', 2],
    ['a\u200Bb', 2],
  ])('of %j is %i cells', (text, cells) => {
    expect(width(text)).toBe(cells);
  });
});

describe('truncate and fit', () => {
  it('never exceed the limit and never cut a character in half', () => {
    const text = 'Wörter, 日本語の文, 👩‍👩‍👧 family, e\u0301tude';
    for (let limit = 0; limit < 50; limit += 1) {
      expect(width(truncate(text, limit))).toBeLessThanOrEqual(limit);
      expect(width(fit(text, limit))).toBe(limit);
    }
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('two words', 5)).toBe('two…');
  });

  it('leave alone what fits', () => {
    expect(truncate('日本', 4)).toBe('日本');
    expect(fit('ab', 4)).toBe('ab  ');
    expect(truncate('abcdef', 5, '...')).toBe('ab...');
    expect(truncate('abcdef', 2, '...')).toBe('');
  });
});

describe('chop', () => {
  it('cuts into pieces that fit and lose nothing', () => {
    expect(chop('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
    expect(chop('日本語', 3)).toEqual(['日', '本', '語']);
    expect(chop('日', 1)).toEqual(['日']);
    expect(chop('', 3)).toEqual([]);
  });
});

describe('printable', () => {
  it('takes away what could move the cursor, recolour or reverse the text', () => {
    expect(printable('a\u001B[31mb\u0007\tc\u202Ed\ne\u009Bf')).toBe('a[31mb cd\nef');
    expect(oneLine('  a\r\n b\tc \u001B[2J ')).toBe('a b c [2J');
  });
});

describe('graphemes', () => {
  it('are what a person sees as one character', () => {
    expect(graphemes('ab')).toEqual(['a', 'b']);
    expect(graphemes('e\u0301👩‍👩‍👧')).toEqual(['e\u0301', '👩‍👩‍👧']);
  });
});
