/** What `doctor` looks at of models and the network: keys by the names of their variables, never by their values. */

import { type Config, CREDENTIALS, type CredentialName } from '../../config.ts';
import { Fault, toFault } from '../../core/errors.ts';
import { EXTRACTIVE, type ModelProbe } from '../../core/model-catalogue.ts';
import { isNear } from '../../core/tool-server.ts';
import { MODEL_ROLES } from '../../core/workflow.ts';
import { money } from './budget.ts';
import type { Look } from './look.ts';

/** Longest that one provider is waited for. */
const PROBE_MS = 15_000;

const SEARCHES = ['searxng', 'brave', 'tavily', 'exa'] as const;

/** One line for each provider that has something set, each model that is used, the network and its search. */
export async function lookAtModels(models: ModelProbe, config: Config): Promise<readonly Look[]> {
  const used = modelsOf(config);
  const looks = await Promise.all([...used].map(([name, roles]) => lookAtModel(models, config, { name, roles })));
  return [lookAtProviders(config), ...looks, lookAtNetwork(config)];
}

/** The models in use, each with what it is for, in the order of the roles. */
export function modelsOf(config: Config): ReadonlyMap<string, readonly string[]> {
  const used = new Map<string, string[]>();
  const add = (name: string, role: string): void => void used.set(name, [...(used.get(name) ?? []), role]);
  for (const role of MODEL_ROLES) add(config[`model_${role}`] ?? config.model, role);
  for (const name of config.fallback_models) add(name, 'fallback');
  return used;
}

function variablesOf(config: Config, of: (name: CredentialName) => boolean): readonly CredentialName[] {
  const names = Object.keys(config.credentials) as CredentialName[];
  return names.filter(of);
}

function lookAtProviders(config: Config): Look {
  const searches: ReadonlySet<string> = new Set([...SEARCHES, 'openalex']);
  const set = variablesOf(config, (name) => !searches.has(CREDENTIALS[name].of));
  const words =
    set.length === 0
      ? 'no key and no address is set; for a model that thinks set ANTHROPIC_API_KEY, OPENAI_API_KEY or another, or OLLAMA_HOST'
      : `set: ${set.join(', ')}${isProxied(config) ? '; asked over the proxy of the environment' : ''}`;
  return { check: { what: 'providers', good: set.length === 0 ? null : true, words }, problem: null };
}

function isProxied({ proxy }: Config): boolean {
  return proxy.http !== null || proxy.https !== null;
}

async function lookAtModel(
  models: ModelProbe,
  config: Config,
  { name, roles }: { readonly name: string; readonly roles: readonly string[] },
): Promise<Look> {
  const what = 'model';
  const who = roles.length === MODEL_ROLES.length ? name : `${name} (${roles.join(', ')})`;
  if (name === EXTRACTIVE) {
    return { check: { what, good: true, words: `${who}: ${EXTRACTIVE_WORDS}` }, problem: null };
  }
  try {
    checkModel(models, config, name);
    const price = models.price(name);
    const fault = await models.probe(name, AbortSignal.timeout(PROBE_MS));
    if (fault !== null) throw fault;
    const cost = price === null ? 'its price is not known: only tokens are counted' : 'its price is known';
    return { check: { what, good: true, words: `${who}: answers; ${cost}` }, problem: null };
  } catch (thrown) {
    const problem = toFault(thrown);
    return {
      check: { what, good: false, words: `${who}: ${PROBLEM_WORDS[problem.code] ?? 'cannot be used'}` },
      problem,
    };
  }
}

/** Throws what a workflow with this model is refused for, as far as its name, its key and its price tell. */
export function checkModel(models: ModelProbe, { budget_usd }: Pick<Config, 'budget_usd'>, name: string): void {
  models.check(name);
  if (budget_usd === null || models.price(name) !== null) return;
  throw new Fault('BUDGET_UNPRICED', `a cap of ${money(budget_usd)} cannot be kept: no price is known for ${name}`);
}

const EXTRACTIVE_WORDS = 'quotes your documents; needs no key and no network';

const PROBLEM_WORDS: Readonly<Partial<Record<Fault['code'], string>>> = {
  MODEL_UNKNOWN: 'not one this release can run',
  PROVIDER_NOT_CONFIGURED: 'its provider is not configured',
  PROVIDER_REFUSED: 'its provider does not accept the key',
  PROVIDER_QUOTA: 'its provider has no credit left for it',
  PROVIDER_UNAVAILABLE: 'its provider cannot be reached',
  PROVIDER_PROTOCOL: 'what answers there is not its provider',
  MODEL_REJECTED: 'its provider does not know it, or takes no such request for it',
  BUDGET_UNPRICED: 'its price is not known, so dollars cannot be capped',
};

function lookAtNetwork(config: Config): Look {
  const { network, search } = config;
  const what = 'network';
  if (network === 'off') {
    const served = config.mcp_servers.some(isNear) ? ', and use the servers of tools on this machine' : ' only';
    const words = `off: agents read your documents${served}; --network on, or BELTALOWDA_NETWORK=on, lets them fetch and search`;
    return { check: { what, good: null, words }, problem: null };
  }
  const configured = SEARCHES.filter((name) => variablesOf(config, (one) => NEEDED[name] === one).length > 0);
  if (search !== 'auto' && search !== 'none' && !configured.includes(search)) {
    const problem = new Fault('PROVIDER_NOT_CONFIGURED', `web search by ${search} has no ${NEEDED[search]}`, {
      hint: `Set ${NEEDED[search]}, or leave BELTALOWDA_SEARCH at auto.`,
    });
    return { check: { what, good: false, words: `on; ${search} is not configured` }, problem };
  }
  const provider = search === 'auto' ? configured[0] : search;
  const words =
    provider === undefined
      ? `on; no web search: set ${Object.values(NEEDED).join(', ')}`
      : provider === 'none'
        ? 'on; no web search is wanted'
        : `on; web search by ${provider}`;
  return { check: { what, good: true, words }, problem: null };
}

/** What a web search cannot do without. */
const NEEDED = {
  searxng: 'SEARXNG_URL',
  brave: 'BRAVE_API_KEY',
  tavily: 'TAVILY_API_KEY',
  exa: 'EXA_API_KEY',
} as const satisfies Record<(typeof SEARCHES)[number], CredentialName>;

/** What a host has to be given beside its entry, which holds no secrets; null where nothing secret is set. */
export function secretsAdvice(config: Config): string | null {
  const secret = variablesOf(config, (name) => CREDENTIALS[name].secret);
  if (secret.length === 0) return null;
  return `Keys are not printed. A host starts programs with an environment of its own: give it ${secret.join(', ')} there, or among the entry's env.`;
}
