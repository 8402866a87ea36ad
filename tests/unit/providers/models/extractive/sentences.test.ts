import { describe, expect, it } from 'vitest';
import type { SourceFormat } from '../../../../../src/core/source.ts';
import { legible, sentenceSpans, units } from '../../../../../src/providers/models/extractive/sentences.ts';

const LINE_BREAKS = /[\n\r\t]/g;

function read(
  raw: string,
  format: SourceFormat = 'markdown',
  masked = raw.replaceAll(LINE_BREAKS, ' '),
): readonly string[] {
  return units({ raw, masked, format }).map(({ kind, start, end }) => `${kind}: ${raw.slice(start, end)}`);
}

function sentences(text: string): readonly string[] {
  return sentenceSpans(text).map(([start, end]) => text.slice(start, end).trim());
}

describe('sentenceSpans', () => {
  it.each([
    ['Dr. Smith wrote it. It was read by J. R. Jones.', 2],
    ['Use a log, e.g. WAL. It helps.', 2],
    ['See Fig. 3 for details. The end.', 2],
    ['It needs Node 22.19. Older ones fail.', 2],
    ['The size is 3.5 MB. That is small.', 2],
    ['Miller et al. [3] measured it. Others did not.', 2],
    ['The file is called index.js. It is small.', 2],
    ['Really? Yes! Good.', 3],
    ['Das gilt z. B. für Berlin. Hamburg ist anders.', 2],
    ['今日は晴れです。明日は雨です。', 2],
    ['1. Open the file. 2. Close it.', 2],
  ])('cuts %s into %i', (text, count) => {
    expect(sentences(text)).toHaveLength(count);
  });

  it('covers the text without gaps', () => {
    const text = 'One sentence. Prof. X wrote another.  And a third';
    expect(
      sentenceSpans(text)
        .map(([start, end]) => text.slice(start, end))
        .join(''),
    ).toBe(text);
  });
});

describe('units', () => {
  it('joins wrapped lines of a paragraph and separates paragraphs', () => {
    expect(read('The log is\nflushed first. Then pages.\n\nAnother paragraph here.')).toEqual([
      'sentence: The log is\nflushed first.',
      'sentence: Then pages.',
      'sentence: Another paragraph here.',
    ]);
  });

  it('takes list items for units, without their marks and with their continuation lines', () => {
    expect(read('It guarantees:\n- Atomic commits\n  across files\n* Durable commits\n2) Ordered writes')).toEqual([
      'sentence: It guarantees:',
      'item: Atomic commits\n  across files',
      'item: Durable commits',
      'item: Ordered writes',
    ]);
  });

  it('cuts a long list item into its sentences', () => {
    const long = `${'A long sentence about the log '.repeat(10)}ends. A second one follows.`;
    expect(read(`- ${long}`)).toHaveLength(2);
  });

  it('skips headings, rules, fences and the head of a table, and keeps its rows', () => {
    const raw = '# Title\n\nSetext\n======\nText of it.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode line\n```\n';
    expect(read(raw)).toEqual(['sentence: Text of it.', 'row: | 1 | 2 |', 'code: code line']);
  });

  it('takes a CSV record for a unit even when a cell holds a line break', () => {
    expect(read('Berlin,"big\ncity"\nHamburg,harbour\n', 'csv')).toEqual([
      'row: Berlin,"big\ncity"',
      'row: Hamburg,harbour',
    ]);
  });

  it('reads comments of a program as prose and its lines as they are', () => {
    expect(read('// Flushes the log before\n// the pages. Then returns.\nconst limit = 5;\n}\n', 'code')).toEqual([
      'sentence: Flushes the log before\n// the pages.',
      'sentence: Then returns.',
      'code: const limit = 5;',
    ]);
  });

  it('finds nothing in white space', () => {
    expect(read(' \n\n ')).toEqual([]);
  });
});

describe('legible', () => {
  it('collapses white space and drops hidden markup without leaving gaps', () => {
    const raw = 'The **log** is [flushed](http://x.y),\n  then `read`.';
    const masked = 'The   log   is  flushed            ,   then  read .';
    expect(legible(raw, masked.padEnd(raw.length))).toBe('The log is flushed, then read.');
  });

  it('keeps words apart that a tag or a line break parts', () => {
    expect(legible('one<br>two', 'one    two')).toBe('one two');
    expect(legible('one\n// two', 'one // two')).toBe('one two');
    expect(legible('one\n- two', 'one - two')).toBe('one two');
    expect(legible('fell to\n- 5 °C', 'fell to - 5 °C')).toBe('fell to - 5 °C');
    expect(legible('must be\n> $5', 'must be > $5')).toBe('must be > $5');
    expect(legible('a – b: c', 'a – b: c')).toBe('a – b: c');
  });
});
