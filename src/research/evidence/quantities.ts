/** Numbers in sentences with what they count, however they are written: `1,200`, `1.2 thousand`, `twelve hundred`, `5 percent`. */

import { CURRENCY, currencyOf, measureAt, perAt } from './measures.ts';
import { numbersInWords } from './number-words.ts';
import { FRACTION, fractionOf, plainDigits, POWER, raised, readings } from './numerals.ts';

export interface Quantity {
  readonly kind: 'amount' | 'ordinal' | 'time' | 'version';
  /** Readings of what is written, scale included: `1.200` is 1.2 in one language and 1200 in another. */
  readonly values: readonly number[];
  /** Base unit and its factor; null where none is written. */
  readonly unit: { readonly base: string; readonly factor: number } | null;
  /** What it is said of one of, `per day`, `/h`: its base unit and factor, or its stem; '' where none is written. */
  readonly per: string;
  /** Stem of the word that is counted, or ''. */
  readonly noun: string;
  readonly hedge: 'exact' | 'about' | 'atLeast' | 'atMost';
  /** Significant digits. */
  readonly digits: number;
  /** How often it may be exceeded where it is a lower bound, or be fallen short of: "hundreds" are up to a thousand. */
  readonly reach: number;
  /** Its figures as they are written, or ''. */
  readonly written: string;
  /** Said as a year: it counts nothing. */
  readonly isYear: boolean;
  /** Written in letters, where "two" may count something that is not said. */
  readonly inWords: boolean;
  readonly start: number;
  readonly end: number;
}

const NUMBER = new RegExp(
  String.raw`(?<![\p{L}\p{N}_]|\p{L}-|\d[.,])(?<minus>(?<![\p{N})])[-−–]|(?:minus|negative)\s|(?<=\b(?:to|of|at|from|by|is|was|were|auf|bei|von|um|à|de)\s)[-−–]\s)?(?<cur>${CURRENCY}\s?)?(?:(?<frac>${FRACTION})|(?<n>\d+(?:[ \u00A0\u202F'’]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,]\d+)*|(?<![.\d])\.\d+))(?:${POWER})?(?<ord>st|nd|rd|th|\.(?=\s\p{Ll}))?`,
  'gu',
);
const CLOCK =
  /(?<![\d:.,])(?<h>\d{1,3})(?::(?<m>[0-5]\d)(?::(?<s>[0-5]\d))?(?!\d)(?:\s?(?<half>[ap])\.?m\b)?|\s?(?<only>[ap])\.?m\b)/gi;
