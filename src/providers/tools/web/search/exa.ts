/** Exa. */

import { z } from 'zod';
import { below, type Question, shaped } from '../question.ts';
import { statedDay } from '../dates.ts';
import type { OpenSearch } from './web-search.ts';

const ANSWER = z.object({
  results: z.array(
    z.object({
      title: z.string().nullish(),
      url: z.string(),
      publishedDate: z.string().nullish(),
      highlights: z.array(z.string()).nullish(),
      text: z.string().nullish(),
    }),
  ),
});

export const exa: OpenSearch = ({ api, base_url, key }) => ({
  search: async ({ query, most }, signal) => {
    const question: Question = {
      provider: 'Exa',
      key_variable: 'EXA_API_KEY',
      key,
      url: below(base_url, '/search'),
      headers: { 'x-api-key': key },
      body: { query, numResults: most, type: 'auto', contents: { highlights: true } },
    };
    const { results } = shaped(await api.ask(question, signal), question, ANSWER);
    return results.slice(0, most).map(({ title, url, publishedDate, highlights, text }) => ({
      title: title ?? '',
      url,
      snippet: highlights?.join(' … ') ?? text ?? '',
      date: statedDay(publishedDate),
    }));
  },
});
