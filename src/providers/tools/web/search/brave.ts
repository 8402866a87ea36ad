/** Brave Search. */

import { z } from 'zod';
import { below, type Question, shaped } from '../question.ts';
import { statedDay } from '../dates.ts';
import type { OpenSearch } from './web-search.ts';

const ANSWER = z.object({
  web: z
    .object({
      results: z.array(
        z.object({
          title: z.string(),
          url: z.string(),
          description: z.string().nullish(),
          page_age: z.string().nullish(),
        }),
      ),
    })
    // Left out where nothing was found.
    .nullish(),
});

export const brave: OpenSearch = ({ api, base_url, key }) => ({
  search: async ({ query, most }, signal) => {
    // Longer ones are refused: 400 characters and 50 words.
    const q = query.split(/\s+/u).slice(0, 50).join(' ').slice(0, 400);
    const url = below(base_url, '/res/v1/web/search', { q, count: String(most) });
    const headers = { 'x-subscription-token': key };
    const question: Question = { provider: 'Brave Search', key_variable: 'BRAVE_API_KEY', key, url, headers };
    const { web } = shaped(await api.ask(question, signal), question, ANSWER);
    return (web?.results ?? []).slice(0, most).map(({ title, url: found, description, page_age }) => ({
      title,
      url: found,
      snippet: description ?? '',
      date: statedDay(page_age),
    }));
  },
});
