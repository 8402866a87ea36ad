/** Which units a question's answer may be told in. */

import { UNITS } from '../../../core/units.ts';

/** What a question's measure is told in. Not a measure of the table: any unit will do. */
const MEASURED: readonly (readonly [measure: RegExp, units: readonly string[]])[] = [
  [/\btorque\b/i, ['nm']],
  [/\b(?:temperature|hot|cold|warm)\b/i, ['°C', '°F', 'degre']],
  [/\b(?:how fast|speed)\b/i, ['metre per second', 'metre', 'second', 'month', 'time']],
  [/\b(?:pressure)\b/i, ['pascal']],
  [/\b(?:voltage)\b/i, ['volt']],
  [/\bpower\b/i, ['watt']],
  [
    /\b(?:price|cost|costs|fee|fare|salary|wage|budget)\b/i,
    ['$', '€', '£', 'eur', 'usd', 'gbp', 'euro', 'dollar', 'pound', ''],
  ],
  [/\b(?:how (?:tall|high|deep|wide|thick|far)|height|depth|width|thickness|length|distance|altitude)\b/i, ['metre']],
  [/\b(?:how heavy|weight|mass)\b/i, ['gram']],
  [
    /\b(?:how (?:long|quickly|soon|late|often)|days|hours|minutes|seconds|weeks|months|years|duration|timeout|what time)\b/i,
    ['second', 'month', 'time'],
  ],
  [/\bsize\b/i, ['byte', 'metre', 'gram', 'litre']],
  [/\b(?:percentage|percent|share)\b/i, ['%']],
];

const COUNTED_UNIT = /\bhow (?:many|much) (\p{L}+)/iu;

/** Units that fit what the question measures, by its first measure; null where it names none. */
export function unitsAsked(question: string): ReadonlySet<string> | null {
  const counted = UNITS.get((COUNTED_UNIT.exec(question)?.[1] ?? '').toLowerCase())?.[0];
  if (counted !== undefined) return new Set(counted === 'second' ? ['second', 'month'] : [counted]);
  const units = MEASURED.find(([measure]) => measure.test(question))?.[1];
  return units === undefined ? null : new Set(units);
}
