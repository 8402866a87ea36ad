/**
 * What models cost and how much they take, as far as it is known here: a small table with the day it was checked. Prices are
 * the standard ones for text, without discounts for batches and without surcharges for speed. `prices` in the configuration
 * goes before it, and a model that is in neither has no price: then tokens are counted, and money is not.
 */

import { type DollarPrice, fromDollars, type Price } from '../../../core/price.ts';

/** Dollars a million tokens: input, from the cache, into the cache, output. Then the tokens of a conversation. */
type Row = readonly [input: number, cached: number, cache_write: number, output: number, context: number];

interface List {
  /** When its prices were last checked, and against what. */
  readonly as_of: string;
  readonly rows: Readonly<Record<string, Row>>;
  /** Longer requests cost more as a whole. */
  readonly long?: Price['long'] & { readonly models: RegExp };
  /** Announced rises: up to and with which day the prices hold, and how many times as much is asked for after it. */
  readonly until?: { readonly models: RegExp; readonly day: string; readonly times: number };
}

const M = 1_000_000;

const LISTS: readonly List[] = [
  // Anthropic's model pages (platform.claude.com/docs). Writing to the cache is that of five minutes.
  {
    as_of: '2026-10-24',
    rows: {
      'anthropic/claude-fable-5-1': [10, 0.25, 12.5, 50, M],
      'anthropic/claude-fable-5': [10, 1, 12.5, 50, M],
      'anthropic/claude-opus-5-5': [4, 0.2, 5, 20, M],
      'anthropic/claude-opus-5': [5, 0.5, 6.25, 25, M],
      'anthropic/claude-opus-4-8': [5, 0.5, 6.25, 25, M],
      'anthropic/claude-opus-4-7': [5, 0.5, 6.25, 25, M],
      'anthropic/claude-opus-4-6': [5, 0.5, 6.25, 25, M],
      'anthropic/claude-opus-4-5': [5, 0.5, 6.25, 25, 200_000],
      'anthropic/claude-opus-4-1': [15, 1.5, 18.75, 75, 200_000],
      'anthropic/claude-sonnet-5-5': [2, 0.1, 2.5, 10, M],
      'anthropic/claude-sonnet-5': [2, 0.2, 2.5, 10, M],
      'anthropic/claude-sonnet-4-6': [3, 0.3, 3.75, 15, M],
      'anthropic/claude-sonnet-4-5': [3, 0.3, 3.75, 15, 200_000],
      'anthropic/claude-haiku-5-5': [0.1, 0.01, 0.125, 0.5, M],
      'anthropic/claude-haiku-4-5': [1, 0.1, 1.25, 5, 200_000],
    },
    long: { models: /haiku-5-5$/, above: 100_000, input: 5, output: 5 },
  },
  // OpenAI's model pages (developers.openai.com/api/docs/models). What Luna's cache costs was not found: as much as its input.
  {
    as_of: '2026-11-05',
    rows: {
      'openai/gpt-6.2-sol': [2, 0.1, 2.5, 10, 1_050_000],
      'openai/gpt-6.1-sol': [2, 0.1, 2.5, 10, 1_050_000],
      'openai/gpt-6.1-terra': [1, 0.05, 1.25, 5, 1_050_000],
      'openai/gpt-6-astra': [10, 1, 12.5, 50, 1_050_000],
      'openai/gpt-6-sol': [2, 0.2, 2.5, 10, 1_050_000],
      'openai/gpt-6-luna': [0.1, 0.1, 0.125, 0.5, 1_050_000],
      'openai/gpt-5.6-luna': [0.2, 0.02, 0.25, 1.2, 1_050_000],
      'openai/gpt-5.5': [5, 0.5, 5, 30, 1_050_000],
      'openai/gpt-5.4': [2.5, 0.25, 2.5, 15, 1_050_000],
    },
    long: { models: /./, above: 272_000, input: 2, output: 1.5 },
  },
  // Older models of OpenAI: models.dev (MIT), whose entries name the vendor's page.
  {
    as_of: '2026-07-02',
    rows: {
      'openai/gpt-5.4-mini': [0.75, 0.075, 0.75, 4.5, 400_000],
      'openai/gpt-5.4-nano': [0.2, 0.02, 0.2, 1.25, 400_000],
      'openai/gpt-5.2': [1.75, 0.175, 1.75, 14, 400_000],
      'openai/gpt-5.1': [1.25, 0.125, 1.25, 10, 400_000],
      'openai/gpt-5': [1.25, 0.125, 1.25, 10, 400_000],
      'openai/gpt-5-mini': [0.25, 0.025, 0.25, 2, 400_000],
      'openai/gpt-5-nano': [0.05, 0.005, 0.05, 0.4, 400_000],
      'openai/gpt-4.1': [2, 0.5, 2, 8, 1_047_576],
      'openai/gpt-4.1-mini': [0.4, 0.1, 0.4, 1.6, 1_047_576],
      'openai/gpt-4o': [2.5, 1.25, 2.5, 10, 128_000],
      'openai/gpt-4o-mini': [0.15, 0.075, 0.15, 0.6, 128_000],
      'openai/o3': [2, 0.5, 2, 8, 200_000],
      'openai/o4-mini': [1.1, 0.275, 1.1, 4.4, 200_000],
    },
  },
  // xAI: its model pages as quoted by third parties (docs.x.ai), and models.dev for 4.3 and before.
  {
    as_of: '2026-09-29',
    rows: {
      'xai/grok-4.7': [2, 0.5, 2, 6, 500_000],
      'xai/grok-4.6': [2, 0.5, 2, 6, 500_000],
      'xai/grok-4.5': [2, 0.5, 2, 6, 500_000],
      'xai/grok-4.3': [1.25, 0.2, 1.25, 2.5, M],
      'xai/grok-4.20-0309-reasoning': [1.25, 0.2, 1.25, 2.5, M],
      'xai/grok-4.20-0309-non-reasoning': [1.25, 0.2, 1.25, 2.5, M],
      'xai/grok-build-0.1': [1, 0.2, 1, 2, 256_000],
    },
    long: { models: /./, above: 199_999, input: 2, output: 2 },
  },
  // Google's price page (ai.google.dev/gemini-api/docs/pricing). 3.6 to 3.8 Flash: up to the end of 2026, then twice as much.
  {
    as_of: '2026-10-07',
    rows: {
      'gemini/gemini-3.8-flash': [0.75, 0.075, 0.75, 3.75, M],
      'gemini/gemini-3.6-flash': [0.75, 0.075, 0.75, 3.75, M],
      'gemini/gemini-3.5-flash': [1.5, 0.15, 1.5, 9, 1_048_576],
      'gemini/gemini-3.1-pro-preview': [2, 0.2, 2, 12, 1_048_576],
      'gemini/gemini-3.1-flash-lite': [0.25, 0.025, 0.25, 1.5, 1_048_576],
      'gemini/gemini-2.5-pro': [1.25, 0.125, 1.25, 10, 1_048_576],
      'gemini/gemini-2.5-flash': [0.3, 0.03, 0.3, 2.5, 1_048_576],
      'gemini/gemini-2.5-flash-lite': [0.1, 0.01, 0.1, 0.4, 1_048_576],
    },
    long: { models: /-pro/, above: 200_000, input: 2, output: 1.5 },
    until: { models: /-3\.[6-8]-flash$/, day: '2026-12-31', times: 2 },
  },
  // Mistral: models.dev, which quotes docs.mistral.ai/inference/pricing. Large 4 is left out: two prices for it are about.
  {
    as_of: '2026-09-29',
    rows: {
      'mistral/mistral-medium-latest': [1.5, 0.15, 1.5, 7.5, 262_144],
      'mistral/mistral-medium-3.5': [1.5, 0.15, 1.5, 7.5, 262_144],
      'mistral/mistral-medium-2604': [1.5, 0.15, 1.5, 7.5, 262_144],
      'mistral/mistral-large-2512': [0.5, 0.5, 0.5, 1.5, 262_144],
      'mistral/mistral-small-2603': [0.15, 0.15, 0.15, 0.6, 256_000],
    },
  },
  // DeepSeek's price page (api-docs.deepseek.com): that of the busy hours, twice the other one, so that no bill is too low.
  {
    as_of: '2026-11-15',
    rows: {
      'deepseek/deepseek-flash': [0.3, 0.006, 0.3, 1.2, M],
      'deepseek/deepseek-v4-flash': [0.3, 0.006, 0.3, 1.2, M],
      'deepseek/deepseek-v4-pro': [1.32, 0.044, 1.32, 3.96, M],
    },
  },
  // Groq: models.dev, which quotes console.groq.com/docs/models.
  {
    as_of: '2026-07-02',
    rows: {
      'groq/openai/gpt-oss-120b': [0.15, 0.075, 0.15, 0.6, 131_072],
      'groq/openai/gpt-oss-20b': [0.075, 0.0375, 0.075, 0.3, 131_072],
      'groq/llama-3.3-70b-versatile': [0.59, 0.59, 0.59, 0.79, 131_072],
      'groq/llama-3.1-8b-instant': [0.05, 0.05, 0.05, 0.08, 131_072],
    },
  },
];

