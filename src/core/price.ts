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
  const parts =
    fresh * price.input +
    cached_tokens * price.cached +
    cache_write_tokens * price.cache_write +
    said * price.output +
    reasoning_tokens * (price.reasoning ?? price.output);
  return Math.ceil(parts / MILLION);
}

/** At most what so many tokens can cost: every token at the dearest rate of its side. */
export function mostCost(tokens: { readonly input: number; readonly output: number }, price: Price): number {
  const input = Math.max(price.input, price.cached, price.cache_write);
  const output = Math.max(price.output, price.reasoning ?? 0);
  return Math.ceil((tokens.input * input + tokens.output * output) / MILLION);
}
