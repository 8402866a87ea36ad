import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../../../src/providers/tools/documents/decode.ts';
import {
  buildLayout,
  GROW,
  headingTrail,
  lineStarts,
  linesOf,
  tidyHeading,
} from '../../../../../src/providers/tools/documents/layout.ts';
import { cutsBetween, MAX_PASSAGE } from '../../../../../src/providers/tools/documents/split.ts';
import { titleOf } from '../../../../../src/providers/tools/documents/title.ts';

describe('cutting', () => {
  it('leaves alone what fits', () => {
    expect(cutsBetween('x'.repeat(MAX_PASSAGE), { start: 0, end: MAX_PASSAGE }, 'sentence')).toEqual([]);
  });

  it('halves what is a little too long instead of leaving a crumb', () => {
    const text = 'Ten words stand in this sentence, no more and no. '.repeat(26);
    expect(cutsBetween(text, { start: 0, end: text.length }, 'sentence')).toEqual([650]);
  });

  it('does not take abbreviations and initials for the end of a sentence', () => {
    const text = `${'word '.repeat(120)}by J. Gray, cf. Fig. 3 of it. ${'word '.repeat(150)}`;
    const [cut = 0] = cutsBetween(text, { start: 0, end: text.length }, 'sentence');
    expect(text.slice(0, cut).endsWith(' ')).toBe(true);
    expect(text.slice(0, cut).trimEnd().endsWith('J.')).toBe(false);
    expect(text.slice(0, cut).trimEnd().endsWith('Fig.')).toBe(false);
  });
});

describe('building a layout', () => {
  it('joins overlapping blanks and drops what shows no word', () => {
    const text = '**bold** words --- [](x)';
    const layout = buildLayout({
      text,
      place: 'line',
      placeStarts: [0],
      headings: [],
      blocks: [
        { start: 0, end: 14, heading: -1, grow: GROW.alone, cut: 'sentence' },
        { start: 15, end: 18, heading: -1, grow: GROW.alone, cut: 'sentence' },
        { start: 19, end: 24, heading: -1, grow: GROW.alone, cut: 'sentence' },
      ],
      blanks: [
        [19, 24],
        [6, 8],
        [0, 2],
        [20, 22],
        [5, 5],
        [1, 2],
      ],
    });
    expect(layout.passages).toEqual([{ start: 0, end: 14, place: 1, heading: -1 }]);
    expect(layout.blanks).toEqual([
      [0, 2],
      [6, 8],
      [19, 24],
    ]);
  });
});

describe('lines', () => {
  it('end at LF, CRLF and a lone CR', () => {
    const text = 'a\r\nb\rc\n\nd';
    const starts = lineStarts(text);
    expect(starts).toEqual([0, 3, 5, 7, 8]);
    expect([...linesOf(text, starts)].map(({ start, end }) => text.slice(start, end))).toEqual([
      'a',
      'b',
      'c',
      '',
      'd',
    ]);
    expect(lineStarts('a\nb')).toEqual([0, 2]);
  });
});

describe('headings', () => {
  it('form paths, close deeper ones and pass over empty ones', () => {
    const trail = headingTrail();
    expect(trail.current()).toBe(-1);
    trail.enter(2, 'Two');
    trail.enter(3, 'Three');
    trail.enter(3, ' ');
    expect(trail.below('a, b')).toBe(2);
    expect(trail.below('')).toBe(1);
    trail.enter(1, 'One');
    expect(trail.headings).toEqual(['Two', 'Two › Three', 'Two › Three › a, b', 'One']);
  });

  it('are one line of bounded length', () => {
    expect(tidyHeading('a\n  b')).toBe('a b');
    expect(tidyHeading('x'.repeat(5000))).toHaveLength(200);
  });
});

describe('titles', () => {
  it('come from the document, else from a readable file name', () => {
    expect(titleOf('  The\n title ', 'x.md')).toBe('The title');
    expect(titleOf(null, 'wal-and_fsync.md')).toBe('Wal and fsync');
    expect(titleOf('', 'report-2024-03.tar.md')).toBe('Report 2024-03.tar');
    expect(titleOf(null, '---')).toBe('---');
    expect(titleOf('x'.repeat(300), 'x')).toHaveLength(200);
  });
});

describe('decoding', () => {
  it('reads UTF-16 in both orders', () => {
    expect(decodeText(new Uint8Array([0xfe, 0xff, 0x00, 0x61, 0x00, 0xe9]))).toBe('aé');
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0x61, 0x00]))).toBe('a');
  });

  it('refuses NULs and floods of control characters, with and without valid UTF-8', () => {
    expect(decodeText(new Uint8Array([65, 0, 66]))).toHaveProperty('reason');
    expect(decodeText(new Uint8Array(64).fill(1))).toHaveProperty('reason');
    expect(decodeText(new Uint8Array([...new Uint8Array(64).fill(2), 0xff]))).toHaveProperty('reason');
  });
});
