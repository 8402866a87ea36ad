import { describe, expect, it } from 'vitest';
import { type Column, factText, tableText } from '../../../../src/server/cli/facts.ts';
import { width } from '../../../../src/server/cli/width.ts';
import { recordingTerminal } from './recording-terminal.ts';

const screen = (columns = 40, color = false) =>
  recordingTerminal({ stdoutIsTTY: true, columns, color: { out: color, err: color } });

describe('factText', () => {
  it('puts values into one column and wraps them below their beginning', () => {
    expect(
      factText(screen(30), [
        ['a', 'one two three four five'],
        ['a longer name', 'x'],
      ]),
    ).toBe('  a              one two\n                 three four\n                 five\n  a longer name  x\n');
  });

  it('is one line a fact in a pipe, whatever is in it', () => {
    expect(factText(recordingTerminal(), [['a', `one\ntwo\u001B[2J ${'x'.repeat(200)}`]])).toBe(
      `  a           one two[2J ${'x'.repeat(200)}\n`,
    );
  });
});

describe('tableText', () => {
  const columns: readonly Column[] = [
    { heading: 'name' },
    { heading: 'n', right: true, look: (cell) => (cell === '10' ? 'bad' : null) },
    { heading: 'words' },
  ];

  it('aligns cells by what is seen of them, wide characters too', () => {
    const rows = [{ cells: ['日本', '7', 'a'] }, { cells: ['x', '10', 'b'] }];
    expect(tableText(screen(), columns, rows)).toBe('name   n  words\n日本   7  a\nx     10  b\n');
  });

  it('wraps the last column to two lines at most, and cuts what is left', () => {
    const rows = [{ cells: ['a', '1', 'one two three four five six seven eight nine ten eleven'] }];
    const text = tableText(screen(30), columns, rows);
    expect(text).toBe('name  n  words\na     1  one two three four\n         five six seven eigh…\n');
    expect(Math.max(...text.split('\n').map(width))).toBeLessThan(30);
  });

  it('tells notes below their rows, cut to the window', () => {
    const rows = [{ cells: ['a', '1', 'b'], notes: ['a note\nin one line that is longer than that', 'b'] }];
    expect(tableText(screen(30), columns, rows)).toContain('    a note in one line that…\n    b\n');
  });

  it('paints only what its column says, and the heading', () => {
    const text = tableText(screen(40, true), columns, [{ cells: ['a', '10', 'b'] }]);
    expect(text).toContain('\u001B[1mname');
    expect(text).toContain('\u001B[31m10\u001B[39m');
    expect(text).not.toContain('\u001B[31ma');
  });

  it('is cells and tabs in a pipe, without headings and whole', () => {
    const long = 'word '.repeat(50).trim();
    const rows = [{ cells: ['a\tb', '1', long], notes: ['n', 'm'] }];
    expect(tableText(recordingTerminal(), columns, rows)).toBe(`a b\t1\t${long}\tn\tm\n`);
  });
});
