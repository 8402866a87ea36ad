/** The words that keep company with a question in the passages retrieved for it. */

import type { Candidate } from './candidates.ts';
import type { Want } from './score.ts';
import { compareText } from './text.ts';

const EXPANSION_WORDS = 14;
const EXPANSION_PASSAGES = 10;

/**
 * Words that keep company with the question: those of the best passages, weighed by rank and rarity. A sentence on
 * "power failure" so gains from a question about "power loss".
 */
export function companyOf(
  passages: readonly { readonly words: ReadonlySet<string>; readonly rank: number }[],
  pool: readonly Candidate[],
  want: Want,
): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { words: held, rank } of passages.slice(0, EXPANSION_PASSAGES)) {
    for (const stem of held) if (!want.weights.has(stem)) weights.set(stem, (weights.get(stem) ?? 0) + rank);
  }
  const rarity = (stem: string): number => {
    const count = pool.filter((candidate) => candidate.words.has(stem)).length;
    return count < 2 ? 0 : Math.log(1 + pool.length / count);
  };
  return new Map(
    [...weights]
      .map(([stem, weight]) => [stem, weight * rarity(stem)] as const)
      .sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]))
      .slice(0, EXPANSION_WORDS),
  );
}

/** How much of the company a sentence keeps, 0 to 1: a third of it counts as all. */
export function companyShare({ words: held }: Candidate, company: ReadonlyMap<string, number>): number {
  let total = 0;
  let found = 0;
  for (const [stem, weight] of company) {
    total += weight;
    if (held.has(stem)) found += weight;
  }
  return total === 0 ? 0 : Math.min(1, (3 * found) / total);
}
