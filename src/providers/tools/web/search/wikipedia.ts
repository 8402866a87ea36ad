/** Wikipedia: articles found and read through its own interface, which gives their text without the page around it. */

import { z } from 'zod';
import { iso } from '../../../../core/clock.ts';
import type { AgentTool } from '../../../agent-tool.ts';
import { countOf, failed, wordOf } from '../answers.ts';
import { below, type Question, shaped } from '../question.ts';
import { modifiedAt } from '../dates.ts';
import { plainLine, shortened } from '../markup.ts';
import type { Web } from '../open-web.ts';
import { orFailed } from './tool.ts';

const SEARCHED = z.object({
  query: z.object({ search: z.array(z.object({ title: z.string(), snippet: z.string(), timestamp: z.string() })) }),
});

const READ = z.object({
  query: z.object({
    pages: z.array(
      z.object({
        title: z.string(),
        missing: z.boolean().optional(),
        invalid: z.boolean().optional(),
        extract: z.string().optional(),
        fullurl: z.string().optional(),
        touched: z.string().optional(),
        revisions: z.array(z.object({ timestamp: z.string() })).optional(),
      }),
    ),
  }),
});

const PRESET = 5;
const MOST = 10;
const LIMIT_MS = 10_000;
const MOST_ARTICLE = 600_000;

const LANGUAGE = {
  type: 'string',
  description: 'Language of the Wikipedia, such as en, de, ja',
  default: 'en',
} as const;

export interface WikipediaParts {
  readonly web: () => Promise<Web>;
  /** Asked instead of every language's own where the operator set one. */
  readonly base_url: string | null;
}

/** The Wikipedia of a language; null where it is no language's code, which would be another host. */
function baseOf(input: Parameters<AgentTool['run']>[0], base_url: string | null): string | null {
  const language = (wordOf(input, 'language') ?? 'en').toLowerCase();
  if (!/^[a-z]{2,3}(?:-[a-z]{2,8})?$|^simple$/u.test(language)) return null;
  return base_url ?? `https://${language}.wikipedia.org`;
}

function asked(base: string, query: Readonly<Record<string, string>>): Question {
  const common = { action: 'query', format: 'json', formatversion: '2' };
  return {
    provider: 'Wikipedia',
    key_variable: null,
    key: '',
    url: below(base, '/w/api.php', { ...common, ...query }),
  };
}

export function searchWikipedia({ web, base_url }: WikipediaParts): AgentTool {
  const name = 'search_wikipedia';
  return {
    name,
    description:
      'Searches Wikipedia for articles. Returns titles with snippets; read one with read_wikipedia before you quote it.',
    input_schema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'Words of the subject' },
        language: LANGUAGE,
        max_results: { type: 'integer', minimum: 1, maximum: MOST, default: PRESET },
      },
      required: ['query'],
      additionalProperties: false,
    },
    timeout_ms: 45_000,
    run: async (input, { signal }) => {
      const query = wordOf(input, 'query');
      const base = baseOf(input, base_url);
      if (query === null) return failed(`${name} needs \`query\`: words of the subject`);
      if (base === null) return failed(`${name}: language must be a code such as en or de`);
      const most = countOf(input, 'max_results', { preset: PRESET, most: MOST });
      const { api } = await web();
      return orFailed(name, async () => {
        const question = asked(base, { list: 'search', srsearch: query.slice(0, 300), srlimit: String(most) });
        const { search } = shaped(await api.ask(question, signal), question, SEARCHED).query;
        const lines = search.map(
          ({ title, snippet }, index) => `${index + 1}. ${plainLine(title)}\n   ${shortened(plainLine(snippet), 400)}`,
        );
        return { text: lines.length === 0 ? 'No results.' : lines.join('\n\n'), found: [], failed: false };
      });
    },
  };
}

export function readWikipedia({ web, base_url }: WikipediaParts): AgentTool {
  const name = 'read_wikipedia';
  return {
    name,
    description: 'Returns the text of a Wikipedia article by its title, to read and quote.',
    input_schema: {
      type: 'object',
      properties: { title: { type: 'string', description: 'The title of the article' }, language: LANGUAGE },
      required: ['title'],
      additionalProperties: false,
    },
    timeout_ms: 45_000,
    run: async (input, { signal }) => {
      const title = wordOf(input, 'title');
      const base = baseOf(input, base_url);
      if (title === null || title.length > 300) return failed(`${name} needs \`title\`: the title of one article`);
      if (base === null) return failed(`${name}: language must be a code such as en or de`);
      const opened = await web();
      return orFailed(name, async () => {
        // One title: a bar would name several.
        const question = asked(base, { ...ARTICLE, titles: title.replaceAll('|', ' ') });
        const [page] = shaped(await opened.api.ask(question, signal), question, READ).query.pages;
        const extract = page?.extract ?? '';
        if (page === undefined || extract.trim() === '')
          return failed(`Wikipedia has no article "${title}"; search_wikipedia lists titles`);
        return article({ ...page, extract, base }, opened, signal);
      });
    },
  };
}

const ARTICLE = {
  prop: 'extracts|info|revisions',
  inprop: 'url',
  rvprop: 'timestamp',
  explaintext: '1',
  redirects: '1',
};

interface Article {
  readonly title: string;
  readonly extract: string;
  readonly fullurl?: string | undefined;
  readonly revisions?: readonly { readonly timestamp: string }[] | undefined;
  readonly base: string;
}

async function article(page: Article, { threads, clock }: Web, signal: AbortSignal): ReturnType<AgentTool['run']> {
  const { title, extract, base } = page;
  const stated = page.fullurl ?? '';
  const url =
    /^https?:/u.test(stated) && URL.canParse(stated) ? stated : below(base, `/wiki/${encodeURIComponent(title)}`).href;
  const markdown = asMarkdown(extract.slice(0, MOST_ARTICLE));
  const job = { kind: 'texts', texts: [{ url, title: plainLine(title), markdown }] } as const;
  const [text] = await threads.run(job, { limit_ms: LIMIT_MS, signal });
  if (text === null || text === undefined) return failed(`the article "${title}" has no text`);
  const now = clock.now();
  const changed = page.revisions?.[0]?.timestamp;
  const modified_at = changed === undefined ? iso(now) : modifiedAt(changed, now);
  const { host, pathname } = new URL(url);
  // The day of its last change is no date of what it says.
  const found = { ...text, date: null, location: `${host}${decodeURI(pathname)}`, uri: url, modified_at };
  const head = `${found.title}\n${url}, last changed ${modified_at.slice(0, 10)}, ${text.text.length} characters`;
  return { text: `${head}\n\n${text.text}`, found: [found], failed: false };
}

/** `== History ==` alone on a line is a heading of the second level. */
function asMarkdown(extract: string): string {
  return extract.replaceAll(
    /^(={2,6})[ \t]*(\S[^\n]{0,300}?)[ \t]*\1[ \t]*$/gmu,
    (_line, marks: string, title: string) => {
      return `\n${'#'.repeat(marks.length)} ${title}\n`;
    },
  );
}
