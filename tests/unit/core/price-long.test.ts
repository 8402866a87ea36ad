import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../src/core/call.ts';
import { costOf, fromDollars, isFree, mostCost } from '../../../src/core/price.ts';

const AS_OF = '2026-01-01';

test('a long request costs more as a whole, and its most is reckoned so', () => {
  const price = {
    ...fromDollars({ input: 2, output: 10, cached: 0.2, cache_write: 2.5 }, AS_OF),
    long: { above: 200_000, input: 2, output: 1.5 },
  };
  const usage = { ...NO_USAGE, input_tokens: 200_000, cached_tokens: 100_000, output_tokens: 1000 };
  expect(costOf(usage, price)).toBe(200_000 + 20_000 + 10_000);
  expect(costOf({ ...usage, input_tokens: 200_001 }, price)).toBe(2 * 220_002 + 15_000);
  expect(mostCost({ input: 200_000, output: 1000 }, price)).toBe(500_000 + 10_000);
  expect(mostCost({ input: 200_001, output: 1000 }, price)).toBe(Math.ceil(2 * 500_002.5) + 15_000);
});

test('factors that are no exact numbers do not add a micro-dollar', () => {
  const price = {
    ...fromDollars({ input: 1, output: 1, reasoning: 2 }, AS_OF),
    long: { above: 0, input: 1.1, output: 1.1 },
  };
  expect(costOf({ ...NO_USAGE, input_tokens: 30 }, price)).toBe(33);
  expect(costOf({ ...NO_USAGE, input_tokens: 10, output_tokens: 20, reasoning_tokens: 10 }, price)).toBe(44);
});

test('dollars become whole micro-dollars, and what is not said costs what its side costs', () => {
  expect(fromDollars({ input: 0.15, output: 0.6 }, AS_OF)).toEqual({
    input: 150_000,
    cached: 150_000,
    cache_write: 150_000,
    output: 600_000,
    reasoning: null,
    as_of: AS_OF,
  });
});

test('a model is free where no token of any kind costs anything', () => {
  const free = fromDollars({ input: 0, output: 0 }, AS_OF);
  expect(isFree(free)).toBe(true);
  for (const side of ['input', 'cached', 'cache_write', 'output', 'reasoning'] as const) {
    expect(isFree({ ...free, [side]: 1 })).toBe(false);
  }
});
