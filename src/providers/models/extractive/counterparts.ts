/** Versions of one statement: the newest wording is quoted, and what disputes a quoted sentence comes along. */

import type { Claim } from '../../../core/claim.ts';
import type { Source } from '../../../core/source.ts';
import type { Candidate, Scored } from './candidates.ts';
import { contradicting } from './conflicts.ts';
import { jaccard } from './text.ts';
import { areVersions, compareAge } from './versions.ts';

const SAME_STATEMENT = 0.5;
const MOST_COUNTERPARTS = 4;
/** So alike in words a sentence may contradict another, whatever it shares with the question. */
const ALIKE = 0.3;
/** Score of what no question asked for. */
const LOW = 0.01;

/** Of sources with the same sentence the newest is quoted: an unchanged line of an old version needs no mention. */
export function newestWording(scored: readonly Scored[], sources: ReadonlyMap<string, Source>): readonly Scored[] {
  const best = new Map<string, Scored>();
  for (const entry of scored) {
    const other = best.get(entry.candidate.text);
    if (other === undefined || isNewer(entry, other, sources)) best.set(entry.candidate.text, entry);
  }
  return scored.filter((entry) => best.get(entry.candidate.text) === entry);
}

function isNewer(a: Scored, b: Scored, sources: ReadonlyMap<string, Source>): boolean {
  const [left, right] = [sources.get(a.candidate.hit.source_id), sources.get(b.candidate.hit.source_id)];
  return left !== undefined && right !== undefined && compareAge(left, right) > 0;
}

/**
 * What the chosen sentences cannot be read without: the same statement in another version of the document, and whatever
 * contradicts one of them. Left out, the report would state as settled what its own sources dispute.
 */
export function counterparts(
  chosen: readonly Scored[],
  { answering, pool }: { readonly answering: readonly Scored[]; readonly pool: readonly Candidate[] },
  sources: ReadonlyMap<string, Source>,
): readonly Scored[] {
  const known = new Set([...chosen, ...answering].map(({ candidate }) => candidate));
  const alike = pool
    .filter((candidate) => !known.has(candidate) && chosen.some((other) => isAlike(other.candidate, candidate)))
    .map((candidate): Scored => ({ candidate, score: LOW }));
  const left = [...answering.filter((entry) => !chosen.includes(entry)), ...alike];
  const disputed = new Set(contradicting(chosen.map(bareClaim), left.map(bareClaim), [...sources.values()]).map(spot));
  return left
    .filter(
      (entry) =>
        disputed.has(spot(bareClaim(entry))) ||
        (entry.score > LOW && chosen.some((other) => isOtherVersion(other, entry, sources))),
    )
    .slice(0, MOST_COUNTERPARTS);
}

function isAlike(a: Candidate, b: Candidate): boolean {
  return a.hit.source_id !== b.hit.source_id && b.pair === null && jaccard(a.words, b.words) >= ALIKE;
}

function isOtherVersion(
  { candidate: a }: Scored,
  { candidate: b }: Scored,
  sources: ReadonlyMap<string, Source>,
): boolean {
  const [left, right] = [sources.get(a.hit.source_id), sources.get(b.hit.source_id)];
  const isVersion = left !== undefined && right !== undefined && areVersions(left, right);
  return isVersion && a.text !== b.text && jaccard(a.words, b.words) >= SAME_STATEMENT;
}

/** A sentence as a claim without an author yet, for comparing. */
function bareClaim({ candidate: { hit, start, end, text }, score }: Scored): Claim {
  return {
    claim_id: '',
    agent_id: '',
    source_id: hit.source_id,
    text,
    quote: hit.raw.slice(start, end),
    start: hit.start + start,
    end: hit.start + end,
    label: 'quoted',
    location: hit.location,
    heading: hit.heading,
    score,
    objective: '',
  };
}

function spot({ source_id, start, end }: Claim): string {
  return `${source_id}:${start}-${end}`;
}
