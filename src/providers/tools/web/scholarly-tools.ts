/** The places that know scholarly works, each a tool of its own: they know different ones. */

import type { AgentTool } from '../../agent-tool.ts';
import type { Web } from './open-web.ts';
import { type OpenScholarly, scholarlySearch } from './search/scholarly.ts';

type Credentials = Readonly<Record<string, string | undefined>>;

interface Place {
  readonly name: string;
  readonly description: string;
  readonly base_url: string;
  readonly base_variable: string;
  readonly key_variable: string | null;
  readonly load: () => Promise<OpenScholarly>;
}

const PLACES: readonly Place[] = [
  {
    name: 'search_arxiv',
    description:
      'Searches arXiv for preprints in physics, mathematics, computer science and more. Abstracts can be quoted; the full text is a PDF for fetch_page.',
    base_url: 'https://export.arxiv.org',
    base_variable: 'ARXIV_BASE_URL',
    key_variable: null,
    load: async () => (await import('./search/arxiv.ts')).arxiv,
  },
  {
    name: 'search_crossref',
    description:
      'Searches Crossref for published works of all fields by subject, title or author. Gives DOI, authors and date; abstracts, where there are any, can be quoted.',
    base_url: 'https://api.crossref.org',
    base_variable: 'CROSSREF_BASE_URL',
    key_variable: null,
    load: async () => (await import('./search/crossref.ts')).crossref,
  },
  {
    name: 'search_openalex',
    description:
      'Searches OpenAlex for scholarly works of all fields, with a link to an open copy where there is one. Abstracts can be quoted.',
    base_url: 'https://api.openalex.org',
    base_variable: 'OPENALEX_BASE_URL',
    key_variable: 'OPENALEX_API_KEY',
    load: async () => (await import('./search/openalex.ts')).openalex,
  },
];

export function scholarlyTools(web: () => Promise<Web>, credentials: Credentials): readonly AgentTool[] {
  return PLACES.map(({ name, description, base_url, base_variable, key_variable, load }) =>
    scholarlySearch({ name, description }, web, async ({ api }) => {
      const key = key_variable === null ? '' : (credentials[key_variable] ?? '');
      const open = await load();
      return open({ api, base_url: credentials[base_variable] ?? base_url, key });
    }),
  );
}
