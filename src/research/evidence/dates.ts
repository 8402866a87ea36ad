/** Dates in sentences, however they are written, as far as they say year, month and day. */

import { fold } from '../../core/words.ts';

export interface DateSaid {
  readonly year: number | null;
  readonly month: number | null;
  readonly day: number | null;
  readonly start: number;
  readonly end: number;
}

/** Months in seven languages, by the beginning of their folded names: enough of each to tell it from every other word. */
const MONTHS: readonly (readonly [month: number, names: string])[] = [
  [1, 'jan january januar janvier enero gennaio janeiro januari'],
  [2, 'feb february februar fevrier febrero febbraio fevereiro februari'],
  [3, 'mar march marz mars marzo marco maart'],
  [4, 'apr april avril abril aprile'],
  [5, 'may mai mayo maggio maio mei'],
  [6, 'jun june juni juin junio giugno junho'],
  [7, 'jul july juli juillet julio luglio julho'],
  [8, 'aug august aout agosto augustus'],
  [9, 'sep sept september septembre septiembre settembre setembro'],
  [10, 'oct october oktober octobre octubre ottobre outubro okt'],
  [11, 'nov november novembre noviembre novembro'],
  [12, 'dec december dezember decembre diciembre dicembre dezembro dez'],
];
const MONTH_OF: ReadonlyMap<string, number> = new Map(
  MONTHS.flatMap(([month, names]) => names.split(' ').map((name) => [name, month] as const)),
);

const YEAR = String.raw`(?<y>1\d{3}|20\d\d)(?!\d)`;
const DAY = String.raw`(?<![\d.,])(?<d>[0-3]?\d)`;
const NAME = String.raw`(?<mon>\p{L}{3,10})\.?`;
const WRITTEN: readonly RegExp[] = [
  new RegExp(String.raw`(?<![\d-])${YEAR}-(?<m>0[1-9]|1[0-2])(?:-(?<d>[0-3]\d))?(?![\d-])`, 'gu'),
  new RegExp(String.raw`${DAY}[./](?<m>[01]?\d)[./]${YEAR}`, 'gu'),
  new RegExp(String.raw`${DAY}(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?${NAME}(?:,?\s+(?:de\s+)?${YEAR})?`, 'gu'),
  new RegExp(String.raw`(?<!\p{L})${NAME}\s+(?<d>[0-3]?\d)(?:st|nd|rd|th)?(?![\d.,]\d|\d)(?:,?\s+${YEAR})?`, 'gu'),
  new RegExp(String.raw`(?<!\p{L})${NAME}\s+(?:of\s+|de\s+)?${YEAR}`, 'gu'),
];
/** A month alone is one only where it cannot be another word or a name: "he may", "they march", "of Jan Hus", "to Mars". */
const ALONE =
  /(?<!\p{L})(?<before>(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Ff]rom|to|of|and|[Ii]m|[Ss]eit|[Bb]is|[Ee]n|[Dd]epuis|[Jj]usqu.en)\s+)?(?<mon>\p{Lu}\p{Ll}{2,9})(?!\p{L})/gu;

/** Behind these a name or any German noun may follow the month: "in March Germany voted", "als im Mai Schnee fiel". */
const WHEN = /^(?:in|since|until|im|seit|bis|en|depuis)\s/iu;

/** "Marched in May Day rallies", "upsets in March Madness": no time is told. */
const EVENT = /^\s(?:Day|Madness)(?!\p{L})/u;
const LONGEST_EVENT = 10;

/** In reading order, not overlapping; the fuller reading wins. */
export function datesOf(text: string): readonly DateSaid[] {
  const found: DateSaid[] = [];
  const isFree = (start: number, end: number): boolean => found.every((one) => end <= one.start || start >= one.end);
  for (const pattern of WRITTEN) {
    for (const match of text.matchAll(pattern)) {
      const date = dateOf(match);
      if (date !== null && isFree(date.start, date.end)) found.push(date);
    }
  }
  for (const match of text.matchAll(ALONE)) {
    const { mon = '', before = '' } = match.groups ?? {};
    const month = monthOf(mon);
    const end = match.index + match[0].length;
    const isBeforeName =
      /^\s\p{Lu}/u.test(text.slice(end, end + 2)) && !(WHEN.test(before) && (mon.length > 3 || month === 5));
    const isName = mon === 'Mars' || isBeforeName || EVENT.test(text.slice(end, end + LONGEST_EVENT));
    const isSure = (before !== '' && !isName) || (mon.length > 3 && month !== 3 && month !== 5);
    if (month !== null && isSure && isFree(end - mon.length, end)) {
      found.push({ year: null, month, day: null, start: end - mon.length, end });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

function monthOf(name: string): number | null {
  return MONTH_OF.get(fold(name)) ?? null;
}

function dateOf(match: RegExpExecArray): DateSaid | null {
  const { y, m, mon, d } = match.groups ?? {};
  const month = m === undefined ? monthOf(mon ?? '') : Number(m);
  const day = d === undefined ? null : Number(d);
  const isReal = month !== null && month >= 1 && month <= 12 && (day === null || (day >= 1 && day <= 31));
  if (!isReal) return null;
  const start = match.index;
  return { year: y === undefined ? null : Number(y), month, day, start, end: start + match[0].length };
}

/** How a date stands to those of the evidence: one says it, one says otherwise, or none speaks of it. */
export function dateStands(
  date: DateSaid,
  dates: readonly DateSaid[],
  years: ReadonlySet<number>,
): 'agrees' | 'differs' | 'absent' {
  const parts = ['year', 'month', 'day'] as const;
  const isSaid = dates.some((other) =>
    parts.every((part) => {
      if (date[part] === null || date[part] === other[part]) return true;
      // "12 June" under the heading of its year.
      return part === 'year' && other.year === null && years.has(date.year ?? 0);
    }),
  );
  if (isSaid) return 'agrees';
  return dates.length > 0 ? 'differs' : 'absent';
}
