/** Entries of one document under several dates or versions: which of those on one thing is told first, and which holds. */

import type { Source } from '../../../core/source.ts';
import type { Candidate, Scored } from './candidates.ts';
import { type Period, periodsIn, isWithin } from './periods.ts';
import { cellsOf } from './tables.ts';
import { containment, pathWords } from './text.ts';
import { type Value, valuesOf } from './values.ts';

/** Two entries are one statement from here on, numbers left out. */
const SAME_ENTRY = 0.7;
/** Enough to stand before an entry of the same words. */
const AHEAD = 0.001;
const PATH = ' › ';
/** Who names a year may ask for an entry of it, or for what held then. */
const YEAR = /\b(?:19|20)\d\d\b/;
const WHOLE_YEAR = /^(?:19|20)\d\d$/;
/** What was once: no entry takes that over from another. */
const PAST =
  /\b(?:ever|used to|formerly|previously|originally|initially|historical(?:ly)?|in the past|on record|of all time)\b/i;
/** What was ever is told by all entries together, what was before by the early ones. */
const EVER = /\b(?:ever|on record|of all time)\b/i;
const MOST =
  /\b(?:highest|largest|biggest|greatest|longest|deepest|widest|tallest|heaviest|hottest|warmest|most|maximum|peak)\b/i;
const LEAST = /\b(?:lowest|smallest|fewest|shortest|shallowest|narrowest|lightest|coldest|cheapest|least|minimum)\b/i;
/** Only of a log of changes the latest entry holds. In minutes, a diary or a list of measurements each entry holds for its day. */
const CHANGE_LOG =
  /\b(?:change\s?-?log|changes|news|releases|release\s?notes|what'?s new|(?:version|release|revision) history)\b/i;
/** What held before or since a time stands in entries of other times as well. */
const AROUND = /\b(?:before|since|until|till|after|from|by|between|as of)\b/i;

/** What the heading of an entry says of when it was. */
interface Mark {
  /** Digits of what is known, `YYYYMMDD`. */
  readonly date: string | null;
  readonly version: number | null;
}

/** How entries of one document on one thing stand to each other, given what the task asks. */
export interface EntryOrder {
  /** Null where the task names a time or a version: then its own words decide. */
  readonly first: 'latest' | 'earliest' | 'most' | 'least' | null;
  /** Sources in which the latest entry alone holds, by id. */
  readonly logs: ReadonlySet<string>;
  /** Entries of these times are asked for. */
  readonly asked: readonly Period[];
  /** Whether an entry of the time asked for answers alone, which one asked for by "before" or "since" does not. */
  readonly isOfThen: boolean;
}

export function entryOrder(sources: readonly Source[], task: string): EntryOrder {
  const isPast = PAST.test(task);
  const logs = isPast ? [] : sources.filter((source) => CHANGE_LOG.test(nameOf(source)));
  return {
    first: firstOf(task, isPast),
    logs: new Set(logs.map(({ source_id }) => source_id)),
    asked: periodsIn(task),
    isOfThen: !AROUND.test(task),
  };
}

function firstOf(task: string, isPast: boolean): EntryOrder['first'] {
  if (YEAR.test(task) || valuesOf(task).some(({ unit }) => unit === 'version')) return null;
  if (!isPast) return 'latest';
  if (!EVER.test(task)) return 'earliest';
  return MOST.test(task) ? 'most' : LEAST.test(task) ? 'least' : 'latest';
}

function nameOf({ title, location }: Source): string {
  return `${title} ${pathWords(location.split('/').at(-1) ?? '')}`;
}

/**
 * Of entries that tell one thing the first takes over the rank of the others, even if it was not found by the question. In a
 * log of changes the others are out of date and go; elsewhere they stay, each of its day. `keys` are the question's words: an
 * entry that lacks one of them is on something else.
 */
export function firstEntries(
  scored: readonly Scored[],
  { pool, keys }: { readonly pool: readonly Candidate[]; readonly keys: readonly string[] },
  order: EntryOrder,
): readonly Scored[] {
  const best = new Map<Candidate, Scored>(scored.map((entry) => [entry.candidate, entry]));
  const replaced = new Set(ofOtherTimes(scored, order));
  for (const { candidate, score } of order.first === null ? [] : scored) {
    const first = firstAmong(candidate, { pool, keys }, order);
    if (first === candidate) continue;
    if (order.logs.has(candidate.hit.source_id)) replaced.add(candidate);
    best.set(first, { candidate: first, score: Math.max(score + AHEAD, best.get(first)?.score ?? 0) });
  }
  return [...best.values()].filter(({ candidate }) => !replaced.has(candidate));
}

/** What other entries say in place of one of the very time asked for. */
function ofOtherTimes(scored: readonly Scored[], { asked, isOfThen }: EntryOrder): readonly Candidate[] {
  if (asked.length === 0 || !isOfThen) return [];
  const list = scored.map(({ candidate }) => candidate);
  const isThen = (candidate: Candidate): boolean => isAskedFor(markOf(candidate), asked);
  const then = list.filter(isThen);
  return list.filter((other) => !isThen(other) && then.some((own) => isOnTheSame(own, other)));
}

function firstAmong(
  own: Candidate,
  { pool, keys }: { readonly pool: readonly Candidate[]; readonly keys: readonly string[] },
  { first, asked }: EntryOrder,
): Candidate {
  const mark = markOf(own);
  const values = valuesOf(own.text);
  if (!isMarked(mark) || values.length === 0 || isAskedFor(mark, asked)) return own;
  const wanted = keys.filter((stem) => own.words.has(stem));
  let found = own;
  for (const other of pool) {
    if (other.pair !== null || !isOnTheSame(own, other) || !wanted.every((stem) => other.words.has(stem))) continue;
    const isBefore =
      first === 'most' || first === 'least'
        ? (first === 'most' ? 1 : -1) * (amountIn(other, values) - amountIn(found, values)) > 0
        : (first === 'latest' ? 1 : -1) * compareMarks(markOf(other), markOf(found)) > 0;
    if (isBefore) found = other;
  }
  return found;
}

function isOnTheSame(a: Candidate, b: Candidate): boolean {
  if (a.hit.source_id !== b.hit.source_id || (a.kind === 'row') !== (b.kind === 'row')) return false;
  if (compareMarks(markOf(a), markOf(b)) === 0) return false;
  if (a.kind === 'row') return keyOf(a) === keyOf(b);
  return containment(withoutNumbers(a.words), withoutNumbers(b.words)) >= SAME_ENTRY && tellTheSame(a, b);
}

function withoutNumbers(words: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...words].filter((stem) => !/^\d+$/.test(stem)));
}

