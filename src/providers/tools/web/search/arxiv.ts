/** arXiv: preprints with abstract and PDF. No key; it asks for three seconds between two questions. */

import { below, type Question } from '../question.ts';
import { Fault } from '../../../../core/errors.ts';
import { statedDay } from '../dates.ts';
import { elementsIn, plainLine } from '../markup.ts';
import type { OpenScholarly } from './scholarly.ts';
import type { Work } from './works.ts';

export const arxiv: OpenScholarly = ({ api, base_url }) => ({
  search: async ({ query, most }, signal) => {
    // Each word wanted: the interface takes words without a field for any of them.
    const words = query.match(/[\p{L}\p{N}][\p{L}\p{N}.'-]*/gu)?.slice(0, 20) ?? [];
    if (words.length === 0) return [];
    const search_query = words.map((word) => `all:${word}`).join(' AND ');
    const url = below(base_url, '/api/query', {
      search_query,
      start: '0',
      max_results: String(most),
      sortBy: 'relevance',
    });
    const headers = { accept: 'application/atom+xml' };
    const question: Question = { provider: 'arXiv', key_variable: null, key: '', url, headers, spacing_ms: 3000 };
    const feed = await api.ask(question, signal);
    if (!/<feed[\s>]/u.test(feed)) {
      throw new Fault('PROVIDER_PROTOCOL', `arXiv at ${url.origin} does not answer an Atom feed`, { retryable: false });
    }
    return elementsIn(feed, 'entry').map(workOf);
  },
});

function workOf(entry: string): Work {
  const line = (name: string): string => plainLine(elementsIn(entry, name)[0] ?? '');
  // `http://arxiv.org/abs/2101.00001v2`: the number with its version, so that what is quoted is what was read.
  const id = line('id').replace(/^http:/u, 'https:');
  return {
    title: line('title'),
    authors: elementsIn(entry, 'author').map((author) => plainLine(elementsIn(author, 'name')[0] ?? '')),
    url: id,
    date: statedDay(line('published')),
    venue: line('arxiv:journal_ref'),
    abstract: line('summary'),
    full_text: id.includes('/abs/') ? id.replace('/abs/', '/pdf/') : null,
  };
}
