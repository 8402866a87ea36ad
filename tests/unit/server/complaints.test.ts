import { expect, test } from 'vitest';
import { complaints } from '../../../src/server/complaints.ts';

test('each complaint is one clipped sentence, and a flood of them is cut off for a minute', () => {
  let now = 0;
  const told: string[] = [];
  const complain = complaints(
    (sentence) => told.push(sentence),
    () => now,
  );
  for (let n = 1; n <= 100; n += 1) complain(new Error(`number ${n}`));
  expect(told).toHaveLength(21);
  expect(told[0]).toBe('number 1');
  expect(told[19]).toBe('number 20');
  expect(told[20]).toBe('more of the like, which is not told for a minute');
  now = 60_000;
  complain(new Error('x'.repeat(10_000)));
  expect(told).toHaveLength(22);
  expect(told[21]).toBe(`${'x'.repeat(500)}…`);
});
