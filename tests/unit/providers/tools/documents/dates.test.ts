import { describe, expect, it } from 'vitest';
import {
  dateInMetadata,
  dateInName,
  dateInOpening,
  parseDate,
} from '../../../../../src/providers/tools/documents/dates.ts';

describe('a date in words', () => {
  it('keeps the precision it was given in', () => {
    expect(parseDate('2024-03-05T10:00:00Z')).toBe('2024-03-05');
    expect(parseDate('2024-03')).toBe('2024-03');
    expect(parseDate('in 2024')).toBe('2024');
    expect(parseDate('5 March 2024')).toBe('2024-03-05');
    expect(parseDate('March 5th, 2024')).toBe('2024-03-05');
    expect(parseDate('Sept. 2024')).toBe('2024-09');
    expect(parseDate('20240305')).toBe('2024-03-05');
    expect(parseDate('2024/3/5')).toBe('2024-03-05');
  });

  it('is none where there is none, and never a day that does not exist', () => {
    expect(parseDate('page 20245')).toBeNull();
    expect(parseDate('soon')).toBeNull();
    expect(parseDate('2023-02-31')).toBe('2023-02');
    expect(parseDate('0 May 2020')).toBe('2020-05');
  });
});

describe('a date a document opens with', () => {
  it('needs a label at the start of one of the first lines', () => {
    expect(dateInOpening('Title\n\n*Last updated: 3 May 2024*\n')).toBe('2024-05-03');
    expect(dateInOpening('**Date:** 2021-01\n')).toBe('2021-01');
    expect(dateInOpening('Published on June 1, 2020')).toBe('2020-06-01');
    expect(dateInOpening('In 2019 nothing happened.')).toBeNull();
    expect(dateInOpening(`${'line\n'.repeat(30)}Date: 2020`)).toBeNull();
  });
});

describe('a date in a file name', () => {
  it('is not part of a longer number or word', () => {
    expect(dateInName('report-2024-03.md')).toBe('2024-03');
    expect(dateInName('minutes_20240315.txt')).toBe('2024-03-15');
    expect(dateInName('2023.pdf')).toBe('2023');
    expect(dateInName('2023-12-31 party.txt')).toBe('2023-12-31');
    expect(dateInName('rfc2024.txt')).toBeNull();
    expect(dateInName('id-120240.txt')).toBeNull();
    expect(dateInName('v1.2020.md')).toBeNull();
  });
});

describe('a date in metadata', () => {
  it('is read from the PDF form and from timestamps', () => {
    expect(dateInMetadata("D:20240315120000+01'00'")).toBe('2024-03-15');
    expect(dateInMetadata('2024-03-15T12:00:00Z')).toBe('2024-03-15');
    expect(dateInMetadata('yesterday')).toBeNull();
    expect(dateInMetadata(20240315)).toBeNull();
  });
});
