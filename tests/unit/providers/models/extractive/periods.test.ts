import { describe, expect, it } from 'vitest';
import { isOfPeriod, periodsIn } from '../../../../../src/providers/models/extractive/periods.ts';
import { source } from './claims.ts';

/** What is said of it, as `month 3, day 12`. */
function spoken(text: string): readonly string[] {
  return periodsIn(text).map((period) =>
    Object.entries(period)
      .filter(([, value]) => value !== null)
      .map(([part, value]) => `${part} ${String(value)}`)
      .join(', '),
  );
}

describe('parts of a year', () => {
  it.each([
    ['visitors-2024-01.md', ['year 2024, month 1']],
    ['visitors_2024_01.md', ['year 2024, month 1']],
    ['on 12 March 2024', ['year 2024, month 3, day 12']],
    ['on March 12, 2024', ['year 2024, month 3, day 12']],
    ['in January or in Feb 2025', ['month 1', 'year 2025, month 2']],
    ['report-week-11', ['week 11']],
    ['in the second quarter of 2024, and 2025-Q3', ['year 2024, quarter 2', 'year 2025, quarter 3']],
    ['How many came in May?', ['month 5']],
    ['Who came last May 2024', ['year 2024, month 5']],
  ])('%s', (text, expected) => {
    expect(spoken(text)).toEqual(expected);
  });

  it.each(['May I come?', 'When may I come?', 'type 4711-20', 'version 2024-13', 'in 2024', 'the marching band'])(
    'are not in: %s',
    (text) => {
      expect(spoken(text)).toEqual([]);
    },
  );
});

/** Whether the source is of what the task asks for; a date behind its location is the source's own. */
function isOf(of: string, task: string): boolean {
  const [location = '', date = null] = of.split(' of ');
  return isOfPeriod(source('s1', { location, title: 'Visitors', date }), periodsIn(task));
}

describe('a source is of a part of a year', () => {
  it.each([
    ['visitors-2024-01.md', 'in January', true],
    ['visitors-2024-01.md', 'in January 2023', false],
    ['visitors-2024-01.md', 'on 12 January', true],
    ['visitors-2024-01.md', 'in the first quarter', true],
    ['visitors-2024-q1.md', 'in February', true],
    ['visitors-2024-q1.md', 'in May', false],
    ['visitors.md of 2024-01-31', 'in January', true],
    ['visitors-2024.md of 2024-01-31', 'in January', false],
    ['visitors-2024.md of 2024-01-31', 'in 2024', false],
  ])('%s: %s', (of, task, expected) => {
    expect(isOf(of, task)).toBe(expected);
  });
});
