/** The setting that holds prices of models: checked whole, so that no bill rests on a figure that was misread. */

import type { Json } from '../core/json.ts';
import type { DollarPrice } from '../core/price.ts';
import { type Kind, object } from './kinds.ts';

export type Prices = Readonly<Record<string, DollarPrice>>;

/** Dollars per million tokens; far above any price there is. */
const DEAREST = 100_000;

/** `provider/model`; models may have slashes of their own. */
const NAME = /^[^/]+\/.+$/;

/** Whether each has to be there. */
const RATES = { input: true, output: true, cached: false, cache_write: false, reasoning: false } as const;

export function prices(): Kind<Prices> {
  const rate = { type: 'number', minimum: 0, maximum: DEAREST };
  return object<Prices>({
    placeholder: 'json',
    expected:
      'an object of prices by provider/model, each with input and output in dollars per million tokens, and cached, cache_write or reasoning if they differ',
    schema: {
      type: 'object',
      propertyNames: { pattern: NAME.source },
      additionalProperties: {
        type: 'object',
        properties: Object.fromEntries(Object.keys(RATES).map((name) => [name, rate])),
        required: ['input', 'output'],
        additionalProperties: false,
      },
    },
    accept: (json) => {
      const entries = Object.entries(json);
      const right = entries.flatMap(([name, price]) =>
        isPrice(price) && NAME.test(name) ? [[name, price] as const] : [],
      );
      return right.length < entries.length ? null : Object.freeze(Object.fromEntries(right));
    },
  });
}

function isPrice(price: Json | undefined): price is Json & DollarPrice {
  if (typeof price !== 'object' || price === null || Array.isArray(price)) return false;
  const known = Object.entries(price).every(
    ([name, rate]) => Object.hasOwn(RATES, name) && typeof rate === 'number' && rate >= 0 && rate <= DEAREST,
  );
  return known && Object.entries(RATES).every(([name, needed]) => !needed || Object.hasOwn(price, name));
}
