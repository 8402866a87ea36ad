import { expect, it } from 'vitest';
import { count, digits } from '../../../src/core/amount.ts';

it('says one of a thing and any other number of things, with thousands set apart', () => {
  expect(count(1, 'claim')).toBe('1 claim');
  expect(count(0, 'claim')).toBe('0 claims');
  expect(count(1234, 'claim')).toBe('1,234 claims');
  expect(digits(20_000)).toBe('20,000');
});