const YEAR_BEFORE =
  /(?:^|\b(?:in|since|by|until|till|from|to|of|and|or|during|before|after|around|for|early|late|mid|year|the|an?|this|its|their|our|im|jahr|seit|bis|wurde|en|depuis|desde|del?|nel)\s|[-–—/(,])$/iu;
const VERSION_BEFORE = /\b(?:version|release|v\.?)\s?$/iu;
const AT_MOST_DENIED = /\b(?:not?|never|nicht|pas) (?:more|later|mehr)(?: than| als)\s*$/iu;
const AT_LEAST_DENIED = /\b(?:not?|never|nicht|pas) (?:less|fewer|earlier|weniger)(?: than| als)\s*$/iu;
const ABOUT =
  /(?:\b(?:about|around|approximately|roughly|some|nearly|almost|circa|ca\.?|approx\.?|etwa|rund|environ|unos|circa)|~)\s*$/iu;
const AT_LEAST =
  /(?:\b(?:at least|more than|over|above|exceed(?:s|ing|ed)?|mehr als|mindestens|plus de|au moins)|[>≥])\s*$/iu;
const AT_MOST = /(?:\b(?:at most|up to|less than|fewer than|under|below|weniger als|höchstens|moins de)|[<≤])\s*$/iu;
/** As far back as a word before a number is looked at. */
const BEFORE = 24;
const BOUND_REACH = 2;

/** In reading order. Dates are read elsewhere: `taken` are the spans they hold. */
export function quantitiesOf(
  written: string,
  taken: readonly { readonly start: number; readonly end: number }[],
): readonly Quantity[] {
  const text = plainDigits(written);
  const found: Quantity[] = [];
  // Marked character by character: comparing each with each takes the square of their number.
  const held = new Uint8Array(text.length);
  for (const { start, end } of taken) held.fill(1, start, end);
  for (const each of [clocks, figures, inLetters]) {
    for (const quantity of each(text)) {
      if (held.subarray(quantity.start, quantity.end).includes(1)) continue;
      held.fill(1, quantity.start, quantity.end);
      found.push(quantity);
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

function* clocks(text: string): Generator<Quantity> {
  for (const match of text.matchAll(CLOCK)) {
    const { h = '', m = '0', s, only } = match.groups ?? {};
    const half = match.groups?.['half'] ?? only;
    const hour = (Number(h) % (half === undefined ? Infinity : 12)) + (half?.toLowerCase() === 'p' ? 12 : 0);
    const value = (hour * 60 + Number(m)) * 60 + Number(s ?? 0);
    yield { ...bare(match.index, match.index + match[0].length), kind: 'time', values: [value], digits: 6 };
  }
}

function* figures(text: string): Generator<Quantity> {
  for (const match of text.matchAll(NUMBER)) {
    const { n = '', frac, cur, ord, minus } = match.groups ?? {};
    const start = match.index;
    const after = start + match[0].length;
    const hedge = hedgeBefore(text, start);
    const isLong = /^\d+(?:\.\d+){2,}$/.test(n) && !/^\d{1,3}(?:\.\d{3})+$/.test(n);
    if (isLong || VERSION_BEFORE.test(text.slice(Math.max(0, start - BEFORE), start))) {
      yield { ...bare(start, after), kind: 'version', values: n.split('.').map(Number), hedge, written: n };
      continue;
    }
    if (frac !== undefined && cur === undefined && /^\s+(?:of|the)\b/.test(text.slice(after, after + 8))) {
      yield { ...bare(start, after), ...share(100 * fractionOf(frac)), hedge };
      continue;
    }
    const isOrdinal = ord !== undefined;
    const measure = isOrdinal
      ? { scale: 1, unit: null, noun: '', end: after }
      : measureAt(text, after, cur !== undefined);
    const sign = minus === undefined || /\d\s?$/.test(text.slice(0, start)) ? 1 : -1;
    const plain = frac === undefined ? readings(n) : [fractionOf(frac)];
    yield {
      ...bare(start, measure.end),
      kind: isOrdinal ? 'ordinal' : 'amount',
      values: plain.map((value) => sign * raised(value, match.groups ?? {}) * measure.scale),
      unit: cur === undefined ? measure.unit : currencyOf(cur),
      per: isOrdinal ? '' : perAt(text, measure.end),
      noun: measure.noun,
      hedge,
      digits: significant(n),
      written: n,
      isYear: measure.unit === null && isYearAt(text, { start, end: after, noun: measure.noun }),
    };
  }
}

function significant(written: string): number {
  const digits = written.replaceAll(/\D/g, '').replace(/^0+/, '');
  return digits.replace(/[.,]/.test(written) ? /$/ : /0+$/, '').length;
}

/** "In 2019 patients died" has a year, "2019 patients died" a number of them. */
function isYearAt(text: string, { start, end, noun }: Pick<Quantity, 'start' | 'end' | 'noun'>): boolean {
  if (!/^(?:1\d|2[01])\d\d$/.test(text.slice(start, end))) return false;
  return noun === '' || (start > 0 && YEAR_BEFORE.test(text.slice(Math.max(0, start - BEFORE), start)));
}

function* inLetters(text: string): Generator<Quantity> {
  for (const { value, ordinal, reach, isShare, start, end: after } of numbersInWords(text)) {
    if (isShare === true) {
      yield { ...bare(start, after), ...share(value), hedge: hedgeBefore(text, start), inWords: true };
      continue;
    }
    const measure = measureAt(text, after, false);
    const kind = ordinal ? 'ordinal' : 'amount';
    const { unit, noun, end } = ordinal ? { unit: null, noun: '', end: after } : measure;
    const hedge = reach === undefined ? hedgeBefore(text, start) : 'atLeast';
    yield {
      ...bare(start, end),
      kind,
      reach: reach ?? BOUND_REACH,
      values: [value * (ordinal ? 1 : measure.scale)],
      unit,
      per: ordinal ? '' : perAt(text, end),
      noun,
      hedge,
      inWords: true,
    };
  }
}

/** A part of a whole, told in percent: two thirds are 67, 66.7 or 66.67 %. */
function share(percent: number): Pick<Quantity, 'values' | 'unit' | 'digits'> {
  const values = [2, 3, 4].map((digits) => Number(percent.toPrecision(digits)));
  return { values: [...new Set(values)], unit: { base: '%', factor: 1 }, digits: 2 };
}

function bare(start: number, end: number): Quantity {
  return {
    kind: 'amount',
    values: [],
    unit: null,
    per: '',
    noun: '',
    hedge: 'exact',
    digits: 1,
    reach: BOUND_REACH,
    written: '',
    isYear: false,
    inWords: false,
    start,
    end,
  };
}

function hedgeBefore(text: string, start: number): Quantity['hedge'] {
  const before = text.slice(Math.max(0, start - BEFORE), start);
  if (AT_MOST_DENIED.test(before)) return 'atMost';
  if (AT_LEAST_DENIED.test(before)) return 'atLeast';
  if (AT_LEAST.test(before)) return 'atLeast';
  if (AT_MOST.test(before)) return 'atMost';
  return ABOUT.test(before) ? 'about' : 'exact';
}

const HEDGED = 0.05;
/** Bases that measure the same, though no factor leads from one to the other. */
const DIMENSIONS: ReadonlyMap<string, string> = new Map([
  ['month', 'second'],
  ['°F', '°C'],
]);

/** How a number stands to those of the evidence: one says it, one says otherwise of the same, or none speaks of it. */
export function quantityStands(
  claimed: Quantity,
  evidence: readonly Quantity[],
  years: ReadonlySet<number>,
): 'agrees' | 'differs' | 'absent' {
  const alike = evidence.filter((other) => areOfOneKind(claimed, other) && areComparable(claimed, other));
  const equal = alike.filter((other) => areEqual(claimed, other));
  const countsElsewhere = (other: Quantity): boolean =>
    claimed.noun !== '' &&
    other.noun !== '' &&
    other.noun !== claimed.noun &&
    alike.some((one) => one.noun === claimed.noun && !equal.includes(one));
  if (equal.some((other) => !countsElsewhere(other))) return 'agrees';
  if (claimed.isYear && claimed.values.some((value) => years.has(value))) return 'agrees';
  const speaksOfIt = (other: Quantity): boolean =>
    claimed.unit === null
      ? claimed.noun === '' || other.noun === claimed.noun
      : dimensionOf(other) === dimensionOf(claimed);
  return evidence.some((other) => areOfOneKind(claimed, other) && speaksOfIt(other)) ? 'differs' : 'absent';
}

function dimensionOf({ unit }: Quantity): string {
  return unit === null ? '' : (DIMENSIONS.get(unit.base) ?? unit.base);
}

/** "SQLite 3.46" says what "version 3.46" says. */
function areOfOneKind(a: Quantity, b: Quantity): boolean {
  const isPlain = ({ kind, unit, written }: Quantity): boolean =>
    kind === 'version' || (kind === 'amount' && unit === null && written !== '');
  return a.kind === b.kind || ((a.kind === 'version' || b.kind === 'version') && isPlain(a) && isPlain(b));
}

/** Of one base unit; or one of them without, where nothing else is counted: a column of a table names its unit elsewhere. */
function areComparable(a: Quantity, b: Quantity): boolean {
  // A year in the evidence bears out no amount.
  if ((a.isYear && b.noun !== '' && !b.isYear) || (b.isYear && a.noun !== '' && !a.isYear)) return false;
  if (a.per !== '' && b.per !== '' && a.per !== b.per) return false;
  if (a.unit !== null && b.unit !== null) return a.unit.base === b.unit.base;
  if (a.unit === null && b.unit === null) return true;
  return (a.unit === null ? a : b).noun === '';
}

export function areEqual(a: Quantity, b: Quantity): boolean {
  // 1.2 and 1.20 are one number and two versions.
  if (a.kind === 'version' || b.kind === 'version') return a.written === b.written;
  const both = a.unit !== null && b.unit !== null;
  const left = a.values.map((value) => value * (both ? (a.unit?.factor ?? 1) : 1));
  const right = b.values.map((value) => value * (both ? (b.unit?.factor ?? 1) : 1));
  // What is written alike is read alike: 4.500 l is not 4.500 ml in any language.
  const isOneSpelling = left.length === right.length;
  return left.some((one, at) =>
    right.some((other, place) => (!isOneSpelling || at === place) && stands(one, other, { a, b })),
  );
}

/** Of one number: "50" and "up to 50" say not the same as "less than 50" and "at least 50". */
function isHeld(claimed: Quantity['hedge'], said: Quantity['hedge']): boolean {
  return claimed === said || said === 'exact' || said === 'about';
}

function stands(claimed: number, said: number, { a, b }: { readonly a: Quantity; readonly b: Quantity }): boolean {
  const off = Math.abs(claimed - said);
  if (off <= 1e-9 * Math.max(Math.abs(claimed), Math.abs(said))) return isHeld(a.hedge, b.hedge);
  if (a.kind !== 'amount') return false;
  // "More than 1,000" of 1,187; of 5,000 it would be said otherwise, and of "more than 2,000" it is another bound.
  if (a.hedge === 'atLeast' && b.hedge !== 'atLeast') return said > claimed && said <= a.reach * claimed;
  if (a.hedge === 'atMost' && b.hedge !== 'atMost') return said < claimed && said * a.reach >= claimed;
  if (a.hedge === 'about') return off <= HEDGED * Math.abs(said);
  // Also "1990", whose zero would pass for rounding.
  if (a.isYear && b.isYear) return false;
  // 3.7 million for 3,694,000; one digit alone rounds too much away, and four are meant as they stand.
  return a.digits >= 2 && a.digits < 4 && Number(said.toPrecision(a.digits)) === claimed;
}
