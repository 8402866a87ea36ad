import { describe, expect, it } from 'vitest';
import {
  linesOfPage,
  paragraphsOfPage,
  styleOf,
  withoutRunningLines,
  type DrawnString,
  type PdfLine,
} from '../../../../../../src/providers/tools/documents/parsers/pdf-lines.ts';

const drawn = (text: string, at: Partial<DrawnString> = {}): DrawnString => ({
  text,
  x: 50,
  y: 700,
  width: text.length * 5,
  size: 10,
  endsLine: false,
  ...at,
});

const line = (text: string, y: number, at: Partial<PdfLine> = {}): PdfLine => ({
  text,
  x: 50,
  y,
  right: 350,
  size: 10,
  ...at,
});

const page = (n: number): PdfLine[] => [
  line('Journal of Logs 12', 800),
  line(`Content of page ${'abcd'.charAt(n)}`, 700),
  line('and more of it', 688),
  line(`which goes on with ${'abcd'.charAt(n)}`, 676),
  line(`Page ${n} of 4`, 30),
];

const read = (lines: readonly PdfLine[]): [string, string][] =>
  paragraphsOfPage(lines, styleOf([lines])).map(({ kind, text }) => [kind, text]);

describe('lines of a page', () => {
  it('join strings on one height, with a space where there is a gap', () => {
    const lines = linesOfPage([
      drawn('Hello'),
      drawn('world', { x: 80 }),
      drawn('2', { x: 105, y: 703, size: 6 }),
      drawn('Next', { y: 688 }),
    ]);
    expect(lines.map(({ text, size }) => [text, size])).toEqual([
      ['Hello world2', 10],
      ['Next', 10],
    ]);
  });

  it('end where the page says so, even on the same height', () => {
    const lines = linesOfPage([
      drawn('One'),
      drawn('', { endsLine: true }),
      drawn('Two', { x: 300 }),
      drawn('  ', { endsLine: true }),
    ]);
    expect(lines.map(({ text }) => text)).toEqual(['One', 'Two']);
  });
});

describe('running heads and page numbers', () => {
  it('are left out, and content at the same height is kept', () => {
    const kept = withoutRunningLines([page(0), page(1), page(2), page(3)]);
    expect(kept[2]?.map(({ text }) => text)).toEqual(['Content of page c', 'and more of it', 'which goes on with c']);
  });

  it('are not looked for on a single page', () => {
    expect(withoutRunningLines([[line('7', 700)]])).toEqual([[line('7', 700)]]);
  });
});

describe('paragraphs of a page', () => {
  it('part at a wider gap, at a bullet, after a short last line and at larger type', () => {
    expect(
      read([
        line('A heading', 700, { size: 14 }),
        line('The first paragraph has two lines', 676),
        line('and ends early.', 664, { right: 150 }),
        line('The second begins here and runs', 652),
        line('to its end', 640, { right: 120 }),
        line('The third stands after a gap.', 610),
        line('• A bullet point', 598, { right: 150 }),
        line('• Another one', 586, { right: 150 }),
      ]),
    ).toEqual([
      ['heading', 'A heading'],
      ['prose', 'The first paragraph has two lines and ends early.'],
      ['prose', 'The second begins here and runs to its end'],
      ['prose', 'The third stands after a gap.'],
      ['item', '• A bullet point'],
      ['item', '• Another one'],
    ]);
  });

  it('go on in the next column', () => {
    expect(
      read([
        line('words at the foot of the first', 100),
        line('column go on in the second.', 700, { x: 400 }),
        line('New column text.', 720, { x: 600 }),
      ]),
    ).toEqual([
      ['prose', 'words at the foot of the first column go on in the second.'],
      ['prose', 'New column text.'],
    ]);
  });

  it('know a numbered section by its form', () => {
    expect(
      read([
        line('2.1 Torn pages', 700, { right: 120 }),
        line('Words follow here.', 660),
        line('And more of them.', 648),
      ]),
    ).toEqual([
      ['heading', '2.1 Torn pages'],
      ['prose', 'Words follow here. And more of them.'],
    ]);
  });

  it('take no row of a table that begins with a number for a section', () => {
    const row = '2 Pump risk of fire, call the yard yard, harbour office 24 hours';
    expect(read([line('Words stand here.', 700), line(row, 660, { right: 300 }), line('More words.', 620)])).toEqual([
      ['prose', 'Words stand here.'],
      ['prose', row],
      ['prose', 'More words.'],
    ]);
  });

  it('join a word divided at a line end unless the hyphen is its own', () => {
    expect(
      read([
        line('a check-', 700),
        line('point and a write-', 688),
        line('ahead log, a copy-on-', 676),
        line('write tree; write-ahead', 664),
      ]),
    ).toEqual([['prose', 'a checkpoint and a write-ahead log, a copy-on-write tree; write-ahead']]);
  });
});
