import { expect, it } from 'vitest';
import { count, digits } from '../../../src/core/amount.ts';

it('says one of a thing and any other number of things, with thousands set apart', () => {
  expect(count(1, 'claim')).toBe('1 claim');
  expect(count(0, 'claim')).toBe('0 claims');
  expect(count(1234, 'claim')).toBe('1,234 claims');
  expect(digits(20_000)).toBe('20,000');
});

it('says an amount as the language does, however it is made', () => {
  for (const amount of [0, 7, 999, 1000, 0.5, 12.25, 999.9999, -1, -1234, 1e6, 1e21, NaN, Infinity]) {
    expect(digits(amount)).toBe(new Intl.NumberFormat('en-US').format(amount));
  }
});
