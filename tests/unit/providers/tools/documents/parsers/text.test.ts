import { describe, expect, it } from 'vitest';
import { parseText } from '../../../../../../src/providers/tools/documents/parsers/text.ts';
import { brokenPromises, fixtureText, seen } from '../reading.ts';

const prose = { cut: 'sentence' } as const;

describe('plain text', () => {
  it('finds underlined, capital and numbered headings, and paragraphs under them', () => {
    const body = parseText(fixtureText('manual.txt'), prose);
    expect(body.title).toBe('The manual');
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body).map(({ place, heading }) => [place, heading])).toEqual([
      [4, 'The manual'],
      [10, 'OPERATION'],
      [15, 'OPERATION › 2.1 Safety'],
    ]);
    expect(seen(body)[1]?.words).toBe('Turn the machine on. Wait for the lamp.');
  });

  it('knows the headings of LaTeX and Org', () => {
    const latex = parseText('\\title{On logs}\n\\section{First}\nWords one.\n\\subsection{Second}\nWords two.', prose);
    expect(latex.title).toBe('On logs');
    expect(
      seen(latex)
        .slice(-2)
        .map(({ heading }) => heading),
    ).toEqual(['First', 'First › Second']);
    expect(seen(parseText('* Plan\nDo it.\n\n** Detail\nSoon.', prose)).map(({ heading }) => heading)).toEqual([
      'Plan',
      'Plan › Detail',
    ]);
  });

  it('takes a short first line by itself for the title, and a sentence not', () => {
    expect(parseText('Notes on power\n\nWords follow here.', prose).title).toBe('Notes on power');
    expect(parseText('This is a sentence.\n\nWords follow here.', prose).title).toBeNull();
  });

  it('merges small paragraphs and keeps long ones apart', () => {
    const long = 'A sentence of some length stands here. '.repeat(12).trim();
    expect(seen(parseText(`One.\n\nTwo.\n\n${long}\n\n${long}`, prose)).map(({ words }) => words.length)).toEqual([
      'One. Two. '.length + long.length,
      long.length,
    ]);
  });

  it('reads one line of five megabytes in linear time, cut after sentences', () => {
    const text = 'The commit waits for the disk to answer. '.repeat(125_000);
    const body = parseText(text, prose);
    expect(brokenPromises(body)).toEqual([]);
    const ends = body.layout.passages.map((passage) => text[passage.end - 1]);
    expect(ends.every((end) => end === '.')).toBe(true);
    expect(body.layout.passages.reduce((sum, { start, end }) => sum + end - start, 0)).toBeGreaterThan(
      0.99 * text.length - 6000,
    );
  }, 10_000);

  it('cuts a line without any space, and never inside a character', () => {
    const text = '😀'.repeat(5000).replace('😀', 'word');
    const body = parseText(`${text}word`, prose);
    expect(body.layout.passages.every(({ start }) => !/^[\uDC00-\uDFFF]/u.test(text.slice(start, start + 1)))).toBe(
      true,
    );
    const letters = parseText('x'.repeat(5000), prose);
    expect(letters.layout.passages.map(({ start, end }) => end - start)).toEqual([1200, 1200, 1200, 1200, 200]);
  });

  it('cuts logs after lines', () => {
    const log = Array.from({ length: 100 }, (_, n) => `2024-01-01 request ${n} done. Time 3 ms`).join('\n');
    const body = parseText(log, { cut: 'line' });
    expect(body.layout.passages.length).toBeGreaterThan(3);
    expect(body.layout.passages.every(({ start }) => start === 0 || log[start - 1] === '\n')).toBe(true);
  });
});
