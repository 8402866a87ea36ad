/** Sentences of an older edition give way to what the newer one says in their place. */

import type { Source } from '../../../core/source.ts';
import type { Candidate, Scored } from './candidates.ts';
import { keyOf, tellTheSame } from './entries.ts';
import { isOfPeriod, periodsIn } from './periods.ts';
import { jaccard, stemSet } from './text.ts';
import { areVersions, compareAge, yearOf } from './versions.ts';

/** Two sentences are one statement from here on, or from `SAME_IN_SECTION` on under one heading. */
const SAME = 0.5;
const SAME_IN_SECTION = 0.25;
const PATH = ' › ';
const YEAR = /\b(?:19|20)\d\d\b/g;

/**
 * The newest edition of each source that has a newer one among `all`, by source id; none for an edition the task asks for by
 * its year. Of reports on parts of a year that the task asks for only the same part of a later year is a newer edition.
 */
export function newerEditions(
  sources: readonly Source[],
  all: readonly Source[],
  task: string,
): ReadonlyMap<string, Source> {
  const years = new Set(task.match(YEAR) ?? []);
  const asked = periodsIn(task);
  const found = new Map<string, Source>();
  for (const source of sources) {
    const isAsked = isOfPeriod(source, asked);
    const newer = all.filter(
      (other) =>
        areVersions(source, other) &&
        compareAge(other, source) > 0 &&
        (!isAsked || (isOfPeriod(other, asked) && yearOf(other) !== yearOf(source))),
    );
    const newest = newer.reduce<Source | undefined>(
      (best, other) => (best === undefined || compareAge(other, best) > 0 ? other : best),
      undefined,
    );
    if (newest !== undefined && !years.has(yearOf(source))) found.set(source.source_id, newest);
  }
  return found;
}

/**
 * What an older edition says is out of date where the newer one says something else in its place: that sentence takes
 * over the rank, even if it shares fewer words with the question.
 */
export function inNewestEdition(
  scored: readonly Scored[],
  pool: readonly Candidate[],
  newer: ReadonlyMap<string, Source>,
): readonly Scored[] {
  const best = new Map<Candidate, Scored>(scored.map((entry) => [entry.candidate, entry]));
  for (const { candidate, score } of scored) {
    const edition = newer.get(candidate.hit.source_id);
    const place = edition === undefined ? undefined : inPlaceOf(candidate, pool, edition.source_id);
    if (place === undefined) continue;
    best.delete(candidate);
    if (score > (best.get(place)?.score ?? Number.NEGATIVE_INFINITY)) best.set(place, { candidate: place, score });
  }
  return [...best.values()];
}

/** The sentence or row of the newer edition that stands where this one stood, by its words, its heading and its unit. */
function inPlaceOf(old: Candidate, pool: readonly Candidate[], source_id: string): Candidate | undefined {
  let found: Candidate | undefined;
  let most = 0;
  for (const candidate of pool) {
    if (candidate.hit.source_id !== source_id || (candidate.kind === 'row') !== (old.kind === 'row')) continue;
    const isSameSection = sectionOf(candidate) === sectionOf(old);
    const likeness = old.kind === 'row' ? rowLikeness(old, candidate) : jaccard(old.words, candidate.words);
    const least = isSameSection ? SAME_IN_SECTION : SAME;
    if (likeness < least || !tellTheSame(old, candidate)) continue;
    const worth = likeness + (isSameSection ? SAME : 0);
    if (worth > most) [found, most] = [candidate, worth];
  }
  return found;
}

function sectionOf({ hit }: Candidate): string {
  return [...stemSet(hit.heading.split(PATH).slice(1).join(' '))].join(' ');
}

/** Rows of one table are told apart by their first cell. */
function rowLikeness(a: Candidate, b: Candidate): number {
  return keyOf(a) === keyOf(b) ? 1 : 0;
}
