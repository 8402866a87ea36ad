/** Aspects of a survey found in the material itself: terms that set sources apart and come with passages of their own. */

import type { Hit, PlanRequest } from '../../providers.ts';
import { keyStems, type Question } from './question.ts';
import { compareText, containment, stemSet, surfaceWords } from './text.ts';

export interface Aspect {
  readonly objective: string;
  readonly queries: readonly string[];
}

/** Below these a theme is one author's word, not an aspect of the material. */
const LEAST_WEIGHT = 0.12;
const LEAST_SOURCES = 2;
const LEAST_PASSAGES = 2;
const PASSAGES_LOOKED_AT = 8;
/** Themes that lead to the same passages are one theme. */
const SAME_PASSAGES = 0.5;
const SMALL_CORPUS_CHARACTERS = 6000;
const SMALL_CORPUS_SOURCES = 3;

/** At most `limit` aspects, most telling first; `wished` when the caller asked for so many agents, which lowers the bar. */
export async function themeAspects(
  request: PlanRequest,
  question: Question,
  { limit, wished, taken }: { readonly limit: number; readonly wished: boolean; readonly taken: readonly string[] },
): Promise<readonly Aspect[]> {
  const most = Math.min(limit, wished ? limit : roomFor(request));
  if (most <= 0) return [];
  const { corpus, library, task, signal } = request;
  const themes = await library.themes(corpus, task, most * 4 + 8);
  const known = new Set(keyStems(task));
  const used: ReadonlySet<string>[] = taken.map((text) => stemSet(text));
  const passages: ReadonlySet<string>[] = [];
  const aspects: Aspect[] = [];
  for (const { term, sources, weight } of themes) {
    if (aspects.length >= most) break;
    signal.throwIfAborted();
    const stems = stemSet(term);
    const isNew = [...stems].some((stem) => !known.has(stem)) && used.every((other) => containment(stems, other) < 1);
    const isStrong = wished || (weight >= LEAST_WEIGHT && sources >= Math.min(LEAST_SOURCES, corpus.sources.length));
    if (!isNew || !isStrong || !isNameable(term)) continue;
    const query = themeQuery(term, task);
    const found = await passagesAbout(request, query, stems);
    const places = new Set(found.map(({ source_id, start }) => `${source_id}:${start}`));
    const isOwn = passages.every((other) => containment(other, places) <= SAME_PASSAGES);
    if (places.size < (wished ? 1 : LEAST_PASSAGES) || !isOwn) continue;
    passages.push(places);
    used.push(stems);
    aspects.push({ objective: `${question.topic}: ${term}`, queries: [query, term] });
  }
  return aspects;
}

/** How many aspects the material can carry: none in a note or two, up to seven in a shelf. */
function roomFor({ corpus }: PlanRequest): number {
  const characters = corpus.sources.reduce((sum, source) => sum + source.characters, 0);
  if (characters < SMALL_CORPUS_CHARACTERS) return 0;
  if (corpus.sources.length <= SMALL_CORPUS_SOURCES) return 2;
  return Math.min(7, 2 + Math.ceil(corpus.sources.length / 3));
}

/** A term a heading can bear: letters, not a number, a path or a single character. */
function isNameable(term: string): boolean {
  return term.length >= 3 && /^\p{L}[\p{L}\p{N}\s'’-]*$/u.test(term);
}

/** The theme first, then the question's telling words, each once, in their order. */
function themeQuery(term: string, task: string): string {
  return `${term} ${keyWords(task).join(' ')}`;
}

/** A text's telling words as written, without repetitions. */
export function keyWords(text: string): readonly string[] {
  const keys = new Set(keyStems(text));
  const seen = new Set<string>();
  return surfaceWords(text).filter((word) => {
    const fresh = [...stemSet(word)].filter((stem) => keys.has(stem) && !seen.has(stem));
    for (const stem of fresh) seen.add(stem);
    return fresh.length > 0;
  });
}

/** Passages that speak of the theme and of the question. */
async function passagesAbout(request: PlanRequest, query: string, theme: ReadonlySet<string>): Promise<readonly Hit[]> {
  const { corpus, library, signal, task } = request;
  const hits = await library.search(corpus, { query, limit: PASSAGES_LOOKED_AT, signal });
  const keys = new Set(keyStems(task));
  return hits
    .filter((hit) => {
      const found = stemSet(`${hit.heading} ${hit.text}`);
      return [...theme].every((stem) => found.has(stem)) && [...keys].some((stem) => found.has(stem));
    })
    .sort((a, b) => compareText(a.source_id, b.source_id) || a.start - b.start);
}
