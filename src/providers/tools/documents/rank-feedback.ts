/**
 * Pseudo-relevance feedback: what the best passages have in common, beyond the question's own words, is asked for as
 * well. RM3 (Abdul-Jaleel et al., "UMass at TREC 2004"; Lv and Zhai, CIKM 2009) with its usual settings.
 */

import type { Totals } from './corpus-index.ts';
import type { Scorer, Terms, Weighted } from './rank.ts';
import { spread } from './spread.ts';

/** Passages taken for relevant. */
const PASSAGES = 10;
/** Words the question is expanded to. */
const EXPANSION = 20;
/** Share of the question's own words in the expanded question. */
const MIX = 0.5;
/** A word in more than this share of all passages tells nothing; the limit Lucene's more-like-this and Anserini's RM3 apply. */
const COMMON = 0.1;

/** A word found by feedback, with the most frequent form it has there. */
export interface Expanded extends Weighted {
  readonly word: string;
}

interface Ranked {
  readonly terms: Terms;
  readonly score: number;
}

/**
 * The expanded question: own words at `MIX` together, feedback words at the rest, weights adding up to 1. `ranked` is
 * best first. Words of the question may come back as feedback words and then gain weight.
 */
export function expand(ranked: readonly Ranked[], scorer: Scorer, frequency: (stem: string) => number): Expanded[] {
  const own = scorer.query.terms;
  const asked = new Map(own.map((term) => [term.stem, term.word]));
  const best = spread(ranked, { limit: PASSAGES, sourceOf: ({ terms }) => terms.source });
  const model = relevanceModel(best, (stem) => asked.has(stem) || frequency(stem) <= common(scorer.totals));
  const share = best.length === 0 || model.length === 0 ? 1 : MIX;
  const weights = new Map<string, Expanded>(
    own.map(({ stem, word }) => [stem, { stem, word, weight: share / Math.max(1, own.length) }]),
  );
  const total = model.reduce((sum, entry) => sum + entry.weight, 0);
  for (const { stem, word, weight } of model) {
    const before = weights.get(stem)?.weight ?? 0;
    weights.set(stem, { stem, word: asked.get(stem) ?? word, weight: before + ((1 - share) * weight) / total });
  }
  return [...weights.values()];
}

/** In a corpus of a few passages no word is rare; there the limit must not shut out everything. */
function common(totals: Totals): number {
  return Math.max(PASSAGES, COMMON * totals.passages);
}

function relevanceModel(best: readonly Ranked[], allowed: (stem: string) => boolean): Expanded[] {
  const sum = best.reduce((total, { score }) => total + score, 0);
  const model = new Map<string, { weight: number; readonly forms: Map<string, number> }>();
  for (const { terms, score } of best) {
    for (const { stem, word } of terms.content) {
      const entry = model.get(stem) ?? { weight: 0, forms: new Map<string, number>() };
      entry.weight += score / sum / terms.content.length;
      entry.forms.set(word, (entry.forms.get(word) ?? 0) + 1);
      model.set(stem, entry);
    }
  }
  return [...model]
    .filter(([stem]) => allowed(stem))
    .map(([stem, entry]) => ({ stem, weight: entry.weight, word: mostFrequent(entry.forms) }))
    .toSorted((a, b) => b.weight - a.weight || (a.stem < b.stem ? -1 : 1))
    .slice(0, EXPANSION);
}

/** Ties go to the form that sorts first, for determinism. */
export function mostFrequent(forms: ReadonlyMap<string, number>): string {
  let best = '';
  let most = 0;
  for (const [form, times] of forms) {
    if (times > most || (times === most && form < best)) {
      best = form;
      most = times;
    }
  }
  return best;
}
