/** Sentences of an older edition give way to what the newer one says in their place. */

import type { Source } from '../../../core/source.ts';
import type { Candidate, Scored } from './candidates.ts';
import { cellsOf } from './tables.ts';
import { containment, jaccard, pathWords, stemSet } from './text.ts';
import { valuesOf } from './values.ts';
import { areVersions, compareAge, yearOf } from './versions.ts';

/** Two sentences are one statement from here on, or from `SAME_IN_SECTION` on under one heading. */
const SAME = 0.5;
const SAME_IN_SECTION = 0.25;
const SAME_ENTRY = 0.7;
const PATH = ' › ';
const YEAR = /\b(?:19|20)\d\d\b/g;
const YEAR_ASKED = /\b(?:19|20)\d\d\b/;
const MONTH = 'january|february|march|april|june|july|august|september|october|november|december';
/** A month, a quarter or a day: who asks for one wants what was said of it, and not what was said last. */
const MOMENT = new RegExp(
  `\\b(?:${MONTH})\\b|\\b(?:in|of|on|since|before|after|until|by|from) May\\b|\\bMay (?:19|20)\\d\\d|\\bq[1-4]\\b|` +
    '\\b(?:first|second|third|fourth|last) quarter\\b|\\b\\d{4}-\\d{2}',
  'i',
);
/** What was ever, at most or before: no entry takes that over from another. */
const HISTORY =
  /\b(?:ever|history|historic(?:al)?|record(?:ed)?|highest|lowest|largest|smallest|most|least|before|used to|formerly|previously|earlier|originally)\b/i;
/** Only of a log of changes the latest entry holds. In minutes, a diary or a list of measurements each entry holds for its day. */
const CHANGE_LOG = /\b(?:change\s?-?log|changes|release\s?notes|what'?s new|version history)\b/i;

/**
 * The newest edition of each source that has a newer one among `all`, by source id; none for an edition the task asks for by
 * its year, and none at all where it asks for a month, a quarter or a day: those are periods, not editions.
 */
export function newerEditions(
  sources: readonly Source[],
  all: readonly Source[],
  task: string,
): ReadonlyMap<string, Source> {
  if (MOMENT.test(task)) return new Map();
  const years = new Set(task.match(YEAR) ?? []);
  const found = new Map<string, Source>();
  for (const source of sources) {
    const newer = all.filter((other) => areVersions(source, other) && compareAge(other, source) > 0);
    const newest = newer.reduce<Source | undefined>(
      (best, other) => (best === undefined || compareAge(other, best) > 0 ? other : best),
      undefined,
    );
    if (newest !== undefined && !years.has(yearOf(source))) found.set(source.source_id, newest);
  }
  return found;
}

function nameOf({ title, location }: Source): string {
  return `${title} ${pathWords(location.split('/').at(-1) ?? '')}`;
}

/** Logs of changes among the sources, by source id; none where the task asks for a time or for what once was. */
export function changeLogs(sources: readonly Source[], task: string): ReadonlySet<string> {
  if (MOMENT.test(task) || HISTORY.test(task) || YEAR_ASKED.test(task)) return new Set();
  return new Set(sources.filter((source) => CHANGE_LOG.test(nameOf(source))).map(({ source_id }) => source_id));
}

/**
 * What an older edition says is out of date where the newer one says something else in its place: that sentence takes
 * over the rank, even if it shares fewer words with the question.
 */
export function inNewestEdition(
  scored: readonly Scored[],
  pool: readonly Candidate[],
  { newer, logs }: { readonly newer: ReadonlyMap<string, Source>; readonly logs: ReadonlySet<string> },
): readonly Scored[] {
  const best = new Map<Candidate, Scored>(scored.map((entry) => [entry.candidate, entry]));
  for (const { candidate, score } of scored) {
    const edition = newer.get(candidate.hit.source_id);
    const place =
      edition !== undefined
        ? inPlaceOf(candidate, pool, edition.source_id)
        : logs.has(candidate.hit.source_id)
          ? inLaterSection(candidate, pool)
          : undefined;
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
    if (likeness < least || !tellsTheSame(old, candidate)) continue;
    const worth = likeness + (isSameSection ? SAME : 0);
    if (worth > most) [found, most] = [candidate, worth];
  }
  return found;
}

/** A log of changes keeps its older entries: of one statement under several dates the latest holds. */
function inLaterSection(old: Candidate, pool: readonly Candidate[]): Candidate | undefined {
  let latest = dateOf(old);
  if (latest === 0 || valuesOf(old.text).length === 0) return undefined;
  let found: Candidate | undefined;
  for (const candidate of pool) {
    if (candidate.hit.source_id !== old.hit.source_id || candidate.pair !== null) continue;
    const date = dateOf(candidate);
    if (date <= latest || containment(old.words, candidate.words) < SAME_ENTRY || !tellsTheSame(old, candidate))
      continue;
    [found, latest] = [candidate, date];
  }
  return found;
}

/** The date in a heading as digits, `YYYYMMDD`; 0 without one of a day. */
function dateOf({ hit }: Candidate): number {
  const date = valuesOf(hit.heading.split(PATH).at(-1) ?? '').find(
    ({ unit, digits }) => unit === 'date' && digits === 8,
  );
  return date?.amount ?? 0;
}

function sectionOf({ hit }: Candidate): string {
  return [...stemSet(hit.heading.split(PATH).slice(1).join(' '))].join(' ');
}

/** Rows of one table are told apart by their first cell. */
function rowLikeness(a: Candidate, b: Candidate): number {
  return keyOf(a) === keyOf(b) ? 1 : 0;
}

function keyOf({ text }: Candidate): string {
  const [first] = cellsOf(text) ?? [];
  return first === undefined ? (text.split(/ – |; /u)[0] ?? '') : `${first.name}: ${first.value}`;
}

/** A value is replaced by one of its unit. */
function tellsTheSame(a: Candidate, b: Candidate): boolean {
  const [left, right] = [valuesOf(a.text), valuesOf(b.text)];
  return left.length === 0 || a.kind === 'row' || left.some(({ unit }) => right.some((value) => value.unit === unit));
}
