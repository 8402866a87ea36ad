/** Words of a question that the material does not hold: what an honest report says was not found. */

import { stems } from '../../../core/words.ts';
import type { ResearchRequest } from '../../providers.ts';
import { aliasesIn, withAliases } from './aliases.ts';
import type { Ranked } from './candidates.ts';
import { MEASURE_ASKED, WORDING } from './score.ts';
import { keyWords } from './themes.ts';
import { pathWords, stemSet } from './text.ts';
import { wordForms } from './word-forms.ts';

/** A question that lacks so much of itself in the material is not answered by the rest of it. */
const UNANSWERED_PART = { fact: 1 / 3, comparison: 0.5, survey: 1 / 3 } as const;
/** A question of so few telling words is about each of them. */
const NARROW = 6;
const WORDS_LOOKED_UP = 8;
const LOOKED_AT = 5;

export interface Absence {
  /** Telling words of the question, as written, that no passage, heading or title holds. */
  readonly words: readonly string[];
  /** So much is absent that what is left answers another question, unless a sentence holds nearly all of it. */
  readonly doubtful: boolean;
}

/** Looks at the passages retrieved, and for what they lack once more by itself: a long question may crowd a word out. */
export async function absence(request: ResearchRequest, query: string, passages: readonly Ranked[]): Promise<Absence> {
  const { corpus, library, signal, shape } = request;
  const titles = new Map(
    corpus.sources.map(({ source_id, title, location }) => [source_id, `${title} ${pathWords(location)}`]),
  );
  const texts = passages.map(({ hit }) => `${titles.get(hit.source_id) ?? ''} ${hit.heading} ${hit.text}`);
  const forms = [...aliasesIn(texts), ...wordForms(query)];
  const held = withAliases(stemSet(texts.join(' ')), forms);
  const measure = MEASURE_ASKED.exec(query)?.[1];
  const asked = keyWords(query).filter((word) => word !== measure && !stems(word).every((stem) => WORDING.has(stem)));
  const absent: string[] = [];
  for (const word of asked.filter((text) => stems(text).some((stem) => !held.has(stem))).slice(0, WORDS_LOOKED_UP)) {
    signal.throwIfAborted();
    const hits = await library.search(corpus, { query: word, limit: LOOKED_AT, signal });
    const found = stemSet(hits.map((hit) => `${titles.get(hit.source_id) ?? ''} ${hit.heading} ${hit.text}`).join(' '));
    if (stems(word).some((stem) => !found.has(stem) && !held.has(stem))) absent.push(word);
  }
  const part = absent.length / Math.max(1, asked.length);
  const isNarrow = shape !== 'comparison' && asked.length <= NARROW;
  return {
    words: absent,
    doubtful: absent.length > 0 && (part >= UNANSWERED_PART[shape] || (isNarrow && absent.some(isName))),
  };
}

/** `UV`, `WAL`: what stands in capitals has no other word. */
function isName(word: string): boolean {
  return /\p{Lu}.*\p{Lu}/u.test(word);
}
