/** Ranks the passages of one corpus for a question: pure relevance, passages not yet compared with each other. */

import type { CorpusIndex, MatchOptions, Range } from './corpus-index.ts';
import { parseQuery, type Query } from './query.ts';
import { expand } from './rank-feedback.ts';
import { FIELD_WEIGHTS, idf, score, takeApart, type Scorer, type Terms, type Weighted } from './rank.ts';
import { spread } from './spread.ts';

/** Passages SQLite proposes for the question, and again for the expanded question, to be scored in full. */
const POOL = 400;

/** Passages proposed because they hold every word of the question: short ones may score below long ones that repeat some. */
const COMPLETE = 200;

/**
 * Words propose passages, rarest first, until together they stand in this many: a word in every other passage proposes
 * nothing that rarer words do not, and reading its postings is what would make a query on 100 MB slow. Scores count all
 * words regardless.
 */
const POSTINGS = 40_000;

/** Share of the whole document's BM25 in a passage's score: a passage of a document about the matter beats a stray mention. */
const DOCUMENT = 0.3;

/** Share of the user's context among the words of a question. */
const CONTEXT = 0.2;

/** How much a question word counts that the passage lacks and its document has elsewhere. */
const ELSEWHERE = 0.25;

/** Only the sources of this many passages, as `considered` gives them, are looked into for words elsewhere. */
const CONSIDERED = 120;

/** Passages kept taken apart between searches: sub-questions of one task meet the same ones. About 40 MB. */
const KEPT = 2_000;

export interface Question {
  readonly query: string;
  readonly context?: string;
  /** Ids of the passages to search among; all when absent. */
  readonly ranges?: readonly Range[];
}

/** A passage and its rank. */
export interface RankedPassage {
  readonly terms: Terms;
  /** What the order goes by: unbounded, comparable within one ranking. */
  readonly relevance: number;
  /** Share of the question's words it holds, each weighing as it is rare in the corpus: 0 to 1. */
  readonly coverage: number;
}

/** An index with what searching it repeatedly can share. */
export class Searcher {
  readonly index: CorpusIndex;
  readonly #kept = new Map<number, Terms>();

  constructor(index: CorpusIndex) {
    this.index = index;
  }

  #passage(id: number): Terms | null {
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    const passage = this.index.passage(id);
    if (passage === null) return null;
    const terms = takeApart(passage);
    if (this.#kept.size >= KEPT) this.#kept.clear();
    this.#kept.set(id, terms);
    return terms;
  }

  /** Passages that hold any word of the question or of its expansion, best first; at most about 1,000. Deterministic. */
  rank(question: Question): RankedPassage[] {
    const query = parseQuery(question.query);
    if (query.terms.length === 0) return [];
    const { totals } = this.index;
    const frequency = remember((stem: string) => this.index.frequency(stem));
    const scorer: Scorer = { query, totals, idf: (stem) => idf(frequency(stem), totals.passages) };
    const documents = this.#documents(query);
    const pool = new Map<number, Terms>();
    const propose = (words: readonly string[], options: Pick<MatchOptions, 'limit' | 'hold'>): void => {
      const within = { ...options, weights: FIELD_WEIGHTS, ...(question.ranges && { ranges: question.ranges }) };
      for (const { id } of this.index.match(words, within)) {
        const terms = pool.has(id) ? null : this.#passage(id);
        if (terms !== null) pool.set(id, terms);
      }
    };
    const rank = (weighted: readonly Weighted[]): Scored[] =>
      [...pool.values()]
        .map((terms) => ({ terms, score: blend(score(terms, weighted, scorer), documents(terms.source)) }))
        .toSorted((a, b) => b.score - a.score || a.terms.id - b.terms.id);
    const asked = proposing(query.terms, frequency);
    propose(asked, { limit: POOL });
    propose(asked, { limit: COMPLETE, hold: 'all' });
    const expanded = expand(rank(ownWeights(query)), scorer, frequency);
    propose(proposing(expanded, frequency), { limit: POOL });
    const ranked = rank(favour(expanded, question.context));
    const covered = this.#coverage(query, ranked, scorer);
    return ranked.map(({ terms, score: relevance }) => ({ terms, relevance, coverage: covered(terms) }));
  }

