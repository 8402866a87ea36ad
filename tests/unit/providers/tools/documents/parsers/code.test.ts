import { describe, expect, it } from 'vitest';
import { parseCode } from '../../../../../../src/providers/tools/documents/parsers/code.ts';
import { brokenPromises, fixtureText, seen } from '../reading.ts';

const declared = (line: string): string | null => seen(parseCode(line))[0]?.heading ?? null;

describe('source code', () => {
  it('gives stretches under the name they declare, and a long comment as prose', () => {
    const text = fixtureText('store.py');
    const body = parseCode(text);
    expect(body.text).toBe(text);
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body).map(({ place, heading }) => [place, heading])).toEqual([
      [1, null],
      [3, null],
      [6, 'Store'],
      [9, 'put'],
      [15, 'open_store'],
    ]);
    expect(seen(body)[0]?.words).toBe(
      'A store that keeps its rows in one file and forces every commit to the disk, because a caller that was told "saved" must find its row after a power failure. Readers never wait for the writer.',
    );
  });

  it('puts a comment under the declaration it stands above', () => {
    const long = 'Explains at length why this function exists and what breaks without it. '.repeat(3);
    const body = parseCode(
      `const A = 1;\n/** ${long}*/\nexport async function second() {\n  return 2;\n}\n\n/* Short. */\nclass Third {}\n`,
    );
    expect(seen(body).map(({ heading }) => heading)).toEqual(['A', 'second', 'second', 'Third']);
    expect(seen(body).at(-1)?.words).toBe('Short. class Third {}');
  });

  it('knows declarations of many languages', () => {
    expect(declared('pub fn commit(&self) -> Result<()> {')).toBe('commit');
    expect(declared('func (s *Store) Flush() error {')).toBe('Flush');
    expect(declared('static int write_page(struct page *p) {')).toBe('write_page');
    expect(declared('CREATE TABLE IF NOT EXISTS events (id INTEGER)')).toBe('events');
    expect(declared('[server]')).toBe('server');
    expect(declared('return value(1) {')).toBeNull();
    expect(declared('#include <stdio.h>')).toBeNull();
  });

  it('divides a very long function after its lines', () => {
    const body = parseCode(`function long() {\n${'  doSomething();\n'.repeat(500)}}\n`);
    expect(brokenPromises(body)).toEqual([]);
    expect(seen(body).every(({ heading }) => heading === 'long')).toBe(true);
    expect(body.layout.passages.length).toBeGreaterThan(6);
  });
});
