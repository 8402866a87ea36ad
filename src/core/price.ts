/** What tokens cost. Whole micro-dollars throughout: sums of calls add up to the total exactly. */

import type { Usage } from './call.ts';

/** Whole micro-dollars per million tokens, so that 3 USD a million is 3,000,000. */
export interface Price {
  readonly input: number;
  /** Input read from the vendor's cache. */
  readonly cached: number;
  /** Input written to the vendor's cache. */
  readonly cache_write: number;
  /** Output, reasoning included unless `reasoning` says otherwise. */
  readonly output: number;
  /** Reasoning, where it is charged differently. */
  readonly reasoning: number | null;
  /** Where a long request costs more as a whole: above how many input tokens, and how many times as much. */
  readonly long?: { readonly above: number; readonly input: number; readonly output: number };
  /** ISO date the price was looked up. */
  readonly as_of: string;
}

const MILLION = 1_000_000;

/**
 * Micro-dollars of one call, a broken one counting whole: a bill is never below what the vendor charges. A part that is
 * counted larger than its whole makes nothing cheaper.
 */
export function costOf(usage: Usage, price: Price): number {
  const { cached_tokens, cache_write_tokens, reasoning_tokens } = usage;
  const fresh = Math.max(0, usage.input_tokens - cached_tokens - cache_write_tokens);
  const said = Math.max(0, usage.output_tokens - reasoning_tokens);
  const input = fresh * price.input + cached_tokens * price.cached + cache_write_tokens * price.cache_write;
  const output = said * price.output + reasoning_tokens * (price.reasoning ?? price.output);
  return total({ input, output }, factors(usage.input_tokens, price));
}

interface Sides {
  readonly input: number;
  readonly output: number;
}

function factors(input_tokens: number, { long }: Price): Sides {
  return long !== undefined && input_tokens > long.above ? long : { input: 1, output: 1 };
}

function total(sides: Sides, by: Sides): number {
  // To the millionth of a micro-dollar first: a factor such as 1.1 is no exact number here.
  return Math.ceil(Math.round(sides.input * by.input + sides.output * by.output) / MILLION);
}

/** At most what so many tokens can cost: every token at the dearest rate of its side. */
export function mostCost(tokens: { readonly input: number; readonly output: number }, price: Price): number {
  const input = Math.max(price.input, price.cached, price.cache_write);
  const output = Math.max(price.output, price.reasoning ?? 0);
  const sides = { input: tokens.input * input, output: tokens.output * output };
  return total(sides, factors(tokens.input, price));
}

/** Whether no token of it costs anything. */
export function isFree(price: Price): boolean {
  return mostCost({ input: MILLION, output: MILLION }, price) === 0;
}

/** Dollars per million tokens, as people write prices down. What is not said costs what its side costs. */
export interface DollarPrice {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly cache_write?: number;
  readonly reasoning?: number;
}

function micro(dollars: number): number {
  return Math.round(dollars * MILLION);
}

export function fromDollars(price: DollarPrice, as_of: string): Price {
  return {
    input: micro(price.input),
    cached: micro(price.cached ?? price.input),
    cache_write: micro(price.cache_write ?? price.input),
    output: micro(price.output),
    reasoning: price.reasoning === undefined ? null : micro(price.reasoning),
    as_of,
  };
}
