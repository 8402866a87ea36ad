import { expect, test } from 'vitest';
import { type Budget, NO_BUDGET } from '../../../../src/core/budget.ts';
import { fromDollars } from '../../../../src/core/price.ts';
import type { WorkflowConfig } from '../../../../src/core/workflow.ts';
import { agentsCarried } from '../../../../src/research/research.ts';

const DEAR = fromDollars({ input: 10, cache_write: 12.5, output: 50 }, '2026-01-01');
const CHEAP = fromDollars({ input: 0.1, output: 0.5 }, '2026-01-01');
const catalogue = { price: (name: string) => ({ 'v/dear': DEAR, 'v/cheap': CHEAP })[name] ?? null };

function carried(budget: Partial<Budget>, change: Partial<WorkflowConfig> & { readonly task?: string } = {}) {
  const { task = 'How?', ...models } = change;
  const config = { model: 'v/dear', models: {}, context: null, budget: { ...NO_BUDGET, ...budget }, ...models };
  return agentsCarried({ task, config }, catalogue);
}

test('a few cents of a dear model carry nobody, and of a cheap one all that can be asked for', () => {
  expect(carried({ max_microusd: 50_000 })).toBe(0);
  expect(carried({ max_microusd: 3_000_000 })).toBe(5);
  expect(carried({ max_microusd: 3_000_000 }, { model: 'v/cheap' })).toBe(32);
  expect(carried({ max_microusd: 3_000_000 }, { models: { belter: 'v/cheap' } })).toBe(32);
  expect(carried({ max_microusd: 3_000_000, max_tokens: 100_000 })).toBe(2);
});

test('a question of many words is paid for in both turns of each agent', () => {
  const long = 'Why? '.repeat(2000);
  expect(carried({ max_tokens: 200_000 })).toBe(6);
  expect(carried({ max_tokens: 200_000 }, { task: long })).toBe(4);
  expect(carried({ max_tokens: 200_000 }, { context: long })).toBe(4);
});

test('nothing limits agents without a cap, or that ask nobody', () => {
  expect(carried({})).toBeNull();
  expect(carried({ max_microusd: 10_000 }, { model: 'extractive' })).toBeNull();
  expect(carried({ max_tokens: 1000 }, { models: { belter: 'extractive' } })).toBeNull();
});
