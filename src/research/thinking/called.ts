/** How an exchange with a model stands in the journal: its answer or its fault, and its bill. */

import { type Called, type Spent, tokensOf, type Usage } from '../../core/call.ts';
import { costOf, type Price } from '../../core/price.ts';
import type { LanguageModel } from '../../providers/providers.ts';
import { asJson } from '../journal.ts';

type Exchange = Awaited<ReturnType<LanguageModel['exchange']>>;

/** At the price its reservation was made at. */
export function called(exchange: Exchange, price: Price | null): Called {
  if (exchange.kind === 'failed') return { ...exchange, spent: spent(exchange.usage, price) };
  return { kind: 'succeeded', output: asJson(exchange.answer), spent: spent(exchange.answer.usage, price) };
}

function spent(usage: Usage | null, price: Price | null): Spent | null {
  if (usage === null) return null;
  // What took nothing costs nothing, at whatever price.
  if (tokensOf(usage) === 0) return { usage, microusd: 0 };
  return { usage, microusd: price === null ? null : costOf(usage, price) };
}
