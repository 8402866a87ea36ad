/** What a question is made of: the words that count, and which of them stand side by side. */

import { isRequestWord } from '../../../core/stopwords.ts';
import { fold, words } from '../../../core/words.ts';

/** One word of a question. `word` is the surface form, which FTS5 stems itself; the stem of a stem may differ. */
interface QueryTerm {
  readonly stem: string;
  readonly word: string;
}

export interface Query {
  /** Distinct, in order of first appearance. */
  readonly terms: readonly QueryTerm[];
  /** Neighbouring stems, distinct; function words between them do not part them. */
  readonly pairs: readonly (readonly [left: string, right: string])[];
}

/** Long tasks are cut here: beyond this many words a question is a document, and every passage matches. */
const LONGEST_QUERY = 64;

/**
 * The words of a question without function words and words of request; when nothing else is left (`the who`), those
 * words themselves, so that a question always searches for something unless it holds no word at all.
 */
export function parseQuery(text: string): Query {
  const all = words(text).map((word) => ({ ...word, word: text.slice(word.start, word.end) }));
  const content = all.filter((word) => !word.stop);
  const wanted = content.filter((word) => !isRequestWord(fold(word.word)));
  const kept = [wanted, content, all].find((list) => list.length > 0) ?? [];
  const terms = new Map<string, QueryTerm>();
  const pairs = new Map<string, readonly [string, string]>();
  let previous: string | null = null;
  for (const { stem, word } of kept.slice(0, LONGEST_QUERY)) {
    if (!terms.has(stem)) terms.set(stem, { stem, word });
    if (previous !== null && previous !== stem) pairs.set(`${previous} ${stem}`, [previous, stem]);
    previous = stem;
  }
  return { terms: [...terms.values()], pairs: [...pairs.values()] };
}
