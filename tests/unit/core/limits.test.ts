import { expect, it } from 'vitest';
import { characters } from '../../../src/core/limits.ts';

it('counts an emoji as one character', () => {
  expect(characters('a😀é')).toBe(3);
  expect(characters('')).toBe(0);
});
