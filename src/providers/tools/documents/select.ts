/**
 * What research reads of a ranking: near duplicates dropped, then passages that add something, from more than one source.
 * Benchmarks of ranking leave this out.
 */

import { considered, type RankedPassage } from './search.ts';

/**
 * From this `Hit.score` on, a passage holds enough of the question to be reported as an answer to it; below, it shares a
 * few common words with it. When no hit reaches it, the corpus does not speak of the matter. See `evidence`.
 */
export const REPORTABLE_SCORE = 0.3;

/** Jaccard similarity of three-word shingles from which two passages say the same in the same words (Broder 1997). */
const DUPLICATE = 0.8;
const SHINGLE = 3;
/** Relevance against novelty: Carbonell and Goldstein, "The Use of MMR" (SIGIR 1998), in its usual range for summaries. */
const LAMBDA = 0.7;
/** What each passage already chosen from a source costs the next one from it, up to three: one document may hold it all. */
const SAME_SOURCE = 0.1;
const MOST_PENALISED = 3;
/**
 * A source that has given this share of what was asked for, and this many at least, waits until no other source has a
 * passage that holds `WORTHY` of what the best one holds. Repetition makes a log score high; it does not make it an answer.
 */
const CROWDED = 1 / 3;
const CROWDED_LEAST = 3;
const WORTHY = 0.5;
/** Of passages of one source that differ only in figures, as lines of a log differ in their times, so many say it all. */
const ALIKE = 4;

/** A passage chosen, with the score that leaves the library. */
export interface Selected {
  readonly passage: RankedPassage;
  readonly score: number;
}

/**
 * `Hit.score`, 0 to 1: the share of the question's words the passage holds (in its text, headings or title; a quarter for
 * a word that only the rest of its document has), each word weighing as it is rare in this corpus and a word the corpus
 * lacks weighing most; for the best passage that share itself, down to three quarters of it for one that ranks far below.
 */
function evidence(passage: RankedPassage, best: number): number {
  return (passage.coverage * (3 + Math.max(0, passage.relevance) / best)) / 4;
}

interface Candidate extends Selected {
  readonly shingles: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
  /** The shingles of the words without a digit: what is left of a line of a log when its times and counts are taken away. */
  readonly wording: ReadonlySet<string>;
  /** Words with a digit, sorted: two versions that differ in a figure are no duplicates but a conflict worth seeing. */
  readonly figures: string;
}

function candidate(passage: RankedPassage, best: number): Candidate {
  const stems = passage.terms.content.map(({ stem }) => stem);
  const figures = [...new Set(stems.filter((stem) => /\d/.test(stem)))].sort().join(' ');
  const wording = shinglesOf(stems.filter((stem) => !/\d/.test(stem)));
  return {
    passage,
    score: evidence(passage, best),
    shingles: shinglesOf(stems),
    wording,
    stems: new Set(stems),
    figures,
  };
}

function shinglesOf(stems: readonly string[]): ReadonlySet<string> {
  const shingles = new Set<string>();
  for (let at = 0; at + SHINGLE <= stems.length; at += 1) shingles.add(stems.slice(at, at + SHINGLE).join(' '));
  if (shingles.size === 0) shingles.add(stems.join(' '));
  return shingles;
}

function jaccard(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  let shared = 0;
  const [small, large] = left.size <= right.size ? [left, right] : [right, left];
  for (const entry of small) if (large.has(entry)) shared += 1;
  return shared === 0 ? 0 : shared / (left.size + right.size - shared);
}

function withoutDuplicates(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const each of candidates) {
    let alike = 0;
    const known = kept.some((other) => {
      if (other.figures === each.figures && jaccard(other.shingles, each.shingles) >= DUPLICATE) return true;
      if (other.passage.terms.source !== each.passage.terms.source) return false;
      if (jaccard(other.wording, each.wording) >= DUPLICATE) alike += 1;
      return alike >= ALIKE;
    });
    if (!known) kept.push(each);
  }
  return kept;
}

/**
 * At most `limit` passages, in the order chosen: each time the one that is most relevant and least like those chosen before,
 * from sources that have not had their share yet where those have anything to say. Passages that hold no word of the
 * question at all are left out. The best passage always comes first.
 */
export function select(ranked: readonly RankedPassage[], limit: number): Selected[] {
  const best = ranked[0]?.relevance ?? 0;
  if (best <= 0) return [];
  // Comparing each with each of a whole ranking would cost more than the search itself.
  const worth = considered(
    ranked.filter(({ coverage }) => coverage > 0),
    limit,
  );
  const open = new Set(withoutDuplicates(worth.map((passage) => candidate(passage, best))));
  const likeness = new Map<Candidate, number>();
  const taken = new Map<number, number>();
  const eligible = eligibleOf(worth, limit, taken);
  const chosen: Selected[] = [];
  while (chosen.length < limit && open.size > 0) {
    let next: { readonly candidate: Candidate; readonly worth: number } | null = null;
    for (const each of eligible(open)) {
      const penalty = SAME_SOURCE * Math.min(MOST_PENALISED, taken.get(each.passage.terms.source) ?? 0);
      const worth = (LAMBDA * each.passage.relevance) / best - (1 - LAMBDA) * (likeness.get(each) ?? 0) - penalty;
      if (next === null || worth > next.worth) next = { candidate: each, worth };
    }
    if (next === null) break;
    const { candidate: picked } = next;
    open.delete(picked);
    chosen.push({ passage: picked.passage, score: picked.score });
    taken.set(picked.passage.terms.source, (taken.get(picked.passage.terms.source) ?? 0) + 1);
    for (const each of open) {
      likeness.set(each, Math.max(likeness.get(each) ?? 0, jaccard(each.stems, picked.stems)));
    }
  }
  return chosen;
}

/** Which of the open candidates may be chosen next, given how many each source has had. */
function eligibleOf(
  worth: readonly RankedPassage[],
  limit: number,
  taken: ReadonlyMap<number, number>,
): (open: ReadonlySet<Candidate>) => Iterable<Candidate> {
  const share = Math.max(CROWDED_LEAST, Math.ceil(CROWDED * limit));
  const worthy = WORTHY * Math.max(0, ...worth.map(({ coverage }) => coverage));
  return (open) => {
    const free = [...open].filter(({ passage }) => (taken.get(passage.terms.source) ?? 0) < share);
    return free.some(({ passage }) => passage.coverage >= worthy) ? free : open;
  };
}
