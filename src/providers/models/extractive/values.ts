/** Values in a sentence: numbers with units, dates, versions. What an answer may be, and what two claims can differ in. */

import { stems } from '../../../core/words.ts';
import { SCALES, UNITS } from '../../../core/units.ts';

/** `atLeast` and `atMost` state a bound, which a larger or smaller exact value does not contradict. */
type Bound = 'exact' | 'about' | 'atLeast' | 'atMost';

export interface Value {
  /** What the number counts: `byte`, `second`, `%`, `date`, `version`, or the stem of the word after it; '' when bare. */
  readonly unit: string;
  /** In the unit's base (bytes, seconds); for a date `YYYYMMDD` digits of what is known. */
  readonly amount: number;
  /** Decimal digits stated, to compare 3.7 million with 3.69 million fairly; for a date the precision 4, 6 or 8. */
  readonly digits: number;
  readonly bound: Bound;
  /** As written, for people. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SMALL_NUMBERS: ReadonlyMap<string, number> = new Map(
  ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'].map((word, at) => [
    word,
    at + 2,
  ]),
);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?';

const DATES: readonly RegExp[] = [
  /(?<![\d-])(?<y>1[5-9]\d\d|20\d\d)-(?<m>0[1-9]|1[0-2])(?:-(?<d>0[1-9]|[12]\d|3[01]))?(?![\d-])/g,
  new RegExp(
    `(?<![\\d.])(?<d>[0-3]?\\d)(?:st|nd|rd|th)? (?:of )?(?<mon>${MONTH}),? (?<y>1[5-9]\\d\\d|20\\d\\d)(?!\\d)`,
    'g',
  ),
  new RegExp(`\\b(?<mon>${MONTH}) (?:(?<d>[0-3]?\\d)(?:st|nd|rd|th)?, ?)?(?<y>1[5-9]\\d\\d|20\\d\\d)(?!\\d)`, 'g'),
];
const YEAR = /(?<![\d.,$€£-])(?<y>1[5-9]\d\d|20\d\d)(?![\d%]|[.,]\d|-\d)/g;
const YEAR_BEFORE =
  /\b(?:in|since|by|until|till|during|year|before|after|from|of|to|early|late|mid|spring|summer|autumn|fall|winter|and|between)\s+$|[(,]\s*$/i;
const YEAR_AFTER =
  /^\s*(?:[),;.:]|$|(?:and|to|was|is|the|by|it|as|with|when|but|for|or|edition|version|release)\b|[–-])/i;
const VERSION =
  /\b(?:v|version |release )\s?(?<v>\d+(?:\.\d+){0,3})\b|(?<![\d.])(?<bare>\d+\.\d+\.\d+(?:\.\d+)?)(?![\d.])/gi;
/** Numbers that point at a place in a text or name a standard: not values. */
const REFERENCE =
  /\b(?:fig(?:ure)?s?|tables?|sections?|sec|chapters?|pages?|pp?|eqs?|equations?|steps?|lines?|rfc|iso|ieee|part|appendix|nos?|issue|#|§|see|ref|port|level|phase|rule|question|item)\.?\s*#?$|\[\s*$|[\p{L}_]$|\p{L}-$/iu;
const NUMBER =
  /(?<![\w.,])(?<cur>[$€£]\s?)?(?<n>\d{1,3}(?:[,\u202F\u00A0 ]\d{3})+(?!\d)|\d+)(?<f>\.\d+)?(?![\d.]*\.\d)/g;
const WORD_NUMBER = new RegExp(`\\b(?<n>${[...SMALL_NUMBERS.keys()].join('|')})\\b`, 'gi');
const AT_LEAST =
  /\b(?:at least|more than|over|above|minimum(?: of)?|no (?:less|fewer) than|exceed(?:s|ing)?|beyond|from)\s+$|[>≥]=?\s*$/i;
const AT_MOST =
  /\b(?:at most|up to|less than|fewer than|under|below|maximum(?: of)?|no more than|within)\s+$|[<≤]=?\s*$/i;
const ABOUT = /\b(?:about|around|approximately|roughly|some|nearly|almost|circa|ca\.|approx\.)\s+$|~\s*$/i;

/** Values in reading order, not overlapping; dates and versions win over the bare numbers inside them. */
export function valuesOf(text: string): readonly Value[] {
  const found: Value[] = [...dates(text)];
  const free = (start: number, end: number): boolean =>
    found.every((value) => end <= value.start || start >= value.end);
  for (const value of [...years(text), ...versions(text), ...quantities(text)]) {
    if (free(value.start, value.end)) found.push(value);
  }
  return found.sort((a, b) => a.start - b.start);
}

function* dates(text: string): Generator<Value> {
  const taken: [number, number][] = [];
  for (const pattern of DATES) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index;
      const end = start + match[0].length;
      if (taken.some(([from, to]) => start < to && end > from)) continue;
      taken.push([start, end]);
      const { y = '', m, mon, d } = match.groups ?? {};
      const month = m === undefined ? MONTHS.indexOf((mon ?? '').slice(0, 3).toLowerCase()) + 1 : Number(m);
      const digits = d === undefined ? 6 : 8;
      const amount = digits === 6 ? Number(y) * 100 + month : Number(y) * 10_000 + month * 100 + Number(d);
      yield { unit: 'date', amount, digits, bound: boundBefore(text, start), text: match[0], start, end };
    }
  }
}

