import { expect, test } from 'vitest';
import type { Price } from '../../../src/core/price.ts';
import type { WorkflowConfig } from '../../../src/core/workflow.ts';
import { estimate } from '../../../src/orchestrator/estimate.ts';
import { submission } from '../../contract/rows.ts';

const { config } = submission(1);
const CHEAP: Price = { input: 1e6, cached: 1e6, cache_write: 1e6, output: 1e6, reasoning: null, as_of: '2026-01-01' };
const known = { price: (name: string) => (name === 'v/m' ? CHEAP : null) };

function of(change: Partial<WorkflowConfig>, orchestrator_type: 'beltalowda' | 'swarm' = 'beltalowda') {
  return estimate({ orchestrator_type, config: { ...config, ...change } }, known);
}

test('the extractive model takes no call, whatever the pattern', () => {
  expect(of({})).toEqual({ agents: 8 + 2 + 1, model_calls: 0, tokens: 0, cost_usd: 0, minutes: 1 });
  expect(of({ agents: 3 }).agents).toBe(4);
  expect(of({ agents: 8 }, 'swarm')).toMatchObject({ agents: 9, tokens: 0, cost_usd: 0 });
});

test('a model that thinks takes more with each agent, and costs what its tokens cost', () => {
  const three = of({ model: 'v/m', agents: 3 });
  const eight = of({ model: 'v/m', agents: 8 });
  expect(eight.model_calls).toBeGreaterThan(three.model_calls);
  expect(eight.tokens).toBeGreaterThan(three.tokens);
  // At a dollar a million, whatever side they are on.
  expect(three.cost_usd).toBe(three.tokens / 1e6);
  expect(three.minutes).toBeGreaterThan(1);
  expect(of({ model: 'v/m', agents: 8, max_concurrent_agents: 1 }).minutes).toBeGreaterThan(eight.minutes);
});

test('no estimate passes the caps, and an unknown price is said to be unknown', () => {
  const budget = { max_microusd: 10_000, max_tokens: 4000 };
  expect(of({ model: 'v/m', budget, timeout_minutes: 2 })).toMatchObject({ tokens: 4000, cost_usd: 0.01, minutes: 2 });
  expect(of({ model: 'local/free' }).cost_usd).toBeNull();
  expect(of({ model: 'v/m', models: { camina: 'local/free' } }).cost_usd).toBeNull();
  expect(of({ model: 'extractive', models: { plan: 'v/m' } }).model_calls).toBe(3);
});

const branch = (when: string | null) => ({ name: 'A', when, objectives: ['x'] });
const STEPS = ['a', 'b', 'c', 'd'].map((name) => ({ name, objective: name }));

test('a choice takes an agent that looks and an answer, each with the model that plans', () => {
  const chosen = of({ model: 'v/m', inputs: { kind: 'conditional', branches: [branch('it rains')] } });
  const plain = of({ model: 'v/m', inputs: { kind: 'conditional', branches: [branch(null)] } });
  const one = { model: 'extractive', agents: 1 } as const;
  const looking = of({ ...one, models: { belter: 'v/m' } }).model_calls;
  const answer = of({ ...one, models: { plan: 'v/m' } }).model_calls;
  expect(chosen.model_calls - plain.model_calls).toBe(looking + answer);
});

test('steps and rounds wait for each other, however many places there are', () => {
  const long = { model: 'v/m', timeout_minutes: 1000 } as const;
  const sequence = { ...long, inputs: { kind: 'sequential', steps: STEPS } } as const;
  expect(of({ ...sequence, max_concurrent_agents: 8 })).toEqual(of({ ...sequence, max_concurrent_agents: 1 }));
  const rounds = (max_rounds: number) =>
    of({ ...long, agents: 2, max_concurrent_agents: 16, inputs: { kind: 'iterative', until: 'x', max_rounds } });
  expect(rounds(4).minutes).toBeGreaterThan(rounds(1).minutes * 2);
});

test.each([
  ['a plan is made smaller', { carried_agents: 3 }, [3, '3 agents at most instead of 8']],
  ['one agent is begun whatever it can take', { carried_agents: 0 }, [1, 'may not pay for the first turn']],
  ['who asked for more has them', { carried_agents: 2, agents: 5 }, [5, 'notes of 2 of 5 agents']],
  [
    'steps are as many as they are',
    { carried_agents: 1, inputs: { kind: 'sequential', steps: STEPS } },
    [4, 'notes of 1 of 4 agents'],
  ],
] as const)('a small budget: %s', (_, change, [researchers, note]) => {
  const type = 'inputs' in change ? 'sequential' : 'swarm';
  const view = estimate({ orchestrator_type: type, config: { ...config, model: 'v/m', ...change } }, known);
  expect(view.agents).toBe(researchers + 1);
  expect(view.note).toContain(note);
});

test('a budget that carries all agents is not spoken of', () => {
  const plenty = [{ carried_agents: null }, { carried_agents: 8 }, { carried_agents: 2, agents: 2 }];
  for (const change of plenty) expect(of({ model: 'v/m', ...change })).not.toHaveProperty('note');
});
