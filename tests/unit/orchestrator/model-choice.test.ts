import { expect, test } from 'vitest';
import type { Price } from '../../../src/core/price.ts';
import type { StartRequest } from '../../../src/core/views.ts';
import { inputHash } from '../../../src/orchestrator/submission.ts';
import { modelNote } from '../../../src/orchestrator/model-note.ts';
import { ME, orchestra, type OrchestraOptions } from '../../support/orchestra.ts';

const PRICE: Price = {
  input: 3_000_000,
  cached: 300_000,
  cache_write: 3_750_000,
  output: 15_000_000,
  reasoning: null,
  as_of: '2026-01-01',
};
const PRICES = { 'vendor/large': PRICE, 'vendor/small': PRICE, 'local/free': null };
const HOST = { ...ME, trusted: false };
const TASK = { task: 'How?' };

async function door(settings: NonNullable<OrchestraOptions['settings']> = {}) {
  const on = await orchestra({ serve: false, settings: { prices: PRICES, ...settings } });
  const frozen = async (request: Partial<StartRequest> = {}, caller = ME) => {
    const { task_id = '' } = await on.orchestrator.start({ ...TASK, ...request }, caller);
    const workflow = await on.store.workflows.get(task_id);
    if (workflow === null) throw new Error('nothing was created');
    return workflow.config;
  };
  const refused = async (request: Partial<StartRequest>, caller = ME) => {
    const fault = await on.orchestrator.start({ ...TASK, ...request }, caller).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(await on.store.workflows.ids(ME.owner, 'wf_', 9)).toEqual([]);
    return fault;
  };
  return { ...on, frozen, refused };
}

test('models, fallbacks, caps and the network are frozen with the submission', async () => {
  const { frozen } = await door({
    model: 'vendor/large',
    model_drummer: 'vendor/small',
    fallback_models: ['local/free'],
    max_tokens: 50_000,
    network: 'on',
  });
  expect(await frozen({ budget: { max_tokens: 20_000, max_minutes: 5 } })).toMatchObject({
    model: 'vendor/large',
    models: { drummer: 'vendor/small' },
    fallback_models: ['local/free'],
    budget: { max_microusd: null, max_tokens: 20_000 },
    timeout_minutes: 5,
    network: true,
  });
});

test('a model named for one workflow plays every role; naming the configured one is like naming none', async () => {
  const { frozen } = await door({ model: 'vendor/large', model_plan: 'vendor/small' });
  expect(await frozen({ model: 'local/free' })).toMatchObject({ model: 'local/free', models: {} });
  expect(await frozen({ model: 'vendor/large' })).toMatchObject({ models: { plan: 'vendor/small' } });
  expect(await frozen({ model: 'extractive' })).toMatchObject({ model: 'extractive', models: {}, fallback_models: [] });
});

test('a model that is not configured, for any role or as a fallback, is refused before anything is created', async () => {
  const unknown = { code: 'PROVIDER_NOT_CONFIGURED' };
  const { refused } = await door({ model: 'vendor/large' });
  expect(await refused({ model: 'other/x' })).toMatchObject(unknown);
  expect(await refused({ model: 'nonsense' })).toMatchObject({ code: 'MODEL_UNKNOWN' });
  for (const settings of [{ model_camina: 'other/x' }, { fallback_models: ['other/x'] }]) {
    const { refused: also } = await door({ model: 'vendor/large', ...settings });
    expect(await also({})).toMatchObject(unknown);
  }
  const { refused: third } = await door({ model: 'vendor/large', fallback_models: ['extractive'] });
  expect(await third({})).toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a cap in dollars with a model of unknown price is refused; a cap in tokens is not', async () => {
  const { refused, frozen } = await door({ model: 'vendor/large', model_camina: 'local/free' });
  expect(await refused({ budget: { max_cost_usd: 1 } })).toMatchObject({
    code: 'BUDGET_UNPRICED',
    message: 'a cap of $1 cannot be kept: no price is known for local/free',
  });
  expect(await frozen({ budget: { max_tokens: 9000 } })).toMatchObject({ budget: { max_tokens: 9000 } });
  expect(await frozen({ model: 'extractive', budget: { max_cost_usd: 1 } })).toMatchObject({
    budget: { max_microusd: 1_000_000 },
  });
});

test('a caller lowers the configured caps and does not raise them; the user at the command line may', async () => {
  const { refused, frozen } = await door({ model: 'vendor/large', budget_usd: 0.5 });
  for (const [budget, words] of [
    [{ max_cost_usd: 0.51 }, 'budget.max_cost_usd is 0.51, and at most 0.5 is allowed here'],
    [{ max_minutes: 61 }, 'budget.max_minutes is 61, and at most 60 is allowed here'],
    [{ max_tokens: 12.5 }, 'budget.max_tokens must be a whole number from 1000 to 1000000000, not 12.5'],
    [{ max_cost_usd: Number.NaN }, 'budget.max_cost_usd must be a number from 0.01 to 100000, not NaN'],
  ] as const) {
    expect(await refused({ budget }, HOST)).toMatchObject({ code: 'INVALID_INPUT', message: words });
  }
  expect(await frozen({ budget: { max_cost_usd: 0.123456 } }, HOST)).toMatchObject({
    budget: { max_microusd: 123_456 },
  });
  expect(await frozen({}, HOST)).toMatchObject({ budget: { max_microusd: 500_000, max_tokens: null } });
  expect(await frozen({ budget: { max_cost_usd: 2 } })).toMatchObject({ budget: { max_microusd: 2_000_000 } });
});

test('the same request with another budget is another request; without one it keeps its hash', () => {
  const plain = inputHash(TASK);
  expect(inputHash({ ...TASK, budget: {} })).toBe(plain);
  expect(inputHash({ ...TASK, budget: { max_tokens: undefined } })).toBe(plain);
  expect(inputHash({ ...TASK, budget: { max_tokens: 5000 } })).not.toBe(plain);
  // As the first release hashed it.
  expect(plain).toBe('69bfe4d2da8d99bedc5a380b91c98b493cdfabea4a17a5a0359fd576c3a78d80');
});

test('the note says what thinks, what stands in for it, and what stood in', () => {
  const none = { models: {}, fallback_models: [] };
  expect(modelNote({ model: 'extractive', ...none })).toContain('no language model was used');
  expect(modelNote({ model: 'v/m', ...none })).toBe('v/m. Quotes are checked against their sources by code.');
  const choice = { model: 'v/m', models: { plan: 'v/p' }, fallback_models: ['w/a', 'w/b'] };
  expect(modelNote(choice)).toMatch(/^v\/m \(plan: v\/p\); where it fails: w\/a, then w\/b\./);
  expect(modelNote(choice, ['w/a'])).toContain('; w/a answered where it failed.');
});
