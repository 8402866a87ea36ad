/** Crossref: what is published under a DOI, of all fields and publishers. No key; abstracts where publishers give them. */

import { z } from 'zod';
import { below, type Question, shaped } from '../question.ts';
import type { OpenScholarly } from './scholarly.ts';

const PARTS = z.object({ 'date-parts': z.array(z.array(z.number().nullable())).optional() }).nullish();

const ANSWER = z.object({
  message: z.object({
    items: z.array(
      z.object({
        DOI: z.string(),
        title: z.array(z.string()).optional(),
        author: z
          .array(z.object({ given: z.string().optional(), family: z.string().optional(), name: z.string().optional() }))
          .optional(),
        abstract: z.string().optional(),
        issued: PARTS,
        'container-title': z.array(z.string()).optional(),
        link: z.array(z.object({ URL: z.string(), 'content-type': z.string().optional() })).optional(),
      }),
    ),
  }),
});

const FIELDS = 'DOI,title,author,abstract,issued,container-title,link';

export const crossref: OpenScholarly = ({ api, base_url }) => ({
  search: async ({ query, most }, signal) => {
    const url = below(base_url, '/works', { query, rows: String(most), select: FIELDS });
    const question: Question = { provider: 'Crossref', key_variable: null, key: '', url };
    const { message } = shaped(await api.ask(question, signal), question, ANSWER);
    return message.items.map((item) => ({
      title: item.title?.[0] ?? '',
      authors: (item.author ?? []).map(({ given, family, name }) => name ?? [given, family].filter(Boolean).join(' ')),
      url: `https://doi.org/${encodeURI(item.DOI)}`,
      date: dateOf(item.issued),
      venue: item['container-title']?.[0] ?? '',
      // JATS, which opens with a title that says "Abstract".
      abstract: (item.abstract ?? '').replace(/^\s*<jats:title>[^<]*<\/jats:title>/u, ''),
      full_text: item.link?.find((link) => link['content-type'] === 'application/pdf')?.URL ?? null,
    }));
  },
});

/** `[[2021, 3]]` is March 2021. */
function dateOf(issued: z.infer<typeof PARTS>): string | null {
  const [year, ...rest] = (issued?.['date-parts']?.[0] ?? []).map((part) => part ?? 0);
  if (year === undefined || year < 1000) return null;
  const parts = rest.filter((part) => part > 0).map((part) => String(part).padStart(2, '0'));
  return [String(year), ...parts].join('-');
}
