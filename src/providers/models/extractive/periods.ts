/** Parts of a year (a month, a day, a quarter, a week): which ones a task asks for, and which one a source is of. */

import type { Source } from '../../../core/source.ts';

/** What is not said of it is null. */
export interface Period {
  readonly year: number | null;
  readonly quarter: number | null;
  readonly month: number | null;
  readonly week: number | null;
  readonly day: number | null;
}

const YEAR = String.raw`(?:19|20)\d\d`;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const ORDINALS = ['first', 'second', 'third', 'fourth'];
const NUMBERED = new RegExp(
  String.raw`(?<!\d)(?<year>${YEAR})[-./](?<month>0[1-9]|1[0-2])(?:[-./](?<day>0[1-9]|[12]\d|3[01]))?(?!\d)`,
  'g',
);
const NAMED = new RegExp(
  String.raw`(?:\b(?<before>${YEAR})[-/ ]*)?\b(?:` +
    String.raw`(?:(?<early>[0-3]?\d)(?:st|nd|rd|th)?\.? (?:of )?)?(?<month>${MONTH})(?:[ -](?<late>[0-3]?\d)(?:st|nd|rd|th)?(?!\d))?|` +
    String.raw`q(?<quarter>[1-4])|(?<ordinal>${ORDINALS.join('|')}) quarter|(?:week|wk|cw|kw)[ -]?(?<week>[0-5]?\d))\b` +
    String.raw`(?:[-/,. ]*(?:(?:of|in) )?(?<after>${YEAR})\b)?`,
  'gi',
);
/** "You may …": the month in small letters, or as the first word of a sentence, is none without a word of time before it. */
const TIME_BEFORE = /\b(?:in|of|on|since|before|after|until|till|by|from|to|last|this)\s$|[\p{L}\d]-$/iu;
const NONE: Period = { year: null, quarter: null, month: null, week: null, day: null };

export function periodsIn(text: string): readonly Period[] {
  const plain = text.replaceAll('_', '-');
  const numbered = [...plain.matchAll(NUMBERED)].map(({ groups = {} }): Period => ({
    ...NONE,
    year: numberOf(groups['year']),
    month: numberOf(groups['month']),
    day: numberOf(groups['day']),
  }));
  const named = [...plain.matchAll(NAMED)]
    .filter((match) => isMonth(match, plain))
    .map(({ groups = {} }): Period => ({
      year: numberOf(groups['before'] ?? groups['after']),
      quarter: numberOf(groups['quarter']) ?? placeIn(ORDINALS, groups['ordinal']),
      month: placeIn(MONTHS, groups['month']?.slice(0, 3)),
      week: numberOf(groups['week']),
      day: numberOf(groups['early'] ?? groups['late']),
    }));
  return [...numbered, ...named];
}

function isMonth({ 0: whole, index, groups = {} }: RegExpExecArray, text: string): boolean {
  const month = groups['month'];
  if (month?.toLowerCase() !== 'may' || whole.length > month.length) return true;
  const before = text.slice(0, index);
  return TIME_BEFORE.test(before) || (month === 'May' && /[^.?!:\s]\s+$/u.test(before));
}

function numberOf(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}

function placeIn(names: readonly string[], name: string | undefined): number | null {
  return name === undefined ? null : names.indexOf(name.toLowerCase()) + 1;
}

/**
 * The part of a year that a source reports on: what its name says, or the month of its date. Null where the name tells a
 * year and no more: the date of a yearly edition is the day it was written.
 */
function periodOf({ title, location, date }: Source): Period | null {
  const name = `${title} ${location.split('/').at(-1) ?? ''}`;
  const [named] = periodsIn(name);
  if (named !== undefined || new RegExp(String.raw`(?<!\d)${YEAR}(?!\d)`).test(name)) return named ?? null;
  const [dated] = periodsIn(date ?? '');
  return dated === undefined ? null : { ...dated, day: null };
}

/** Whether a source is of one of the periods asked for. */
export function isOfPeriod(source: Source, asked: readonly Period[]): boolean {
  const own = asked.length === 0 ? null : periodOf(source);
  return own !== null && asked.some((period) => isWithin(own, period));
}

/** Whether one period is part of another, as far as both are said; the coarser of two holds the finer either way. */
export function isWithin(own: Period, asked: Period): boolean {
  if (differ(own.year, asked.year) || differ(own.day, asked.day)) return false;
  if (asked.week !== null) return own.week === asked.week;
  if (asked.quarter !== null) return quarterOf(own) === asked.quarter;
  return own.month === null ? own.quarter !== null && own.quarter === quarterOf(asked) : own.month === asked.month;
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}

function quarterOf({ quarter, month }: Period): number | null {
  return quarter ?? (month === null ? null : Math.ceil(month / 3));
}
