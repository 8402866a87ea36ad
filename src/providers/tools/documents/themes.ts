/** The terms that set apart what a corpus says around a question: material for sub-questions. */

import type { Theme } from '../../providers.ts';
import { parseQuery } from './query.ts';
import { mostFrequent } from './rank-feedback.ts';
import { idf, type Terms } from './rank.ts';
import { considered, type Searcher } from './search.ts';
import { isRequestWord } from '../../../core/stopwords.ts';
import { fold } from '../../../core/words.ts';

/** Passages that speak for the question. */
const PASSAGES = 200;
/** A term must stand in this many of them, or it is one author's turn of phrase. */
const SUPPORT = 2;
/** A word in more than this share of all passages is the corpus' everyday language. */
const GENERIC = 0.25;
/** A phrase says more than a word of the same frequency. */
const PHRASE = 1.5;
const SHORTEST_WORD = 3;

interface Found {
  readonly stems: readonly string[];
  readonly forms: Map<string, number>;
  readonly passages: Set<number>;
}

/** Words and neighbouring pairs of the passages, with the forms they have. Pairs broken by a function word do not count. */
function gather(passages: readonly Terms[], usable: (stem: string, word: string) => boolean): Map<string, Found> {
  const found = new Map<string, Found>();
  const note = (stems: readonly string[], form: string, passage: Terms): void => {
    const key = stems.join(' ');
    const entry = found.get(key) ?? { stems, forms: new Map<string, number>(), passages: new Set<number>() };
    entry.forms.set(form, (entry.forms.get(form) ?? 0) + 1);
    entry.passages.add(passage.id);
    found.set(key, entry);
  };
  for (const passage of passages) {
    let previous: { readonly stem: string; readonly word: string; readonly at: number } | null = null;
    for (const { stem, word, at } of passage.content) {
      const clean = usable(stem, word) ? { stem, word: word.toLowerCase(), at } : null;
      if (clean !== null) {
        note([stem], clean.word, passage);
        const follows = previous !== null && previous.at + 1 === at && previous.stem !== stem;
        if (previous !== null && follows) note([previous.stem, stem], `${previous.word} ${clean.word}`, passage);
      }
      previous = clean;
    }
  }
  return found;
}

/**
 * Words and two-word phrases of the passages that match the question, most telling first: frequent there, rare in the
 * corpus, none of the question's own words. Each shows the form the corpus writes most often, in lower case.
 */
export function themesOf(searcher: Searcher, question: string, limit: number): Theme[] {
  const { index } = searcher;
  const query = parseQuery(question);
  const asked = new Set(query.terms.map(({ stem }) => stem));
  const passages = considered(searcher.rank({ query: question }), PASSAGES).map(({ terms }) => terms);
  const ceiling = Math.max(SUPPORT * 2, GENERIC * index.totals.passages);
  const rarity = new Map<string, number>();
  const usable = (stem: string, word: string): boolean => {
    if (asked.has(stem) || isRequestWord(fold(word))) return false;
    if (/\d/.test(word) || (/^[\0-\u007F]*$/.test(word) && word.length < SHORTEST_WORD)) return false;
    if (!rarity.has(stem)) {
      const holding = index.frequency(stem);
      rarity.set(stem, holding > ceiling ? 0 : idf(holding, index.totals.passages));
    }
    return (rarity.get(stem) ?? 0) > 0;
  };
  const ranked = [...gather(passages, usable).values()]
    .filter((found) => found.passages.size >= SUPPORT)
    .map((found) => ({ stems: found.stems, term: mostFrequent(found.forms), telling: telling(found, rarity) }))
    .toSorted((a, b) => b.telling - a.telling || (a.term < b.term ? -1 : 1));
  const words = query.terms.map(({ word }) => word);
  const matching = Math.max(1, index.countSources(words, null));
  return distinct(ranked, limit).map(({ term }) => ({
    term,
    sources: index.countSources([], term),
    weight: index.countSources(words, term) / matching,
  }));
}

function telling(found: Found, rarity: ReadonlyMap<string, number>): number {
  const rare = found.stems.reduce((sum, stem) => sum + (rarity.get(stem) ?? 0), 0) / found.stems.length;
  return Math.log(1 + found.passages.size) * rare * (found.stems.length > 1 ? PHRASE : 1);
}

/** No two themes share a word: `write-ahead log` and `log` would make the same sub-question twice. */
function distinct<T extends { readonly stems: readonly string[] }>(ranked: readonly T[], limit: number): T[] {
  const used = new Set<string>();
  const kept: T[] = [];
  for (const theme of ranked) {
    if (kept.length >= limit) break;
    if (theme.stems.some((stem) => used.has(stem))) continue;
    for (const stem of theme.stems) used.add(stem);
    kept.push(theme);
  }
  return kept;
}
