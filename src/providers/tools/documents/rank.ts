/**
 * The score of a passage for weighted words: BM25 over its fields, and proximity of neighbouring words. The
 * constants are the published defaults, not fitted to any collection:
 * - k1 = 1.2 and b = 0.75: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), also
 *   the values inside FTS5;
 * - fields joined before saturation (BM25F, same work);
 * - 0.85 words, 0.10 ordered neighbours, 0.05 words within a window of 8: the sequential dependence model of Metzler and
 *   Croft, "A Markov Random Field Model for Term Dependencies" (SIGIR 2005);
 * - a pair weighs as the lesser of its words, after Rasolofo and Savoy, "Term Proximity Scoring" (ECIR 2003), because the
 *   index keeps no frequencies of pairs.
 */

import type { FieldWeights, IndexedPassage, Totals } from './corpus-index.ts';
import type { Query } from './query.ts';
import { indexable, words } from '../../../core/words.ts';

const K1 = 1.2;
const B = 0.75;
const WORDS = 0.85;
const ORDERED = 0.1;
const UNORDERED = 0.05;
const WINDOW = 8;

/** Headings and titles say what a passage is about in few words: each counts double. */
export const FIELD_WEIGHTS: FieldWeights = [1, 2, 2];

/** A passage taken apart: stems with the positions at which they stand. */
export interface Terms {
  readonly id: number;
  readonly source: number;
  /** Positions count all words, function words included. */
  readonly positions: ReadonlyMap<string, readonly number[]>;
  readonly heading: ReadonlyMap<string, number>;
  readonly title: ReadonlyMap<string, number>;
  readonly lengths: FieldWeights;
  /** Content stems of the body in order, with the word each came from and its position, for feedback and comparison. */
  readonly content: readonly { readonly stem: string; readonly word: string; readonly at: number }[];
}

function count(text: string): { readonly counts: Map<string, number>; readonly length: number } {
  const counts = new Map<string, number>();
  const all = words(indexable(text));
  for (const { stem } of all) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return { counts, length: all.length };
}

/** A passage as it is scored. Parts of `camelCase` names count where they stand in the index, but are no words of the text. */
export function takeApart(passage: IndexedPassage): Terms {
  const { text } = passage;
  const positions = new Map<string, number[]>();
  const indexed = indexable(text);
  const all = words(indexed);
  for (const [at, { stem }] of all.entries()) {
    const known = positions.get(stem);
    if (known === undefined) positions.set(stem, [at]);
    else known.push(at);
  }
  const content: { stem: string; word: string; at: number }[] = [];
  const written = indexed === text ? all : words(text);
  for (const [at, { stem, stop, start, end }] of written.entries()) {
    if (!stop) content.push({ stem, word: text.slice(start, end), at });
  }
  const heading = count(passage.heading);
  const title = count(passage.title);
  return {
    id: passage.id,
    source: passage.source,
    positions,
    heading: heading.counts,
    title: title.counts,
    lengths: [all.length, heading.length, title.length],
    content,
  };
}

/** Robertson and Sparck Jones' weight, kept above 0 so that a word in more than half of all passages still counts for something. */
export function idf(holding: number, all: number): number {
  return Math.log(1 + (all - holding + 0.5) / (holding + 0.5));
}

function saturate(frequency: number): number {
  return (frequency * (K1 + 1)) / (frequency + K1);
}

function damp(frequency: number, length: number, average: number): number {
  return frequency === 0 ? 0 : frequency / (1 - B + B * (length / Math.max(average, 1)));
}

/** A word's share in a passage, before its rarity: 0 when absent, at most k1 + 1. */
function wordWeight(stem: string, passage: Terms, totals: Totals): number {
  const [body, heading, title] = FIELD_WEIGHTS;
  const [bodyLength, headingLength, titleLength] = passage.lengths;
  return saturate(
    body * damp(passage.positions.get(stem)?.length ?? 0, bodyLength, totals.body) +
      heading * damp(passage.heading.get(stem) ?? 0, headingLength, totals.heading) +
      title * damp(passage.title.get(stem) ?? 0, titleLength, totals.title),
  );
}

/** How often `right` directly follows `left`, and how often both stand within the window in either order. */
function together(passage: Terms, left: string, right: string): { readonly ordered: number; readonly near: number } {
  const lefts = passage.positions.get(left);
  const rights = passage.positions.get(right);
  if (lefts === undefined || rights === undefined) return { ordered: 0, near: 0 };
  const following = new Set(rights);
  const ordered = lefts.filter((at) => following.has(at + 1)).length;
  const near = lefts.filter((at) => rights.some((other) => Math.abs(other - at) < WINDOW)).length;
  return { ordered, near };
}

/** A word to score by, and its share in the query; shares need not add up to 1. */
export interface Weighted {
  readonly stem: string;
  readonly weight: number;
}

export interface Scorer {
  readonly query: Query;
  readonly totals: Totals;
  /** Rarity of a stem in this corpus. */
  readonly idf: (stem: string) => number;
}

function wordScore(passage: Terms, weighted: readonly Weighted[], scorer: Scorer): number {
  let score = 0;
  for (const { stem, weight } of weighted) {
    score += weight * scorer.idf(stem) * wordWeight(stem, passage, scorer.totals);
  }
  return score;
}

/** The question's words by `weighted`, its neighbours by the question itself. */
export function score(passage: Terms, weighted: readonly Weighted[], scorer: Scorer): number {
  let ordered = 0;
  let near = 0;
  const [length] = passage.lengths;
  for (const [left, right] of scorer.query.pairs) {
    const rarity = Math.min(scorer.idf(left), scorer.idf(right));
    const found = together(passage, left, right);
    ordered += rarity * saturate(damp(found.ordered, length, scorer.totals.body));
    near += rarity * saturate(damp(found.near, length, scorer.totals.body));
  }
  const share = 1 / Math.max(1, scorer.query.terms.length);
  return WORDS * wordScore(passage, weighted, scorer) + share * (ORDERED * ordered + UNORDERED * near);
}
