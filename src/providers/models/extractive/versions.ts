/** Which sources are versions of one document, and which of two is the newer. */

import type { Source } from '../../../core/source.ts';
import { compareText, containment, stemSet } from './text.ts';

/** Parts of a name that tell versions apart: dates, years, version numbers, and words such as "draft". */
const VERSION_MARKS =
  /\b(?:1[5-9]|20)\d\d(?:[-_./ ]?(?:0[1-9]|1[0-2])(?:[-_./ ]?(?:0[1-9]|[12]\d|3[01]))?)?\b|\b(?:v|ver|version|rev|revision|release|edition|r)[-_. ]?\d+(?:[._]\d+)*\b|\b\d+(?:[._]\d+)+\b|\b(?:draft|final|old|new|latest|updated|archive[d]?|superseded|current|original|copy|q[1-4]|january|february|march|april|may|june|july|august|september|october|november|december)\b/gi;

/** Modification times closer than this say nothing: a checkout or an unpacked archive writes files in any order. */
const TELLING_AGE_MS = 86_400_000;

/** Titles that share so much of their words name one document. */
const SAME_TITLE = 0.75;

function stripped(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('_', ' ')
    .replaceAll(VERSION_MARKS, ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

interface Names {
  readonly title: string;
  readonly path: string;
}

/** Sources are compared pair by pair, thousands of times for a handful of sources. */
const NAMES = new WeakMap<Source, Names>();

function namesOf(source: Source): Names {
  const known = NAMES.get(source);
  if (known !== undefined) return known;
  const names = { title: stripped(source.title), path: stripped(pathWithoutExtension(source.location)) };
  NAMES.set(source, names);
  return names;
}

function pathWithoutExtension(location: string): string {
  return location.replace(/\.[A-Za-z0-9]{1,5}$/, '');
}

/** Two files that are one document at different times: names equal but for dates and versions, or one title, two dates. */
export function areVersions(a: Source, b: Source): boolean {
  if (a.source_id === b.source_id) return false;
  const [namesA, namesB] = [namesOf(a), namesOf(b)];
  const sameTitle = namesA.title !== '' && namesA.title === namesB.title;
  const samePath = namesA.path !== '' && namesA.path === namesB.path;
  if (samePath && a.location !== b.location) return sameTitle || (a.format === b.format && isOneTitle(namesA, namesB));
  return sameTitle && a.date !== null && b.date !== null && a.date !== b.date;
}

/** Reports on two incidents have one kind of file name and a title each: they are no editions of one document. */
function isOneTitle({ title: a }: Names, { title: b }: Names): boolean {
  return a === '' || b === '' || containment(stemSet(a), stemSet(b)) >= SAME_TITLE;
}

/**
 * Above 0 when `a` is the newer, below 0 when `b` is, 0 when nothing tells. Stated dates tell of any two sources; marks
 * in names and file times only of versions of one document.
 */
export function compareAge(a: Source, b: Source): number {
  if (a.date !== null && b.date !== null) {
    const least = Math.min(a.date.length, b.date.length);
    return compareText(a.date.slice(0, least), b.date.slice(0, least));
  }
  if (!areVersions(a, b)) return 0;
  const named = compareMarks(marks(a), marks(b));
  if (named !== 0) return named;
  const age = Date.parse(a.modified_at) - Date.parse(b.modified_at);
  return Math.abs(age) >= TELLING_AGE_MS ? age : 0;
}

/** The year a source is of, by its date or its name; '' where neither tells. */
export function yearOf(source: Source): string {
  const [first = 0] = marks(source);
  return source.date?.slice(0, 4) ?? (first >= 1500 ? String(first) : '');
}

function marks(source: Source): readonly number[] {
  const name = `${source.title} ${pathWithoutExtension(source.location.split('/').at(-1) ?? '')}`.replaceAll('_', ' ');
  const first = [...name.matchAll(VERSION_MARKS)].map(([mark]) => mark).find((mark) => /\d/.test(mark));
  return first === undefined ? [] : (first.match(/\d+/g) ?? []).map(Number);
}

function compareMarks(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  // A year and a version number are not on one scale.
  if ((a[0] ?? 0) >= 1500 !== (b[0] ?? 0) >= 1500) return 0;
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = (a[at] ?? 0) - (b[at] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
