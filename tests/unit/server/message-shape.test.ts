import { expect, test } from 'vitest';
import { excess, MAX_DEPTH, MAX_VALUES } from '../../../src/server/message-shape.ts';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const wide = (items: number): string => `[${Array.from({ length: items }, () => '1').join(',')}]`;

test('what is nested to the limit may be parsed, one level more may not', () => {
  expect(excess(nested(MAX_DEPTH))).toBeNull();
  expect(excess(nested(MAX_DEPTH + 1))).toBe('is nested more than 64 levels deep');
  expect(excess('{"a":'.repeat(MAX_DEPTH + 1))).toBe('is nested more than 64 levels deep');
});

test('what holds as many values as the limit may be parsed, one more may not', () => {
  // The list itself is a value too, as is what it stands for.
  expect(excess(wide(MAX_VALUES - 1))).toBeNull();
  expect(excess(wide(MAX_VALUES))).toBe('holds more than 20000 values');
  expect(excess(`[${'{},'.repeat(MAX_VALUES / 2)}1]`)).toBe('holds more than 20000 values');
});

test('closed brackets do not add up', () => {
  expect(excess(`[${Array.from({ length: 1000 }, () => '[]').join(',')}]`)).toBeNull();
});

test.each([
  ['brackets', `"${'['.repeat(100)}"`],
  ['commas', `"${','.repeat(MAX_VALUES + 1)}"`],
  ['brackets behind an escaped quote', String.raw`"\"${'['.repeat(100)}"`],
  ['an escaped backslash at its end', String.raw`["\\",[],"\\\"${'['.repeat(100)}"]`],
  ['no end', `["${'['.repeat(100)}`],
])('a string with %s is one value', (_what, text) => {
  expect(excess(text)).toBeNull();
});

test('brackets after a string count again', () => {
  expect(excess(String.raw`"\\"` + '['.repeat(65))).not.toBeNull();
});