/** A row is known by its first cell. */
export function keyOf({ text }: Candidate): string {
  const [first] = cellsOf(text) ?? [];
  return first === undefined ? (text.split(/ – |; /u)[0] ?? '') : `${first.name}: ${first.value}`;
}

/** A value is replaced by one of its unit. */
export function tellTheSame(a: Candidate, b: Candidate): boolean {
  const [left, right] = [valuesOf(a.text), valuesOf(b.text)];
  return left.length === 0 || a.kind === 'row' || left.some(({ unit }) => right.some((value) => value.unit === unit));
}

/** The first of its values that is of a unit among those. */
function amountIn({ text }: Candidate, like: readonly Value[]): number {
  return valuesOf(text).find(({ unit }) => like.some((value) => value.unit === unit))?.amount ?? 0;
}

/** Whether two sentences are of two times, and each says what the other does not: alike as they are, neither repeats the other. */
export function areTwoEntries(a: Candidate, b: Candidate): boolean {
  const isSameSource = a.hit.source_id === b.hit.source_id;
  return isSameSource && compareMarks(markOf(a), markOf(b)) !== 0 && saysMore(a, b) && saysMore(b, a);
}

function saysMore(a: Candidate, b: Candidate): boolean {
  return [...a.words].some((stem) => !b.words.has(stem));
}

// --- When an entry was -------------------------------------------------------------------------------------------

/** From the innermost heading that says a time or a version. */
function markOf({ hit }: Candidate): Mark {
  for (const heading of hit.heading.split(PATH).toReversed()) {
    const values = valuesOf(heading);
    const date = values.find(({ unit }) => unit === 'date')?.amount ?? (WHOLE_YEAR.test(heading) ? heading : null);
    const version = values.find(({ unit }) => unit === 'version')?.amount ?? null;
    if (date !== null || version !== null) return { date: date === null ? null : String(date), version };
  }
  return { date: null, version: null };
}

function isMarked({ date, version }: Mark): boolean {
  return date !== null || version !== null;
}

/** Above 0 when `a` is the later; 0 when nothing tells, as of a month and a day in it. */
function compareMarks(a: Mark, b: Mark): number {
  if (a.date !== null && b.date !== null) {
    const least = Math.min(a.date.length, b.date.length);
    return Number(a.date.slice(0, least)) - Number(b.date.slice(0, least));
  }
  return a.version === null || b.version === null ? 0 : a.version - b.version;
}

function isAskedFor({ date }: Mark, asked: readonly Period[]): boolean {
  const [year, month, day] = [date?.slice(0, 4), date?.slice(4, 6), date?.slice(6, 8)].map((digits) =>
    digits === undefined || digits === '' ? null : Number(digits),
  );
  const own = { year: year ?? null, quarter: null, month: month ?? null, week: null, day: day ?? null };
  return own.month !== null && asked.some((period) => isWithin(own, period));
}
