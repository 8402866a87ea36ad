/** Which provider answers `web_search`. */

import type { Web } from './open-web.ts';
import type { OpenSearch, WebSearch } from './search/web-search.ts';

export type SearchChoice = 'auto' | 'searxng' | 'brave' | 'tavily' | 'exa' | 'none';
type Name = Exclude<SearchChoice, 'auto' | 'none'>;
type Credentials = Readonly<Record<string, string | undefined>>;

/** What providers ask of who pays as he goes, by their price pages of November 2026: micro-dollars of one search. */
const BRAVE = 5_000;
/** A basic search is one credit. */
const TAVILY = 8_000;
/** Ten results are in it; each further one costs a thousandth of a dollar. */
const exaPrice = (results: number): number => 7_000 + 1_000 * Math.max(0, results - 10);

interface Provider {
  /** What it cannot do without: a key, or its own address. */
  readonly needs: string;
  readonly base_variable: string;
  readonly base_url: string;
  /** Micro-dollars of a search for so many results. */
  readonly price: (results: number) => number;
  readonly load: () => Promise<OpenSearch>;
}

/** In the order in which `auto` takes them: one's own first. */
const PROVIDERS: Readonly<Record<Name, Provider>> = {
  searxng: {
    needs: 'SEARXNG_URL',
    base_variable: 'SEARXNG_URL',
    base_url: '',
    price: () => 0,
    load: async () => (await import('./search/searxng.ts')).searxng,
  },
  brave: {
    needs: 'BRAVE_API_KEY',
    base_variable: 'BRAVE_BASE_URL',
    base_url: 'https://api.search.brave.com',
    price: () => BRAVE,
    load: async () => (await import('./search/brave.ts')).brave,
  },
  tavily: {
    needs: 'TAVILY_API_KEY',
    base_variable: 'TAVILY_BASE_URL',
    base_url: 'https://api.tavily.com',
    price: () => TAVILY,
    load: async () => (await import('./search/tavily.ts')).tavily,
  },
  exa: {
    needs: 'EXA_API_KEY',
    base_variable: 'EXA_BASE_URL',
    base_url: 'https://api.exa.ai',
    price: exaPrice,
    load: async () => (await import('./search/exa.ts')).exa,
  },
};

export type ChosenSearch =
  | { readonly open: () => Promise<WebSearch>; readonly price: Provider['price'] }
  /** Why there is none, for the report. */
  | { readonly open: null; readonly why: string };

export function chosenSearch(choice: SearchChoice, credentials: Credentials, web: () => Promise<Web>): ChosenSearch {
  if (choice === 'none') return { open: null, why: 'web search is switched off (search: none)' };
  const names = Object.keys(PROVIDERS) as Name[];
  const wanted = choice === 'auto' ? names : [choice];
  const found = wanted.map((name) => PROVIDERS[name]).find(({ needs }) => (credentials[needs] ?? '') !== '');
  if (found === undefined) {
    const needed = wanted.map((name) => PROVIDERS[name].needs);
    const what = choice === 'auto' ? 'no provider is configured' : `${choice} is not configured`;
    return { open: null, why: `web search: ${what}; set ${needed.join(' or ')}` };
  }
  const { needs, base_variable, base_url, price, load } = found;
  if (!isBase(credentials[base_variable] ?? base_url)) {
    return { open: null, why: `web search: ${base_variable} is no http(s) address without a user name in it` };
  }
  return {
    price,
    open: async () => {
      const [{ api }, open] = await Promise.all([web(), load()]);
      return open({ api, base_url: credentials[base_variable] ?? base_url, key: credentials[needs] ?? '' });
    },
  };
}

/** A name and password in an address would be sent to nobody; the value itself, which may hold them, is told nowhere. */
function isBase(base: string): boolean {
  if (!URL.canParse(base)) return false;
  const { protocol, username, password } = new URL(base);
  return /^https?:$/u.test(protocol) && username === '' && password === '';
}