  /** BM25 of a source per question word, or null where the passage is the whole source and says all there is. */
  #documents(query: Query): (source: number) => number | null {
    const scores = this.index.matchSources(query.terms.map(({ word }) => word));
    return (id) => {
      const source = this.index.sources[id - 1];
      if (source === undefined || source.first === source.last) return null;
      return (scores.get(id) ?? 0) / query.terms.length;
    };
  }

  #coverage(query: Query, ranked: readonly Scored[], scorer: Scorer): (passage: Terms) => number {
    const sources = [...new Set(considered(ranked, CONSIDERED).map(({ terms }) => terms.source))];
    const parts = query.terms.map(({ stem, word }) => ({
      stem,
      rarity: scorer.idf(stem),
      elsewhere: this.index.sourcesHolding(word, sources),
    }));
    const whole = parts.reduce((sum, { rarity }) => sum + rarity, 0);
    return (passage) => {
      let held = 0;
      for (const { stem, rarity, elsewhere } of parts) {
        if (holds(passage, stem)) held += rarity;
        else if (elsewhere.has(passage.source)) held += ELSEWHERE * rarity;
      }
      return held / whole;
    };
  }
}

/**
 * The part of a ranking worth looking at closely, spread over the sources, in its order: `limit` passages, or all. At
 * least 120, so that what is looked at here and what is looked into for words elsewhere agree.
 */
export function considered<T extends { readonly terms: Terms }>(ranked: readonly T[], limit: number): T[] {
  return spread(ranked, { limit: Math.max(CONSIDERED, limit), sourceOf: ({ terms }) => terms.source });
}

interface Scored {
  readonly terms: Terms;
  readonly score: number;
}

interface Proposal {
  readonly stem: string;
  readonly word: string;
}

function holds(passage: Terms, stem: string): boolean {
  return passage.positions.has(stem) || passage.heading.has(stem) || passage.title.has(stem);
}

function blend(passage: number, document: number | null): number {
  return document === null ? passage : (1 - DOCUMENT) * passage + DOCUMENT * document;
}

function ownWeights(query: Query): Weighted[] {
  return query.terms.map(({ stem }) => ({ stem, weight: 1 / query.terms.length }));
}

/** Context raises what also fits it; it neither proposes passages nor counts as covered. */
function favour(weighted: readonly Weighted[], context: string | undefined): Weighted[] {
  const favoured = context === undefined ? [] : parseQuery(context).terms;
  if (favoured.length === 0) return [...weighted];
  return [
    ...weighted.map(({ stem, weight }) => ({ stem, weight: (1 - CONTEXT) * weight })),
    ...favoured.map(({ stem }) => ({ stem, weight: CONTEXT / favoured.length })),
  ];
}

function proposing(terms: readonly Proposal[], frequency: (stem: string) => number): string[] {
  const byRarity = terms
    .map(({ stem, word }) => ({ word, passages: frequency(stem) }))
    .filter(({ passages }) => passages > 0)
    .toSorted((a, b) => a.passages - b.passages || (a.word < b.word ? -1 : 1));
  const words: string[] = [];
  let postings = 0;
  for (const { word, passages } of byRarity) {
    postings += passages;
    if (postings > POSTINGS && words.length > 0) break;
    words.push(word);
  }
  return words;
}

function remember<T>(look: (stem: string) => T): (stem: string) => T {
  const known = new Map<string, T>();
  return (stem) => {
    const before = known.get(stem);
    if (before !== undefined) return before;
    const fresh = look(stem);
    known.set(stem, fresh);
    return fresh;
  };
}