const FREE: Price = fromDollars({ input: 0, output: 0 }, '2026-11-26');

export interface Known {
  readonly price: Price | null;
  readonly context_tokens: number | null;
}

export interface PriceRequest {
  /** `provider/model`. */
  readonly name: string;
  /** Whether it runs on the user's own machines, where tokens cost nothing. */
  readonly local: boolean;
  /** Of the configuration, by the same names. */
  readonly prices: Readonly<Record<string, DollarPrice>>;
  /** ISO date the configuration was read. */
  readonly today: string;
}

/** What is known of a model, by its exact name, else by the name without the date at its end. */
export function known({ name, local, prices, today }: PriceRequest): Known {
  const undated = name.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2})$/, '');
  const own = prices[name] ?? prices[undated];
  const listed = listedAs(name, today) ?? listedAs(undated, today);
  const price = own === undefined ? (listed?.price ?? null) : fromDollars(withCache(name, own), today);
  return { price: price ?? (local ? FREE : null), context_tokens: listed?.context_tokens ?? null };
}

/** Anthropic is asked to keep what agents send again, and takes a quarter more for it: also where nobody wrote that down. */
function withCache(name: string, price: DollarPrice): DollarPrice {
  return name.startsWith('anthropic/') ? { cache_write: price.input * 1.25, ...price } : price;
}

function listedAs(name: string, today: string): Known | null {
  for (const { as_of, rows, long, until } of LISTS) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (row === undefined) continue;
    const [input, cached, cache_write, output, context_tokens] = row;
    // Days as ISO writes them are in the order of their letters.
    const times = until !== undefined && today.slice(0, 10) > until.day && until.models.test(name) ? until.times : 1;
    const rates = { input: input * times, cached: cached * times, cache_write: cache_write * times };
    const price = fromDollars({ ...rates, output: output * times }, as_of);
    if (long === undefined || !long.models.test(name)) return { price, context_tokens };
    const { above, input: more, output: also } = long;
    return { price: { ...price, long: { above, input: more, output: also } }, context_tokens };
  }
  return null;
}
