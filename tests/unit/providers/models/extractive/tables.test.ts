import { describe, expect, it } from 'vitest';
import {
  csvRecords,
  headingColumns,
  isTableLine,
  isTableRule,
  markdownCells,
  markdownColumns,
  readableRow,
} from '../../../../../src/providers/models/extractive/tables.ts';

describe('csvRecords', () => {
  it('reads cells with quotation marks, doubled ones and line breaks', () => {
    const raw = 'Berlin,"a ""big"", old\ncity",3.7\nHamburg,harbour,1.9';
    const records = csvRecords(raw);
    expect(records.map(({ cells }) => cells)).toEqual([
      ['Berlin', 'a "big", old city', '3.7'],
      ['Hamburg', 'harbour', '1.9'],
    ]);
    expect(records.map(({ start, end }) => raw.slice(start, end))).toEqual([
      'Berlin,"a ""big"", old\ncity",3.7',
      'Hamburg,harbour,1.9',
    ]);
  });

  it.each([
    ['a;b;c', 3],
    ['a\tb\tc', 3],
    ['a|b', 2],
    ['"a;b",c', 2],
    ['single', 1],
  ])('finds the delimiter of %j', (line, cells) => {
    expect(csvRecords(line)[0]?.cells).toHaveLength(cells);
  });

  it('skips blank lines and leaves indents out of the span', () => {
    expect(csvRecords('\n  a,b\n\n')).toEqual([{ start: 3, end: 6, cells: ['a', 'b'] }]);
  });
});

describe('Markdown tables', () => {
  const raw = '| **City** | People |\n|:---|---:|\n| Berlin | 3.7 |';
  const masked = '|   City   | People |\n|:---|---:|\n| Berlin | 3.7 |';

  it('tells rows and rules from text', () => {
    expect(isTableLine('| a | b |')).toBe(true);
    expect(isTableLine('a | b')).toBe(false);
    expect(isTableRule('|:---|---:|')).toBe(true);
    expect(isTableRule('-----')).toBe(false);
  });

  it('finds the column names above the rule, without markup', () => {
    expect(markdownColumns(raw, masked)).toEqual(['City', 'People']);
    expect(markdownColumns('| a | b |', '| a | b |')).toEqual([]);
  });

  it('reads cells with and without outer pipes, and escaped pipes as text', () => {
    expect(markdownCells('| a | b |', '  a | b  ')).toEqual(['a', 'b']);
    expect(markdownCells('a | b', 'a | b')).toEqual(['a', 'b']);
    expect(markdownCells(String.raw`| a \| b | c |`, String.raw`| a \| b | c |`)).toEqual([String.raw`a \| b`, 'c']);
  });
});

describe('readableRow', () => {
  it('names the cells and leaves empty ones out', () => {
    expect(readableRow(['Berlin', '', '3.7 million'], ['city', 'mayor', 'population'])).toBe(
      'city: Berlin; population: 3.7 million',
    );
  });

  it('leaves the first cell without a name when the corner of the table is empty', () => {
    expect(readableRow(['Berlin', '3.7'], ['people'])).toBe('Berlin; people: 3.7');
  });

  it('shows bare cells when names do not fit', () => {
    expect(readableRow(['a', 'b', 'c'], ['x'])).toBe('a – b – c');
  });

  it('takes column names from the last step of a heading path', () => {
    expect(headingColumns('Cities › name, people')).toEqual(['name', 'people']);
    expect(headingColumns('')).toEqual([]);
  });
});
