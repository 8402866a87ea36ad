/** Aspects of a survey found in the material itself: terms that set sources apart and come with passages of their own. */

import type { Hit, PlanRequest } from '../../providers.ts';
import { headingAspects, soundings } from './headings.ts';
import { keyStems, type Question } from './question.ts';
import { compareText, containment, shared, stemSet, surfaceWords } from './text.ts';

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
const MOST_IN_SMALL_CORPUS = 2;
const MOST_THEMES = 7;
/** Traces of layout and dates that stand in many documents and are no subject. */
const UNTELLING =
  /^(?:last|first|next|previous|updated|version|page|table|figure|date|author|copyright|note|example|see|https?|www|url|com|org|href)\b|\b(?:updated|edited|reviewed|published)$/i;

/**
 * At most `limit` aspects: first what the authors call the parts of the material, then terms that set sources apart.
 * `wished` when the caller asked for so many agents, which lowers the bar.
 */
export async function themeAspects(
  request: PlanRequest,
  question: Question,
  { limit, wished, taken }: { readonly limit: number; readonly wished: boolean; readonly taken: readonly string[] },
): Promise<readonly Aspect[]> {
  const hits = await soundings(request);
  const most = Math.min(limit, wished ? limit : roomFor(request, hits));
  if (most <= 0) return [];
  const names = headingAspects(request, hits)
    .map(({ name }) => name)
    .filter((name) => taken.every((text) => containment(stemSet(text), stemSet(name)) < 1))
    .slice(0, most);
  const terms =
    names.length < most
      ? await telling(request, { names: [...taken, ...names], most: most - names.length, wished })
      : [];
  return [...names, ...terms].map((name) => ({
    objective: `${question.topic}: ${name}`,
    queries: [themeQuery(name, request.task), name],
  }));
}

/** No more aspects than there are further sources about the question: a narrow one stays with one agent in any corpus. */
function roomFor({ corpus }: PlanRequest, hits: readonly Hit[]): number {
  const characters = corpus.sources.reduce((sum, source) => sum + source.characters, 0);
  if (characters < SMALL_CORPUS_CHARACTERS) return 0;
  if (corpus.sources.length <= SMALL_CORPUS_SOURCES)
    return hits.length > MOST_IN_SMALL_CORPUS ? MOST_IN_SMALL_CORPUS : 0;
  return Math.max(0, Math.min(MOST_THEMES, new Set(hits.map(({ source_id }) => source_id)).size - 1));
}

/** Themes of the library that come with passages of their own from more than one source. */
async function telling(
  request: PlanRequest,
  { names, most, wished }: { readonly names: readonly string[]; readonly most: number; readonly wished: boolean },
): Promise<readonly string[]> {
  const { corpus, library, task, signal } = request;
  const themes = await library.themes(corpus, task, most * 4 + 8);
  const used: ReadonlySet<string>[] = [stemSet(task), ...names.map((text) => stemSet(text))];
  const passages: ReadonlySet<string>[] = [];
  const chosen: string[] = [];
  for (const { term, sources, weight } of themes) {
    if (chosen.length >= most) break;
    signal.throwIfAborted();
    const stems = stemSet(term);
    const isNew = stems.size > 0 && used.every((other) => shared(stems, other) === 0);
    const isPhrase = term.includes(' ');
    // A single word names nothing: as a heading it is "Deleted" or "Number", however many agents are wished for.
    const isStrong =
      isPhrase && (wished || (weight >= LEAST_WEIGHT && sources >= Math.min(LEAST_SOURCES, corpus.sources.length)));
    if (!isNew || !isStrong || !isNameable(term)) continue;
    const found = await passagesAbout(request, themeQuery(term, task), stems);
    const places = new Set(found.map(({ source_id, start }) => `${source_id}:${start}`));
    const isOwn = passages.every((other) => containment(other, places) <= SAME_PASSAGES);
    const spread = new Set(found.map(({ source_id }) => source_id)).size;
    if (places.size < LEAST_PASSAGES || (!wished && spread < LEAST_SOURCES) || !isOwn) continue;
    const name = asWritten(term, found);
    if (name === null) continue;
    passages.push(places);
    used.push(stems);
    chosen.push(name);
  }
  return chosen;
}

/** The term as an author wrote it; null where it only stands in a name such as `MDB_NOSYNC` or an address. */
function asWritten(term: string, hits: readonly Hit[]): string | null {
  for (const { text } of hits) {
    const at = text
      .toLowerCase()
      .search(new RegExp(`(?<![\\p{L}\\p{N}_./@-])${term}(?![\\p{L}\\p{N}_@/]|\\.\\w)`, 'u'));
    if (at !== -1) return text.slice(at, at + term.length);
  }
  return null;
}

/** A term a heading can bear: letters, not a number, a path or a single character. */
function isNameable(term: string): boolean {
  return term.length >= 3 && !UNTELLING.test(term) && /^\p{L}[\p{L}\p{N}\s'’-]*$/u.test(term);
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
      return (
        [...theme].every((stem) => found.has(stem)) &&
        [...keys].filter((stem) => found.has(stem)).length >= Math.min(2, keys.size)
      );
    })
    .sort((a, b) => compareText(a.source_id, b.source_id) || a.start - b.start);
}
