/** Models of vendors by name: `provider/model`. Which providers there are, and what each needs, stands in `providers.ts`. */

import { createHash } from 'node:crypto';
import { type Clock, iso } from '../../../core/clock.ts';
import type { DollarPrice } from '../../../core/price.ts';
import type { ProxySettings } from '../../../core/proxy.ts';
import type { LanguageModel } from '../../language-model.ts';
import { Lane, limited, type Rates } from './limits.ts';
import { known } from './prices.ts';
import { endpointOf, found, PROVIDERS, type ProviderName, providerOf } from './providers.ts';
import { type Limits, LIMITS, transport } from './transport.ts';
import { vendorModel } from './wire.ts';

export type { Limits } from './transport.ts';

export interface VendorOptions {
  /** Keys and addresses by the names of their variables: `ANTHROPIC_API_KEY`. Empty ones are taken for absent. */
  readonly credentials: Readonly<Record<string, string | undefined>>;
  /** Dollars per million tokens by `provider/model`, before those of the table; null for none. */
  readonly prices?: Readonly<Record<string, DollarPrice>> | null;
  readonly clock: Clock;
  /** What the account allows, by `provider/model`; otherwise learned from the provider. */
  readonly rates?: Readonly<Record<string, Partial<Rates>>>;
  readonly limits?: Partial<Limits>;
  /** None unless said. */
  readonly proxy?: ProxySettings;
  /** Told how long each request waited for its turn, milliseconds. */
  readonly waited?: ((ms: number) => void) | undefined;
}

/** A provider as it is set up here. */
interface ConfiguredProvider {
  readonly provider: ProviderName;
  readonly base_url: string;
  /** The variable its key is in; null where it needs none. */
  readonly key_variable: string | null;
  /** Whether it runs on the user's own machines. */
  readonly local: boolean;
}

export interface LanguageModels {
  /**
   * The model of this name; the same one for the same name. Touches no network. Throws MODEL_UNKNOWN where no provider
   * is named or the one that is does not exist, and PROVIDER_NOT_CONFIGURED where it has no key or no usable address here,
   * naming what to set.
   */
  model(name: string): LanguageModel;
  /** Providers with a key or, where they need none, with an address that somebody set. */
  configured(): readonly ConfiguredProvider[];
  /**
   * The same, each with a look whether anybody is there, which costs nothing: rejects with PROVIDER_UNAVAILABLE, or with
   * PROVIDER_NOT_CONFIGURED where its address or key can be none.
   */
  looks(): readonly { readonly provider: ProviderName; readonly look: () => Promise<void> }[];
  /** Closes idle connections, once those in use are done. */
  close(): Promise<void>;
}

export function languageModels(options: VendorOptions): LanguageModels {
  const { credentials, clock, waited, rates = {} } = options;
  const prices = options.prices ?? {};
  const limits = { ...LIMITS, ...options.limits };
  const line = transport({ clock, limits, proxy: options.proxy });
  const quiet_ms = Math.max(limits.headers_ms, limits.idle_ms);
  const models = new Map<string, LanguageModel>();
  const lanes = new Map<string, Lane>();

  const laneOf = (name: string, credential: string): Lane => {
    // Two names of one model on one account share what that account may do.
    const key = `${name} ${createHash('sha256').update(credential).digest('hex')}`;
    const lane = lanes.get(key) ?? new Lane({ name, clock, rates: ratesOf(name, rates[name]), waited });
    lanes.set(key, lane);
    return lane;
  };

  const make = (name: string): LanguageModel => {
    const { provider, model } = found(name);
    const { wire, local } = providerOf(provider);
    const endpoint = endpointOf(provider, credentials);
    const lane = laneOf(name, `${endpoint.base_url} ${endpoint.key ?? ''}`);
    const facts = () => known({ name, local, prices, today: iso(clock.now()).slice(0, 10) });
    const parts = { ...facts(), wire: wire(model), endpoint, model, transport: line, quiet_ms };
    const made = limited(vendorModel({ ...parts, heard: (header) => lane.heard(header) }), lane);
    return {
      ...made,
      // A server may run longer than a price holds.
      get price() {
        return facts().price;
      },
    };
  };

  return {
    model(name) {
      const made = models.get(name) ?? make(name);
      models.set(name, made);
      return made;
    },
    configured: () => PROVIDERS.flatMap((provider) => configured(provider, credentials)),
    looks: () =>
      PROVIDERS.filter((provider) => isSet(provider, credentials)).map((provider) => ({
        provider,
        look: async () => line.reach(endpointOf(provider, credentials)),
      })),
    close: () => line.close(),
  };
}

function ratesOf(name: string, own: Partial<Rates> = {}): Rates {
  const { concurrency } = providerOf(found(name).provider);
  return { concurrency, requests_per_minute: null, tokens_per_minute: null, ...own };
}

function isSet(provider: ProviderName, credentials: VendorOptions['credentials']): boolean {
  const { key, base } = providerOf(provider);
  const set = (variable: string | null): boolean => variable !== null && (credentials[variable] ?? '').trim() !== '';
  return key !== null && key.needed ? set(key.variable) : set(base);
}

function configured(provider: ProviderName, credentials: VendorOptions['credentials']): ConfiguredProvider[] {
  const { local } = providerOf(provider);
  if (!isSet(provider, credentials)) return [];
  const { base_url, key_variable } = endpointOf(provider, credentials);
  return [{ provider, base_url, key_variable, local }];
}
