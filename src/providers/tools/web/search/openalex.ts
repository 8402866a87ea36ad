/** OpenAlex: works of all fields with open copies. A key is free and optional; without one it answers a few a day. */

import { z } from 'zod';
import { below, type Question, shaped } from '../question.ts';
import { statedDay } from '../dates.ts';
import type { OpenScholarly } from './scholarly.ts';

const ANSWER = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      doi: z.string().nullish(),
      title: z.string().nullish(),
      publication_date: z.string().nullish(),
      authorships: z.array(z.object({ author: z.object({ display_name: z.string().nullish() }).nullish() })).nullish(),
      primary_location: z.object({ source: z.object({ display_name: z.string().nullish() }).nullish() }).nullish(),
      best_oa_location: z.object({ pdf_url: z.string().nullish() }).nullish(),
      abstract_inverted_index: z.record(z.string(), z.array(z.number())).nullish(),
    }),
  ),
});

const FIELDS = 'id,doi,title,publication_date,authorships,primary_location,best_oa_location,abstract_inverted_index';

export const openalex: OpenScholarly = ({ api, base_url, key }) => ({
  search: async ({ query, most }, signal) => {
    const search = { search: query, 'per-page': String(most), select: FIELDS };
    const url = below(base_url, '/works', { ...search, ...(key !== '' && { api_key: key }) });
    const question: Question = { provider: 'OpenAlex', key_variable: 'OPENALEX_API_KEY', key, url };
    const { results } = shaped(await api.ask(question, signal), question, ANSWER);
    return results.map((work) => ({
      title: work.title ?? '',
      authors: (work.authorships ?? []).map(({ author }) => author?.display_name ?? '').filter((name) => name !== ''),
      url: work.doi ?? work.id,
      date: statedDay(work.publication_date),
      venue: work.primary_location?.source?.display_name ?? '',
      abstract: inOrder(work.abstract_inverted_index ?? {}),
      full_text: work.best_oa_location?.pdf_url ?? null,
    }));
  },
});

/** An abstract is given as its words with their positions; the positions come from outside, so they are sorted and not indexed by. */
function inOrder(index: Readonly<Record<string, readonly number[]>>): string {
  const words = Object.entries(index).flatMap(([word, at]) => at.map((position) => ({ word, position })));
  return words
    .sort((a, b) => a.position - b.position)
    .map(({ word }) => word)
    .join(' ');
}