function* years(text: string): Generator<Value> {
  for (const match of text.matchAll(YEAR)) {
    const start = match.index;
    const end = start + match[0].length;
    if (!YEAR_BEFORE.test(text.slice(0, start)) && !(start === 0 && /^\s*,/.test(text.slice(end)))) continue;
    if (!YEAR_AFTER.test(text.slice(end)) && !/\b(?:in|since|year|until|during)\s+$/i.test(text.slice(0, start)))
      continue;
    if (unitAt(text, end).unit === 'byte') continue;
    yield { unit: 'date', amount: Number(match[0]), digits: 4, bound: 'exact', text: match[0], start, end };
  }
}

function* versions(text: string): Generator<Value> {
  for (const match of text.matchAll(VERSION)) {
    const number = match.groups?.['v'] ?? match.groups?.['bare'] ?? '';
    const [major = 0, minor = 0, patch = 0] = number.split('.').map(Number);
    const amount = major * 1e6 + minor * 1e3 + patch;
    const start = match.index;
    yield {
      unit: 'version',
      amount,
      digits: number.split('.').length,
      bound: boundBefore(text, start),
      text: match[0],
      start,
      end: start + match[0].length,
    };
  }
}

function* quantities(text: string): Generator<Value> {
  for (const match of text.matchAll(NUMBER)) {
    const { n = '', f = '', cur } = match.groups ?? {};
    const start = match.index;
    if (cur === undefined && REFERENCE.test(text.slice(Math.max(0, start - 14), start))) continue;
    const plain = `${n.replaceAll(/\D/g, '')}${f}`;
    const { unit, factor, end } = unitAt(text, start + match[0].length);
    yield {
      unit: cur === undefined ? unit : cur.trim(),
      amount: Number(plain) * factor,
      digits: digitsOf(plain, boundBefore(text, start)),
      bound: boundBefore(text, start),
      text: text.slice(start, end),
      start,
      end,
    };
  }
  for (const match of text.matchAll(WORD_NUMBER)) {
    const start = match.index;
    const { unit, factor, end } = unitAt(text, start + match[0].length);
    if (unit === '') continue;
    const amount = (SMALL_NUMBERS.get(match[0].toLowerCase()) ?? 0) * factor;
    yield { unit, amount, digits: 2, bound: boundBefore(text, start), text: text.slice(start, end), start, end };
  }
}

/** Digits that are meant: 40 % has two, 3,400,000 people and "about 100" leave their zeros open. */
function digitsOf(plain: string, bound: Bound): number {
  const digits = plain.replace('.', '').replace(/^0+/, '');
  const isRound = !plain.includes('.') && (bound === 'about' || plain.length > 3);
  return Math.max(1, (isRound ? digits.replace(/0+$/, '') : digits).length);
}

function boundBefore(text: string, start: number): Bound {
  const before = text.slice(Math.max(0, start - 20), start);
  if (AT_LEAST.test(before)) return 'atLeast';
  if (AT_MOST.test(before)) return 'atMost';
  return ABOUT.test(before) ? 'about' : 'exact';
}

/** Scale and unit after a number: ` million people`, `%`, `-byte`. A unit that is no known one is the next word's stem. */
function unitAt(text: string, at: number): { readonly unit: string; readonly factor: number; readonly end: number } {
  let end = at;
  let factor = 1;
  const scale = /^\s?(thousand|million|billion|trillion|bn|k)\b/i.exec(text.slice(end));
  if (scale !== null) {
    factor = SCALES.get((scale[1] ?? '').toLowerCase()) ?? 1;
    end += scale[0].length;
  }
  const word =
    /^(?:[\s\u00A0-]{0,2})(?:(?:working|business|calendar|full|whole|consecutive) (?=days?|hours?|weeks?|months?|years?))?(per cent|%|°[CF]|[\p{L}µμ]+)/u.exec(
      text.slice(end),
    );
  const spelled = word?.[1] ?? '';
  if (word === null || spelled === '') return { unit: '', factor, end };
  const known = UNITS.get(spelled.toLowerCase());
  const isUnit = known !== undefined && (spelled.length > 1 || spelled === '%' || /^[\s-]?[BsmhgWVtl]$/.test(word[0]));
  if (isUnit) return { unit: known[0], factor: factor * known[1], end: end + word[0].length };
  const [stem = ''] = stems(spelled);
  return stem === '' ? { unit: '', factor, end } : { unit: stem, factor, end: end + word[0].length };
}

/**
 * Whether two values of one unit can both be true: equal, equal after rounding to the coarser one's digits, a date
 * inside a year, or a bound that the other meets.
 */
export function compatible(a: Value, b: Value): boolean {
  if (a.amount === b.amount) return true;
  if (
    a.bound !== b.bound &&
    (a.bound === 'atLeast' || a.bound === 'atMost' || b.bound === 'atLeast' || b.bound === 'atMost')
  )
    return true;
  if (a.unit === 'date' || a.unit === 'version') {
    const [coarse, fine] = a.digits <= b.digits ? [a, b] : [b, a];
    if (a.unit === 'version') return fine.text.includes(`${coarse.text.replace(/^\D+/, '')}.`);
    return String(fine.amount).startsWith(String(coarse.amount));
  }
  const digits = Math.max(1, Math.min(a.digits, b.digits));
  const isRounded = a.bound === 'about' || b.bound === 'about' || a.digits !== b.digits;
  return isRounded && Number(a.amount.toPrecision(digits)) === Number(b.amount.toPrecision(digits));
}
