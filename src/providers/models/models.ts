/** The models of this process as others ask for them: by name. `extractive` needs nothing; every other name is a vendor's. */

import { type ErrorCode, Fault, toFault } from '../../core/errors.ts';
import { EXTRACTIVE, type ModelCatalogue, type ModelProbe } from '../../core/model-catalogue.ts';
import type { Price } from '../../core/price.ts';
import type { LanguageModels } from './vendors/vendors.ts';

/** What their names tell. Touches no network. */
export function catalogue(vendors: Pick<LanguageModels, 'model'>): ModelCatalogue {
  return {
    check: (name) => {
      if (name !== EXTRACTIVE) vendors.model(name);
    },
    price: (name) => priceOf(vendors, name),
  };
}

/** Of a provider whose key is gone since no price is known, and what is asked of its workflows must not fail for that. */
function priceOf(vendors: Pick<LanguageModels, 'model'>, name: string): Price | null {
  try {
    return vendors.model(name).price;
  } catch (thrown) {
    if (thrown instanceof Fault && UNKNOWN_HERE.has(thrown.code)) return null;
    throw thrown;
  }
}

const UNKNOWN_HERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PROVIDER_NOT_CONFIGURED', 'MODEL_UNKNOWN']);

/** The same, and whether a provider answers. */
export function probe(vendors: Pick<LanguageModels, 'model'>): ModelProbe {
  return { ...catalogue(vendors), probe: (name, signal) => answers(vendors, name, signal) };
}

/** How long it is believed that a provider is there, or is not: however often one asks, it is asked once a minute. */
const LOOK_TTL_MS = 60_000;

/** What the service tells of its providers: none is vital, for others may stand in, and what is recorded needs none. */
export function providerChecks(vendors: Pick<LanguageModels, 'looks'>): readonly {
  readonly name: string;
  readonly vital: boolean;
  readonly ttl_ms: number;
  readonly look: () => Promise<void>;
}[] {
  return vendors
    .looks()
    .map(({ provider, look }) => ({ name: `provider:${provider}`, vital: false, ttl_ms: LOOK_TTL_MS, look }));
}

/** Enough for a word, and for the least that vendors take. */
const SHORTEST = 16;

async function answers(
  vendors: Pick<LanguageModels, 'model'>,
  name: string,
  signal: AbortSignal,
): Promise<Fault | null> {
  if (name === EXTRACTIVE) return null;
  try {
    const exchange = await vendors.model(name).exchange(
      {
        system: 'Answer with one word.',
        messages: [{ role: 'user', text: 'Are you there?' }],
        tools: [],
        tool_choice: 'none',
        output: null,
        max_output_tokens: SHORTEST,
      },
      { signal, idempotency_key: `probe/${name}` },
    );
    return exchange.kind === 'failed' ? exchange.fault : null;
  } catch (thrown) {
    return toFault(thrown);
  }
}
