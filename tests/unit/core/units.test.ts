import { expect, test } from 'vitest';
import { BASE_UNITS, CASED_UNITS, SCALES, UNITS } from '../../../src/core/units.ts';

test('spellings of one unit share its base and factor, and case tells what it must', () => {
  expect(UNITS.get('kilobytes')).toEqual(UNITS.get('kib'));
  expect(UNITS.get('per cent')).toEqual(['%', 1]);
  expect(UNITS.get('mw')).toEqual(['watt', 1e6]);
  expect(CASED_UNITS.get('mW')).toEqual(['watt', 1e-3]);
});

test('every unit is spelt in lower case unless its case tells it apart, with a base and a factor above zero', () => {
  const wrong = [...UNITS].filter(
    ([spelling, [unit, factor]]) => spelling !== spelling.toLowerCase() || factor <= 0 || !BASE_UNITS.has(unit),
  );
  expect(wrong).toEqual([]);
  expect([...SCALES.values()].every((scale) => scale >= 1000)).toBe(true);
});
