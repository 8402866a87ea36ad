import { describe, expect, test } from 'vitest';
import { page, type Selection } from '../../../src/orchestrator/pages.ts';
import { idOf } from '../../contract/rows.ts';
import { Random } from '../../support/random.ts';

const SELECTION: Selection = { task_id: idOf(1), section: null, detail: 'report' };

function pages(text: string, max_chars: number): string[] {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const shown = page(text, SELECTION, { cursor, max_chars });
    found.push(shown.text);
    cursor = shown.next_cursor;
  } while (cursor !== undefined && found.length <= text.length);
  return found;
}

describe('pages', () => {
  test('rejoin to the text, fit, are never empty and never split a character', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const random = new Random(seed);
      const text = Array.from({ length: 1 + random.below(80) }, () => random.pick(['a', 'é', '\n', '😀', '日'])).join(
        '',
      );
      const max = 1 + random.below(30);
      const found = pages(text, max);
      expect(found.join(''), `seed ${seed}`).toBe(text);
      for (const shown of found) {
        expect(shown.isWellFormed(), `seed ${seed}`).toBe(true);
        // A character of two units is shown whole, even on a page of one.
        expect(shown.length, `seed ${seed}`).toBeLessThanOrEqual(Math.max(max, 2));
        expect(shown.length, `seed ${seed}`).toBeGreaterThan(0);
      }
    }
  });

  test('end at a line break where one is near, else where they are full', () => {
    expect(pages('first line\nsecond line\n', 15)).toEqual(['first line\n', 'second line\n']);
    expect(pages('ab\ncdefghijklmnop', 10)).toEqual(['ab\ncdefghi', 'jklmnop']);
  });

  test('a text that fits, and an empty one, are one page', () => {
    expect(page('abc', SELECTION, { cursor: undefined, max_chars: 3 })).toEqual({ text: 'abc' });
    expect(page('', SELECTION, { cursor: undefined, max_chars: 3 })).toEqual({ text: '' });
  });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  const text = 'x'.repeat(100);
  const cursor = page(text, SELECTION, { cursor: undefined, max_chars: 10 }).next_cursor ?? '';
  test.each([
    ['workflow', { task_id: idOf(2) }],
    ['section', { section: 'summary' }],
    ['detail', { detail: 'evidence' }],
  ])('of another %s is refused and told so', (_, change) => {
    const shown = (): unknown => page(text, { ...SELECTION, ...change }, { cursor, max_chars: 10 });
    expect(shown).toThrow('belongs to another');
  });

  const of = (offset: unknown): string => encode([SELECTION.task_id, null, 'report', offset]);
  test.each([
    ['nothing', ''],
    ['noise', '!!!'],
    ['JSON of another shape', encode({ offset: 5 })],
    ['too short a list', encode([SELECTION.task_id, 5])],
    ['the beginning', of(0)],
    ['before the beginning', of(-1)],
    ['the end', of(100)],
    ['between characters', of(1.5)],
    ['a word', of('5')],
  ])('that is %s is refused', (_, forged) => {
    expect(() => page(text, SELECTION, { cursor: forged, max_chars: 10 })).toThrow('not one that get_result returned');
  });
});
