import { expect, test } from 'vitest';
import { effortsOf } from '../../support/effort.ts';
import { forEachOther, once } from './loops.ts';

const module = new URL('./loops.ts', import.meta.url).href;

test.each([
  { what: 'one', loop: once, times: 2 },
  { what: 'one within another', loop: forEachOther, times: 4 },
])('the rounds of a loop that calls nothing are effort: $what', async ({ loop: { name }, times }) => {
  const [some = 0, twice = 0] = await effortsOf({ module, name, inputs: [[500], [1000]] });
  expect(some).toBeGreaterThanOrEqual(500);
  expect(twice / some).toBeCloseTo(times, 1);
});
