/**
 * Tools that reach the network: pages, web search, and searches that need no key. Everything they return was written by somebody
 * else: data for an agent to judge and quote, never orders to it. Nothing is loaded or opened before a tool first runs.
 */

import type { Clock } from '../../../core/clock.ts';
import type { AgentTool, Unavailable } from '../../agent-tool.ts';
import { fetchPage } from './fetch-page.ts';
import type { Web } from './open-web.ts';
import { chosenSearch, type SearchChoice } from './search-choice.ts';
import { scholarlyTools } from './scholarly-tools.ts';
import { webSearch } from './search/tool.ts';
import { readWikipedia, searchWikipedia } from './search/wikipedia.ts';

export type { SearchChoice } from './search-choice.ts';

export interface WebToolsOptions {
  /** Keys and base URLs by the names of their variables: BRAVE_API_KEY, SEARXNG_URL, … */
  readonly credentials: Readonly<Record<string, string | undefined>>;
  /** Which search answers `web_search`; `auto` takes the first that has its key or address. */
  readonly search: SearchChoice;
  /** Dollars of 1,000 searches of the web; null: the list price of who answers them. */
  readonly search_price: number | null;
  /** Hosts, or hosts with a port, that pages may be fetched from although they are private. */
  readonly fetch_allow: readonly string[];
  readonly clock: Clock;
  /** Of this program, for the name it gives itself to sites. */
  readonly version: string;
}

export interface WebTools {
  /** The tools there are; none without `network`. */
  tools(network: boolean): readonly AgentTool[];
  /** What there is not although the network may be used, and what to set for it. */
  readonly unavailable: readonly Unavailable[];
  /** Whether any of them takes money. */
  readonly paid: boolean;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export function webTools(options: WebToolsOptions): WebTools {
  const { credentials, search, search_price } = options;
  let opened: Promise<Web> | null = null;
  const web = (): Promise<Web> => {
    opened ??= import('./open-web.ts').then(({ openWeb }) => openWeb(options));
    return opened;
  };
  const choice = chosenSearch(search, credentials, web);
  const wikipedia = { web, base_url: credentials['WIKIPEDIA_BASE_URL'] ?? null };
  const price = choice.open === null ? () => 0 : (ownPrice(search_price) ?? choice.price);
  const tools: readonly AgentTool[] = [
    ...(choice.open === null ? [] : [webSearch(choice.open, price)]),
    fetchPage(web),
    searchWikipedia(wikipedia),
    readWikipedia(wikipedia),
    ...scholarlyTools(web, credentials),
  ];
  return {
    tools: (network) => (network ? tools : []),
    unavailable: choice.open === null ? [{ what: 'web_search', why: choice.why }] : [],
    paid: price(1) > 0,
    close: async () => {
      await (await opened)?.close();
    },
  };
}

function ownPrice(dollars: number | null): (() => number) | null {
  // A dollar for a thousand is a thousand micro-dollars for one.
  return dollars === null ? null : () => Math.ceil(dollars * 1_000);
}
