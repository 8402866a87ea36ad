/** SearXNG, a search one runs oneself: no key. */

import { z } from 'zod';
import { Fault } from '../../../../core/errors.ts';
import { below, type Question, shaped } from '../question.ts';
import { statedDay } from '../dates.ts';
import type { OpenSearch } from './web-search.ts';

const ANSWER = z.object({
  results: z.array(
    z.object({
      title: z.string().nullish(),
      url: z.string(),
      content: z.string().nullish(),
      publishedDate: z.string().nullish(),
    }),
  ),
});

export const searxng: OpenSearch = ({ api, base_url }) => ({
  search: async ({ query, most }, signal) => {
    const url = below(base_url, '/search', { q: query, format: 'json' });
    const question: Question = { provider: 'SearXNG', key_variable: null, key: '', url };
    const { results } = shaped(await ask(question), question, ANSWER);
    return results.slice(0, most).map(({ title, url: found, content, publishedDate }) => ({
      title: title ?? '',
      url: found,
      snippet: content ?? '',
      date: statedDay(publishedDate),
    }));

    async function ask(asked: Question): Promise<string> {
      try {
        return await api.ask(asked, signal);
      } catch (thrown) {
        if (!(thrown instanceof Fault) || thrown.code !== 'PROVIDER_REFUSED') throw thrown;
        // What SearXNG answers unless told otherwise: its JSON is switched off.
        throw new Fault('PROVIDER_REFUSED', `${thrown.message}: this SearXNG gives no JSON`, {
          cause: thrown,
          hint: `Its administrator has to add json to search.formats in the settings.yml of ${asked.url.origin}.`,
        });
      }
    }
  },
});
