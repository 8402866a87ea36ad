import { expect, it } from 'vitest';
import { systemClock } from '../../../../../src/engine/system-clock.ts';
import { type SearchChoice, webTools } from '../../../../../src/providers/tools/web/web.ts';

interface Setup {
  readonly credentials: Readonly<Record<string, string>>;
  readonly search?: SearchChoice;
  readonly search_price?: number;
}

function tools({ credentials, search = 'auto', search_price }: Setup) {
  const parts = { credentials, search, search_price: search_price ?? null };
  return webTools({ ...parts, fetch_allow: [], clock: systemClock, version: '1.2.3' });
}

/** Micro-dollars of one search. */
function price(setup: Setup, max_results: number): number | undefined {
  return tools(setup)
    .tools(true)
    .find(({ name }) => name === 'web_search')
    ?.price?.({ query: 'q', max_results });
}

const EXA = { credentials: { EXA_API_KEY: 'e' } };
const SEARXNG = { credentials: { SEARXNG_URL: 'http://127.0.0.1:8888' } };

it('is what the provider asks of who pays as he goes', () => {
  expect(price(SEARXNG, 8)).toBe(0);
  expect(price({ credentials: { BRAVE_API_KEY: 'b' } }, 20)).toBe(5_000);
  expect(price({ credentials: { TAVILY_API_KEY: 't' } }, 20)).toBe(8_000);
  expect(price(EXA, 10)).toBe(7_000);
  expect(price(EXA, 11)).toBe(8_000);
  // More than can be asked for.
  expect(price(EXA, 100)).toBe(17_000);
});

it('is what the user says, where he says it', () => {
  expect(price({ ...EXA, search_price: 2.5 }, 20)).toBe(2_500);
  expect(price({ ...EXA, search_price: 0 }, 20)).toBe(0);
  expect(price({ ...SEARXNG, search_price: 1 }, 8)).toBe(1_000);
});

it('is asked for no other tool', () => {
  const web = tools({ ...EXA, search_price: 5 });
  const others = web.tools(true).filter(({ name }) => name !== 'web_search');
  expect(others.filter((tool) => tool.price !== undefined)).toEqual([]);
});

it('is whether the tools take money at all', () => {
  const paid = [EXA, { ...SEARXNG, search_price: 1 }];
  const free = [SEARXNG, { ...EXA, search_price: 0 }, { ...EXA, search: 'none' as const }, { credentials: {} }];
  expect([...paid, ...free].map((setup) => tools(setup).paid)).toEqual([true, true, false, false, false, false]);
});
