/** Tavily. */

import { z } from 'zod';
import { below, type Question, shaped } from '../question.ts';
import { statedDay } from '../dates.ts';
import type { OpenSearch } from './web-search.ts';

const ANSWER = z.object({
  results: z.array(
    z.object({
      title: z.string().nullish(),
      url: z.string(),
      content: z.string().nullish(),
      published_date: z.string().nullish(),
    }),
  ),
});

export const tavily: OpenSearch = ({ api, base_url, key }) => ({
  search: async ({ query, most }, signal) => {
    const question: Question = {
      provider: 'Tavily',
      key_variable: 'TAVILY_API_KEY',
      key,
      url: below(base_url, '/search'),
      headers: { authorization: `Bearer ${key}` },
      body: { query: query.slice(0, 400), max_results: most, search_depth: 'basic' },
    };
    const { results } = shaped(await api.ask(question, signal), question, ANSWER);
    return results.slice(0, most).map(({ title, url, content, published_date }) => ({
      title: title ?? '',
      url,
      snippet: content ?? '',
      date: statedDay(published_date),
    }));
  },
});
