import { describe, expect, test } from 'vitest';
import {
  type Budget,
  carries,
  ceilingOf,
  judge,
  type Ledger,
  NO_BUDGET,
  type Share,
  SHARES,
  warns,
} from '../../../src/core/budget.ts';
import { NO_USAGE, tokensOf } from '../../../src/core/call.ts';
import { costOf, mostCost, type Price } from '../../../src/core/price.ts';
import { Random } from '../../support/random.ts';
import { seeds } from '../../support/seeds.ts';

function ledger(spent: number, reserved = 0): Ledger {
  return { spent: { tokens: spent, microusd: spent * 10 }, reserved: { tokens: reserved, microusd: reserved * 10 } };
}

function call(tokens: number, share: Share = 'write') {
  return { share, most: { tokens, microusd: tokens * 10 } };
}

describe('what a share leaves for those after it', () => {
  test.each([
    ['plan', 20],
    ['research', 65],
    ['merge', 75],
    ['check', 85],
    ['write', 100],
  ] as const)('%s may bring all spending to %d hundredths of the cap', (share, ceiling) => {
    expect([ceilingOf(100, share), ceilingOf(10_000_000, share)]).toEqual([ceiling, ceiling * 100_000]);
    const budget = { max_tokens: 100, max_microusd: null };
    expect(judge(budget, ledger(0), call(ceiling, share))).toEqual({ kind: 'granted' });
    expect(judge(budget, ledger(0), call(ceiling + 1, share))).toEqual({ kind: 'exhausted', limit: 'tokens' });
  });

  test('is never a part of a token or of a micro-dollar', () => {
    for (const share of SHARES) expect(Number.isInteger(ceilingOf(777, share))).toBe(true);
    expect(ceilingOf(7, 'research')).toBe(4);
  });
});

function tokensOnly(max_tokens: number): Budget {
  return { max_tokens, max_microusd: null };
}

function moneyOnly(max_microusd: number): Budget {
  return { max_tokens: null, max_microusd };
}

