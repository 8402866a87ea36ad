/** Scholarly works as searches list them: what is known of each, and its abstract as a text that can be quoted. */

import { type Clock, iso } from '../../../../core/clock.ts';
import type { FoundText, ToolAnswer } from '../../../agent-tool.ts';
import { plainLine, shortened } from '../markup.ts';
import type { Threads } from '../threads.ts';
import { isWeb } from './tool.ts';

export interface Work {
  readonly title: string;
  readonly authors: readonly string[];
  readonly url: string;
  readonly date: string | null;
  /** Where it appeared: a journal, a category. Empty where that is not known. */
  readonly venue: string;
  /** Plain or with a little markup; empty where there is none. */
  readonly abstract: string;
  /** Where the whole text is to be fetched; null where that is not known. */
  readonly full_text: string | null;
}

export interface WorksParts {
  readonly threads: Threads;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const MOST_AUTHORS = 4;
const MOST_ABSTRACT = 4000;
const LIMIT_MS = 10_000;

/** The works numbered, each abstract shown in full; those with one can be quoted. */
export async function worksAnswer(works: readonly Work[], { threads, clock, signal }: WorksParts): Promise<ToolAnswer> {
  const listed = works.filter(({ url, title }) => isWeb(url) && title.trim() !== '');
  if (listed.length === 0) return { text: 'No results.', found: [], failed: false };
  const abstracts = listed.map(({ title, url, abstract }) => ({
    url,
    title: shortened(plainLine(title), 200),
    markdown: escaped(shortened(plainLine(abstract), MOST_ABSTRACT)),
  }));
  const texts = await threads.run({ kind: 'texts', texts: abstracts }, { limit_ms: LIMIT_MS, signal });
  const now = iso(clock.now());
  const found = listed.flatMap(({ url, date }, index): FoundText[] => {
    const text = texts[index];
    if (text === null || text === undefined) return [];
    const { host, pathname } = new URL(url);
    return [{ ...text, date, domain: 'academic', location: `${host}${pathname}`, uri: url, modified_at: now }];
  });
  return { text: listed.map(shown).join('\n\n'), found, failed: false };
}

/** An abstract is prose: what looks like Markdown at its beginning is none. */
function escaped(prose: string): string {
  return prose.replace(/^(?=[#>\-+*|]|\d+[.)] |```)/u, '\\');
}

function shown({ title, authors, url, date, venue, abstract, full_text }: Work, index: number): string {
  const names = authors.slice(0, MOST_AUTHORS).map(plainLine).join(', ');
  const more = authors.length > MOST_AUTHORS ? ' and others' : '';
  const facts = [`${names}${more}`, shortened(plainLine(venue), 120), date ?? '']
    .filter((fact) => fact !== '')
    .join('; ');
  const lines = [
    `${index + 1}. ${shortened(plainLine(title), 200)}`,
    facts,
    url,
    full_text !== null && isWeb(full_text) ? `Full text for fetch_page: ${full_text}` : '',
    abstract === '' ? 'No abstract here.' : `Abstract: ${shortened(plainLine(abstract), MOST_ABSTRACT)}`,
  ];
  return lines.filter((each) => each !== '').join('\n   ');
}
