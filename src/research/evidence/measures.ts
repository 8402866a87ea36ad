/** What stands behind a number: its scale, its unit, what it counts, and of what it is said to be one. */

import { CASED_UNITS, SCALES, UNITS } from '../../core/units.ts';
import { fold, stems } from '../../core/words.ts';

/** Spellings of other languages, and words for times that texts are told in. */
const FURTHER_UNITS: ReadonlyMap<string, readonly [base: string, factor: number]> = new Map(
  (
    [
      ['millilitre millilitres milliliter milliliters', 'litre', 1e-3],
      ['millimetre millimeter millimeters', 'metre', 1e-3],
      ['centimeter centimeters', 'metre', 1e-2],
      ['quarter quarters trimester', 'month', 3],
      ['decade decades', 'month', 120],
      ['century centuries', 'month', 1200],
      ['jahr jahre jahren an ans annee annees ano anos anni', 'month', 12],
      ['monat monate monaten mois mes meses mesi', 'month', 1],
      ['woche wochen semaine semaines semana semanas', 'second', 604_800],
      ['tag tage tagen jour jours dia dias giorni', 'second', 86_400],
      ['stunde stunden heure heures hora horas ore', 'second', 3600],
      ['minuten minuto minutos minuti', 'second', 60],
      ['sekunde sekunden seconde secondes segundo segundos secondi', 'second', 1],
      ['prozent pct', '%', 1],
      ['$ usd dollar dollars', '$', 1],
      ['€ eur euro euros', '€', 1],
      ['£ gbp pound pounds', '£', 1],
    ] as const
  ).flatMap(([spellings, base, factor]) => spellings.split(' ').map((spelling) => [spelling, [base, factor]] as const)),
);

const FURTHER_SCALES: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['m', 1e6],
  ['mio', 1e6],
  ['millionen', 1e6],
  ['millions', 1e6],
  ['millones', 1e6],
  ['billions', 1e9],
  ['b', 1e9],
  ['milliarden', 1e9],
  ['milliards', 1e9],
  ['tausend', 1e3],
  ['mille', 1e3],
  ['mil', 1e3],
]);

const WORD_AFTER = /^(?:[\s\u00A0\u202F-]{0,2})(?<word>per cent|pour cent|[%€£$‰]|°[CF]|[\p{L}µμ]+)/u;

interface Measure {
  readonly scale: number;
  readonly unit: { readonly base: string; readonly factor: number } | null;
  readonly noun: string;
  readonly end: number;
}

/** Scale, unit and noun after a number: ` million people`, `%`, `-byte`. */
export function measureAt(text: string, at: number, isMoney: boolean): Measure {
  let end = at;
  let scale = 1;
  for (let word = wordAt(text, end); word !== null; word = wordAt(text, end)) {
    // "5 m" is a length, "$5m" is money.
    const isShort = word.spelled.length === 1;
    const factor = SCALES.get(word.spelled) ?? FURTHER_SCALES.get(word.spelled);
    if (factor === undefined || (isShort && word.spelled !== 'k' && !isMoney)) break;
    scale *= factor;
    end = word.end;
  }
  const word = wordAt(text, end);
  if (word === null) return { scale, unit: null, noun: '', end };
  const known = CASED_UNITS.get(word.written) ?? unitOf(word.spelled === 'pour cent' ? '%' : word.spelled);
  // A single letter is a unit where it is written as one: "5 m", not "5 I".
  const isUnit = known !== undefined && (word.spelled.length > 1 || /^[%€£$BsmhgWVtlK]$/.test(word.written));
  if (isUnit) return { scale, unit: { base: known[0], factor: known[1] }, noun: '', end: word.end };
  return { scale, unit: null, noun: stems(word.written)[0] ?? '', end };
}

function unitOf(spelled: string): readonly [base: string, factor: number] | undefined {
  return UNITS.get(spelled) ?? FURTHER_UNITS.get(spelled);
}

const PER = /^\s?(?:(?<sure>per|pro|par|por|each|\/)|an?)\s?(?<word>\p{L}{1,20})/iu;

/** "5 mg per hour", "5 mg/h", "5 mg an hour"; after an article only what is a unit. */
export function perAt(text: string, at: number): string {
  const { sure, word = '' } = PER.exec(text.slice(at, at + 32))?.groups ?? {};
  const known = unitOf(fold(word));
  if (known !== undefined) return known.join(' ');
  return sure === undefined ? '' : (stems(word)[0] ?? '');
}

function wordAt(
  text: string,
  at: number,
): { readonly written: string; readonly spelled: string; readonly end: number } | null {
  const match = WORD_AFTER.exec(text.slice(at, at + 40));
  const written = match?.groups?.['word'];
  if (match === null || written === undefined) return null;
  return { written, spelled: fold(written).replace(/μ/g, 'µ'), end: at + match[0].length };
}