describe('a budget carries', () => {
  const each = { usual: { tokens: 20, microusd: 200 }, most: { tokens: 40, microusd: 400 } };

  test('as many agents as three fifths of it pay usually', () => {
    expect([99, 100, 199, 200].map((cap) => carries(tokensOnly(cap), each))).toEqual([2, 3, 5, 6]);
    expect([999, 1000].map((cap) => carries(moneyOnly(cap), each))).toEqual([2, 3]);
    expect(carries({ max_tokens: 200, max_microusd: 1000 }, each)).toBe(3);
  });

  test('no more than leave room for the most that one of them can take, in four fifths', () => {
    const wide = { ...each, most: { tokens: 60, microusd: 600 } };
    expect([74, 75, 99, 100].map((cap) => carries(tokensOnly(cap), wide))).toEqual([0, 0, 1, 2]);
  });

  test('any number without a cap, or of what costs nothing', () => {
    const free = { usual: { tokens: 20, microusd: 0 }, most: { tokens: 40, microusd: 0 } };
    const unpriced = { usual: { tokens: 20, microusd: null }, most: { tokens: 40, microusd: null } };
    expect([carries(NO_BUDGET, each), carries(moneyOnly(1), free), carries(moneyOnly(1), unpriced)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(carries({ max_tokens: 100, max_microusd: 1 }, free)).toBe(3);
  });
});

describe('a call', () => {
  const tokens = { max_tokens: 100, max_microusd: null };
  const money = { max_tokens: null, max_microusd: 1000 };
  const both = { max_tokens: 100, max_microusd: 500 };
  const unpriced = { share: 'write', most: { tokens: 40, microusd: null } } as const;
  const nothing = { max_tokens: 0, max_microusd: 0 };

  const CASES: readonly (readonly [string, Parameters<typeof judge>, ReturnType<typeof judge>])[] = [
    ['without a cap', [NO_BUDGET, ledger(1e9, 1e9), call(1e9)], { kind: 'granted' }],
    ['that fits to the token', [tokens, ledger(60), call(40)], { kind: 'granted' }],
    ['that does not', [tokens, ledger(61), call(40)], { kind: 'exhausted', limit: 'tokens' }],
    ['that fits once what is under way took less', [tokens, ledger(30, 31), call(40)], { kind: 'busy' }],
    ['beside others that leave enough', [tokens, ledger(30, 30), call(40)], { kind: 'granted' }],
    ['that costs too much', [money, ledger(61), call(40)], { kind: 'exhausted', limit: 'money' }],
    ['that may cost too much', [money, ledger(30, 31), call(40)], { kind: 'busy' }],
    [
      'that waits for tokens and never has the money',
      [both, ledger(20, 60), call(40)],
      { kind: 'exhausted', limit: 'money' },
    ],
    ['that takes nothing', [both, ledger(999, 999), call(0)], { kind: 'granted' }],
    ['whose price is not known, without a cap in money', [tokens, ledger(0), unpriced], { kind: 'granted' }],
    ['whose price is not known, with one', [money, ledger(100), unpriced], { kind: 'unpriced' }],
    ['under a cap of nothing', [nothing, ledger(0), call(1)], { kind: 'exhausted', limit: 'tokens' }],
  ];
  test.each(CASES)('%s', (_what, [budget, sums, asked], judgement) => {
    expect(judge(budget, sums, asked)).toEqual(judgement);
  });
});

test.each([
  [NO_BUDGET, 1e12, false],
  [{ max_tokens: 1000, max_microusd: null }, 799, false],
  [{ max_tokens: 1000, max_microusd: null }, 800, true],
  [{ max_tokens: null, max_microusd: 10_000 }, 799, false],
  [{ max_tokens: null, max_microusd: 10_000 }, 800, true],
  [{ max_tokens: 0, max_microusd: 0 }, 0, false],
] as const)('under %j the spending of %d tokens warns: %s', (budget, spent, warned) => {
  expect(warns(budget, ledger(spent).spent)).toBe(warned);
});

describe('prices', () => {
  const price: Price = {
    input: 3_000_000,
    cached: 300_000,
    cache_write: 3_750_000,
    output: 15_000_000,
    reasoning: null,
    as_of: '2026-01-01',
  };
  const usage = {
    input_tokens: 1000,
    cached_tokens: 600,
    cache_write_tokens: 100,
    output_tokens: 50,
    reasoning_tokens: 20,
  };

  test('each token is charged once, at its own rate', () => {
    expect(costOf(usage, price)).toBe(300 * 3 + 600 * 0.3 + 100 * 3.75 + 50 * 15);
    expect(costOf(usage, { ...price, reasoning: 60_000_000 })).toBe(300 * 3 + 180 + 375 + 30 * 15 + 20 * 60);
    expect(tokensOf(usage)).toBe(1050);
  });

  test('a broken micro-dollar counts whole, and nothing costs nothing', () => {
    expect(costOf({ ...NO_USAGE, input_tokens: 1 }, { ...price, input: 1 })).toBe(1);
    expect(costOf(NO_USAGE, price)).toBe(0);
  });

  test('a part that is counted larger than its whole makes nothing cheaper', () => {
    const odd = { ...NO_USAGE, input_tokens: 10, cached_tokens: 100, output_tokens: 1, reasoning_tokens: 4 };
    expect(costOf(odd, price)).toBe(30 + 60);
  });

  test('no use of so many tokens costs more than the most they can', () => {
    for (const seed of seeds(500)) {
      const random = new Random(seed);
      const rate = (): number => random.below(80_000_000);
      const reasoning = random.chance(0.5) ? null : rate();
      const any = { input: rate(), cached: rate(), cache_write: rate(), output: rate(), reasoning, as_of: '' };
      const input_tokens = random.below(100_000);
      const cached_tokens = random.below(input_tokens + 1);
      const cache_write_tokens = random.below(input_tokens - cached_tokens + 1);
      const output_tokens = random.below(20_000);
      const reasoning_tokens = random.below(output_tokens + 1);
      const used = { input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens };
      const most = mostCost({ input: input_tokens, output: output_tokens }, any);
      expect(costOf(used, any), `seed ${seed}`).toBeLessThanOrEqual(most);
    }
  });
});
