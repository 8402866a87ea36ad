import { expect, test } from 'vitest';
import { budgetView, type CallSums, spendOf, spendReport, toMicro, toUsd } from '../../../src/core/spend.ts';
import { Random } from '../../support/random.ts';

function sums(change: Partial<CallSums> = {}): CallSums {
  return {
    agent_id: 'belter-1',
    kind: 'model',
    name: 'v/m',
    calls: 1,
    running: 0,
    failed: 0,
    estimated: 0,
    unpriced: 0,
    usage: { input_tokens: 10, output_tokens: 5 },
    microusd: 7,
    ...change,
  };
}

test('parts by model and by agent add up to the whole, to the micro-dollar', () => {
  const random = new Random(7);
  const rows = Array.from({ length: 500 }, (_, n) =>
    sums({
      agent_id: n % 9 === 0 ? null : `belter-${n % 9}`,
      name: `v/${n % 4}`,
      calls: 1 + random.below(4),
      microusd: random.below(3_000_000),
      usage: { input_tokens: random.below(1e6), output_tokens: random.below(1e5) },
    }),
  );
  const whole = spendReport(rows);
  for (const parts of [whole.by_model, whole.by_agent]) {
    const total = parts.reduce((sum, part) => sum + toMicro(part.cost_usd ?? Number.NaN), 0);
    expect(toUsd(total)).toBe(whole.cost_usd);
    expect(parts.reduce((sum, part) => sum + part.tokens, 0)).toBe(whole.tokens);
    expect(parts.reduce((sum, part) => sum + part.model_calls, 0)).toBe(whole.model_calls);
  }
  expect(whole.by_agent[0]?.agent_id).toBe('plan');
});

test('an unknown price makes the sum unknown, and only the sums it is in', () => {
  const rows = [sums(), sums({ name: 'local/free', unpriced: 1, microusd: 0 })];
  expect(spendOf(rows)).toEqual({ cost_usd: null, tokens: 30, model_calls: 2 });
  expect(spendReport(rows).by_model.map(({ model, cost_usd }) => [model, cost_usd])).toEqual([
    ['v/m', 0.000007],
    ['local/free', null],
  ]);
});

test('tools are no model calls, and unless charged for they have no price; what was reserved and not counted is told', () => {
  const tool = sums({
    kind: 'tool',
    name: 'web_search',
    unpriced: 1,
    microusd: 0,
    usage: { input_tokens: 0, output_tokens: 0 },
  });
  expect(spendOf([sums({ estimated: 1 }), tool])).toEqual({
    cost_usd: 0.000007,
    tokens: 15,
    model_calls: 1,
    estimated: true,
  });
  expect(spendReport([tool]).by_model).toEqual([]);
});

test('a tool that costs something stands on the bill under its name, told where nobody counted', () => {
  const usage = { input_tokens: 0, output_tokens: 0 };
  const search = sums({ kind: 'tool', name: 'web_search', calls: 2, estimated: 1, microusd: 10_000, usage });
  const free = sums({ kind: 'tool', name: 'fetch_page', estimated: 1, microusd: 0, usage });
  expect(spendReport([sums(), search, free])).toMatchObject({
    cost_usd: 0.010007,
    model_calls: 1,
    estimated: true,
    by_model: [
      { model: 'v/m', cost_usd: 0.000007, model_calls: 1 },
      { model: 'web_search', cost_usd: 0.01, tokens: 0, model_calls: 0, estimated: true },
    ],
  });
  expect(spendOf([sums(), free])).toEqual({ cost_usd: 0.000007, tokens: 15, model_calls: 1 });
});

test('what was taken over from an earlier workflow is no part of this one', () => {
  const taken = sums({ calls: 0, microusd: 0, usage: { input_tokens: 0, output_tokens: 0 } });
  expect(spendReport([taken])).toEqual({ cost_usd: 0, tokens: 0, model_calls: 0, by_model: [], by_agent: [] });
});

test('caps that are not there are not shown', () => {
  expect(budgetView({ max_microusd: null, max_tokens: null }, 60)).toEqual({ max_minutes: 60 });
  expect(budgetView({ max_microusd: 1_500_000, max_tokens: 9 }, 5)).toEqual({
    max_cost_usd: 1.5,
    max_tokens: 9,
    max_minutes: 5,
  });
});
