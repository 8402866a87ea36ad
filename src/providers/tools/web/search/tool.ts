/** `web_search`: results to choose from. They are no sources: a snippet is a search engine's words about a page. */

import { Fault } from '../../../../core/errors.ts';
import type { AgentTool } from '../../../agent-tool.ts';
import { countOf, failed, wordOf } from '../answers.ts';
import { plainLine, shortened } from '../markup.ts';
import type { SearchResult, WebSearch } from './web-search.ts';

const PRESET = 8;
const MOST = 20;
const MOST_SNIPPET = 400;
const MOST_QUERY = 1000;

/** `price`: micro-dollars of a search for so many results. */
export function webSearch(open: () => Promise<WebSearch>, price: (results: number) => number): AgentTool {
  return {
    name: 'web_search',
    description:
      'Searches the web. Returns numbered results with title, address, date and a snippet. Snippets cannot be quoted: read a page with fetch_page first.',
    input_schema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'A few words, as one types them into a search box' },
        max_results: { type: 'integer', minimum: 1, maximum: MOST, default: PRESET },
      },
      required: ['query'],
      additionalProperties: false,
    },
    timeout_ms: 45_000,
    price: (input) => price(mostOf(input)),
    run: async (input, { signal }) => {
      const query = wordOf(input, 'query');
      if (query === null) return failed('web_search needs `query`: a few words to search for');
      if (query.length > MOST_QUERY)
        return failed(`query is too long: at most ${MOST_QUERY} characters, better a few words`);
      const most = mostOf(input);
      const search = await open();
      return orFailed('web_search', async () => {
        const results = (await search.search({ query, most }, signal)).filter(({ url }) => isWeb(url));
        if (results.length === 0) return { text: 'No results.', found: [], failed: false };
        return { text: results.map(listed).join('\n\n'), found: [], failed: false };
      });
    },
  };
}

function mostOf(input: Parameters<AgentTool['run']>[0]): number {
  return countOf(input, 'max_results', { preset: PRESET, most: MOST });
}

/** A fault that no repetition mends, as an answer in words; the others go on to whoever repeats. */
export async function orFailed(name: string, run: () => ReturnType<AgentTool['run']>): ReturnType<AgentTool['run']> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof Fault && !thrown.retryable) {
      return failed(`${name} is of no use now: ${thrown.message}. ${thrown.hint}`);
    }
    throw thrown;
  }
}

export function isWeb(url: string): boolean {
  return URL.canParse(url) && /^https?:$/u.test(new URL(url).protocol);
}

function listed({ title, url, snippet, date }: SearchResult, index: number): string {
  const line = plainLine(title);
  const lines = [
    `${index + 1}. ${line === '' ? url : shortened(line, 200)}`,
    new URL(url).href,
    ...(date === null ? [] : [date]),
    shortened(plainLine(snippet), MOST_SNIPPET),
  ];
  return lines.filter((each) => each !== '').join('\n   ');
}
