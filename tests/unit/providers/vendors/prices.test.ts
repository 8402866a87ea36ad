import { expect, test } from 'vitest';
import type { DollarPrice } from '../../../../src/core/price.ts';
import { known } from '../../../../src/providers/models/vendors/prices.ts';

const of = (name: string, prices: Readonly<Record<string, DollarPrice>> = {}, local = false) =>
  known({ name, local, prices, today: '2026-11-26' });

const on = (name: string, today: string) => known({ name, local: false, prices: {}, today }).price;

test.each([
  ['anthropic/claude-sonnet-4-5', 3_000_000, 15_000_000, 200_000],
  ['anthropic/claude-sonnet-4-5-20250929', 3_000_000, 15_000_000, 200_000],
  ['openai/gpt-5-mini-2025-08-07', 250_000, 2_000_000, 400_000],
  ['openai/gpt-4o-2024-08-06', 2_500_000, 10_000_000, 128_000],
  ['openai/gpt-4o-2024-05-13', 5_000_000, 15_000_000, 128_000],
  ['groq/llama-3.3-70b-versatile', 590_000, 790_000, 131_072],
])('%s is known', (name, ...[input, output, context_tokens]) => {
  expect(of(name)).toMatchObject({ context_tokens, price: { input, output, reasoning: null } });
});

test.each(['anthropic/claude-sonnet-9', 'openai/gpt-5-mini-preview', 'openrouter/openai/gpt-5', 'xai/toString'])(
  '%s is not, and nothing is made up',
  (name) => {
    expect(of(name)).toEqual({ price: null, context_tokens: null });
  },
);

test.each(['gemini/gemini-3.6-flash', 'gemini/gemini-3.8-flash'])('%s costs twice as much from 2027 on', (name) => {
  const on = (today: string) => known({ name, local: false, prices: {}, today });
  expect(on('2026-12-31')).toMatchObject({ context_tokens: 1_000_000, price: { input: 750_000, output: 3_750_000 } });
  const later = { input: 1_500_000, cached: 150_000, output: 7_500_000 };
  expect(on('2027-01-01')).toMatchObject({ context_tokens: 1_000_000, price: later });
});

test('long requests cost more where they do', () => {
  expect(of('anthropic/claude-haiku-5-5').price?.long).toEqual({ above: 100_000, input: 5, output: 5 });
  expect(of('gemini/gemini-2.5-pro').price?.long).toEqual({ above: 200_000, input: 2, output: 1.5 });
  expect(of('gemini/gemini-2.5-flash').price).not.toHaveProperty('long');
});

test("the user's own price goes first, also for the model without its date, and dates from today", () => {
  const prices = { 'anthropic/claude-opus-5-5': { input: 1, output: 2 }, 'ollama/big': { input: 0.5, output: 0.5 } };
  expect(of('anthropic/claude-opus-5-5-20260922', prices).price).toEqual({
    input: 1_000_000,
    cached: 1_000_000,
    cache_write: 1_250_000,
    output: 2_000_000,
    reasoning: null,
    as_of: '2026-11-26',
  });
  expect(of('ollama/big', prices, true).price?.input).toBe(500_000);
  expect(of('anthropic/claude-opus-5-5', prices).context_tokens).toBe(1_000_000);
});

test('tokens of local models cost nothing', () => {
  expect(of('ollama/qwen3:8b', {}, true)).toMatchObject({ context_tokens: null, price: { input: 0, output: 0 } });
});

test('a rise that was announced is charged from its day on, for the models it is about', () => {
  expect(on('gemini/gemini-3.8-flash', '2026-12-31')).toMatchObject({ input: 750_000, output: 3_750_000 });
  expect(on('gemini/gemini-3.8-flash', '2027-01-01')).toMatchObject({
    input: 1_500_000,
    cached: 150_000,
    cache_write: 1_500_000,
    output: 7_500_000,
  });
  expect(on('gemini/gemini-3.5-flash', '2027-01-01')).toMatchObject({ input: 1_500_000, output: 9_000_000 });
});
