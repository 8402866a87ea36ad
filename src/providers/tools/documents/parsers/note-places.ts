/** Whether a raised number that links to another page is a note's, by what stands before it and behind it. */

import { UNITS } from '../../../../core/units.ts';

/** Behind ten stands a power whatever it links to. */
export const TEN: RegExp = /(?<![\d.,])10$/u;
const NUMBER = /(?:\d[\d.,’']*)?\d$/u;
/** Behind a power stands none. */
const POWER = /\^[-−–+]?\d+$/u;
/** A sum of money: what is raised behind it are its cents. */
const SUM =
  /(?:\p{Sc}|(?<!\p{L})(?:USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|NZD|HKD|SEK|NOK|DKK|Rs\.?|Fr\.?))\s?\d(?:[\d.,’']|\s\d{3}(?!\d))*$/u;
const CENTS = /^\s*\d\d\s*$/u;
const POINT = /[.,]$/u;
/** What ends a word, a sentence or a percentage. */
const ENDING = /[.,;:!?…%"'”’»]$/u;
const PERCENT = /^\s*(?:%|per\s?cent|pct|prozent|pour\s+cent)/iu;
const WORD = /[\p{L}\p{M}]+$/u;
/** A shorter word is a unit or a variable as often. */
const LEAST_LETTERS = 4;
const LENGTH = /^(?:kilo|hecto|deca|deci|centi|milli|micro|nano|pico|femto)?met(?:re|er)s?$/u;
/** Of mathematics, and units that are squared. */
const RAISED = new Set(
  `alpha beta gamma delta epsilon zeta theta iota kappa lambda omicron sigma upsilon omega sinh cosh tanh coth sech csch arcsin arccos
  arctan arcsinh arccosh arctanh arsinh arcosh artanh sqrt angstrom yard yards kelvin newton newtons joule joules lightyear lightyears
  fathom fathoms furlong furlongs inch inches`.split(/\s+/u),
);
/** A fraction's sign, or the stroke for one where no word follows it. */
const OF_FRACTION = /^(?:⁄|[/∕](?!\s*\p{L}))/u;
/** Its sign, which is nothing else. */
export const FRACTION_SIGN: RegExp = /^⁄/u;

export function isNotePlace(before: string, value: string, after: string): boolean {
  if (before === '' || /\s$/u.test(before) || TEN.test(before) || OF_FRACTION.test(after)) return false;
  const isSum = SUM.test(before);
  if (POINT.test(before) && isSum) return !CENTS.test(value);
  if (ENDING.test(before)) return true;
  const [number] = NUMBER.exec(before) ?? [];
  if (number !== undefined) return !isSum && (POWER.test(before) || PERCENT.test(after) || !isBase(number));
  const word = (WORD.exec(before)?.[0] ?? '').toLowerCase();
  return word.length >= LEAST_LETTERS && !isRaised(word);
}

/** A short number may be raised to any power, and one of these to many: a year, a date or a count is not. */
function isBase(number: string): boolean {
  const digits = number.replaceAll(/\D/gu, '');
  if (digits.length < 3) return digits.length === number.length;
  return /^0*10*$|^0+$/u.test(digits) || Number.isInteger(Math.log2(Number(digits)));
}

function isRaised(word: string): boolean {
  const unit = UNITS.get(word);
  return (unit !== undefined && unit[0] !== '%') || LENGTH.test(word) || RAISED.has(word);
}
