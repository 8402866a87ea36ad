/** Of good sentences those that together say most: each next one unlike those chosen, none repeated. */

import type { Candidate, Scored } from './candidates.ts';
import { areTwoEntries } from './entries.ts';
import { jaccard } from './text.ts';

/** Weight of relevance against novelty in the choice of the next sentence. */
const RELEVANCE = 0.75;
const SAME_SOURCE = 0.04;
const TOO_ALIKE = 0.6;

/** Maximal marginal relevance: each next sentence is good and unlike those chosen; no overlap, no repetition. */
export function diverse(scored: readonly Scored[], limit: number): readonly Scored[] {
  const chosen: Scored[] = [];
  const left = [...scored];
  while (chosen.length < limit && left.length > 0) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [index, entry] of left.entries()) {
      const value =
        RELEVANCE * entry.score -
        (1 - RELEVANCE) * likeness(entry, chosen) -
        SAME_SOURCE * fromSameSource(entry, chosen);
      if (value > most) {
        most = value;
        best = index;
      }
    }
    const [next] = left.splice(best, 1);
    if (next !== undefined && !chosen.some((other) => repeats(next.candidate, other.candidate))) chosen.push(next);
  }
  return chosen;
}

function likeness({ candidate }: Scored, chosen: readonly Scored[]): number {
  return Math.max(0, ...chosen.map((other) => jaccard(candidate.words, other.candidate.words)));
}

function fromSameSource({ candidate }: Scored, chosen: readonly Scored[]): number {
  return chosen.filter((other) => other.candidate.hit.source_id === candidate.hit.source_id).length;
}

/** Overlapping spans of one source, or the same words; two sources that say the same, or two times, are left to the merge. */
function repeats(a: Candidate, b: Candidate): boolean {
  if (a.hit.source_id !== b.hit.source_id) return a.text === b.text;
  const [startA, startB] = [a.hit.start + a.start, b.hit.start + b.start];
  // Two fields of a record are two facts, though both quotes begin at its name.
  const isField = a.kind === 'row' && b.kind === 'row' && a.text !== b.text;
  if (!isField && startA < b.hit.start + b.end && startB < a.hit.start + a.end) return true;
  return a.kind !== 'row' && jaccard(a.words, b.words) >= TOO_ALIKE && !areTwoEntries(a, b);
}
