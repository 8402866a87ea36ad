import { describe, expect, test } from 'vitest';
import { DOMAINS, inDomain, isBrought, type Layout, locate, mask, placeAt } from '../../../src/core/source.ts';
import { Random } from '../../support/random.ts';

const SEEDS = Array.from({ length: 500 }, (_, seed) => seed);

function layout(placeStarts: readonly number[], place: Layout['place'] = 'line'): Layout {
  return { place, placeStarts, headings: [], passages: [], blanks: [] };
}

function blanksOf(random: Random, length: number): Layout['blanks'] {
  const edges = Array.from({ length: 2 * random.below(6) }, () => random.below(length + 1));
  const sorted = [...new Set(edges)].sort((a, b) => a - b);
  return sorted.flatMap((start, i) => (i % 2 === 0 && i + 1 < sorted.length ? [[start, sorted[i + 1] ?? 0]] : [])) as [
    number,
    number,
  ][];
}

describe('mask', () => {
  test('shows what a reader sees and keeps every offset', () => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const text = Array.from({ length: random.below(40) }, () => random.pick(['a', 'é', '\n', '\t', ' ', '*'])).join(
        '',
      );
      const blanks = blanksOf(random, text.length);
      const start = random.below(text.length + 1);
      const span = { start, end: start + random.below(text.length - start + 1) };
      const hidden = (at: number): boolean => blanks.some(([from, to]) => from <= at && at < to);
      const expected = Array.from(text, (c, at) => (hidden(at) || /\s/.test(c) ? ' ' : c)).join('');
      expect(mask(text, blanks), `seed ${seed}`).toBe(expected);
      expect(mask(text, blanks, span), `seed ${seed}`).toBe(expected.slice(span.start, span.end));
    }
  });
});

describe('placeAt', () => {
  test('gives the place an offset lies in', () => {
    for (const seed of SEEDS) {
      const random = new Random(seed);
      const starts = [0, ...new Set(Array.from({ length: random.below(30) }, () => 1 + random.below(100)))];
      starts.sort((a, b) => a - b);
      const offset = random.below(120);
      const number = starts.filter((start) => start <= offset).length;
      expect(placeAt(layout(starts), offset), `seed ${seed}`).toEqual({ kind: 'line', number });
    }
  });

  test('a layout without places is one place', () => {
    expect(placeAt(layout([], 'page'), 5)).toEqual({ kind: 'page', number: 1 });
  });
});

test('a place is told as people look it up', () => {
  expect(locate('notes/wal.md', { kind: 'line', number: 12 })).toBe('notes/wal.md:12');
  expect(locate('paper.pdf', { kind: 'page', number: 3 })).toBe('paper.pdf, page 3');
  expect(locate('memo.docx', { kind: 'paragraph', number: 4 })).toBe('memo.docx, paragraph 4');
});

test('what an agent brought is told from what was collected by its id', () => {
  expect(['s1', 's12', 'belter-2.s1', 'general-1.s3'].map((source_id) => isBrought({ source_id }))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('the domains of a swarm are these, in this order', () => {
  expect(DOMAINS.join(' ')).toBe('academic news technical social product image video text general');
});

describe('inDomain', () => {
  test('text takes all prose, whatever it is about; each other domain what is its own', () => {
    const about = { domain: 'news' } as const;
    expect(inDomain({ ...about, format: 'pdf' }, 'text')).toBe(true);
    expect(inDomain({ ...about, format: 'csv' }, 'text')).toBe(false);
    expect(inDomain({ ...about, format: 'csv' }, 'news')).toBe(true);
    expect(inDomain({ ...about, format: 'pdf' }, 'academic')).toBe(false);
  });
});
