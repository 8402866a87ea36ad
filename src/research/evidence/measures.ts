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
      ['$ us$ usd dollar dollars', '$', 1],
      ['€ eur euro euros', '€', 1],
      ['£ gbp pound pounds', '£', 1],
      ['¥ jpy yen', '¥', 1],
      ['cny rmb yuan renminbi', 'yuan', 1],
      ['₹ inr rupee rupees', '₹', 1],
      ['₩ krw', '₩', 1],
      ['₽ rub rouble roubles ruble rubles', '₽', 1],
      ['chf franken', 'chf', 1],
      ['sek', 'sek', 1],
      ['nok', 'nok', 1],
      ['dkk', 'dkk', 1],
      ['a$ aud', 'aud', 1],
      ['c$ cad', 'cad', 1],
      ['nz$ nzd', 'nzd', 1],
      ['hk$ hkd', 'hkd', 1],
      ['ha hectare hectares hektar', 'metre^2', 1e4],
      ['acre acres', 'metre^2', 4046.856],
      ['mole moles mol', 'mole', 1],
      ['mmol millimole millimoles', 'mole', 1e-3],
      ['µmol umol', 'mole', 1e-6],
      ['nmol', 'mole', 1e-9],
      ['kmol', 'mole', 1e3],
      ['joule joules', 'joule', 1],
      ['kj kilojoule kilojoules', 'joule', 1e3],
      ['mj megajoule megajoules', 'joule', 1e6],
      ['gj', 'joule', 1e9],
      ['cal', 'calorie', 1],
      ['kcal', 'calorie', 1e3],
      ['gwh', 'watt hour', 1e9],
      ['twh', 'watt hour', 1e12],
      ['tw terawatt terawatts', 'watt', 1e12],
      ['pb pib petabyte petabytes', 'byte', 1024 ** 5],
    ] as const
  ).flatMap(([spellings, base, factor]) => spellings.split(' ').map((spelling) => [spelling, [base, factor]] as const)),
);

const FURTHER_CASED: ReadonlyMap<string, readonly [base: string, factor: number]> = new Map([
  ['mJ', ['joule', 1e-3]],
  ['Pb', ['bit', 1e15]],
]);

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
  ['mrd', 1e9],
  ['tausend', 1e3],
  ['mille', 1e3],
  ['mil', 1e3],
]);

const WORD_AFTER = /^(?:[\s\u00A0\u202F-]{0,2})(?<word>per cent|pour cent|[%€£$¥₹₩₽‰]|°[CF]|[\p{L}µμ]+)/u;

/** A currency before its sum. */
export const CURRENCY: string = String.raw`(?:(?:US|NZ|HK|A|C)?\$|[€£¥₹₩₽]|(?:USD|EUR|GBP|JPY|CNY|RMB|INR|KRW|RUB|CHF|SEK|NOK|DKK|AUD|CAD|NZD|HKD)(?=\s?[.\d]))`;

/** What of ISO 4217 is or was paid with, and what is written beside it for the yuan, Taiwan's dollar and coins that nobody mints. */
export const CURRENCY_CODES: readonly string[] =
  `AED AFN AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY CRC
  CVE CZK DEM DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP FRF GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK
  ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR
  MZN NAD NGN NIO NOK NPR NZD OMR PAB PGK PKR PLN PYG QAR RMB RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SRD SSP
  STN SVC SYP SZL THB TJS TMT TND TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
  ADP AFA ANG ATS AZM BEF BYB BYR CHE CHW CLF CSD CUC CYP ECS EEK ESP FIM GHC GRD HRK IEP LTL LUF LVL MGF MRO MTL MXV MZM NLG PTE
  ROL RUR SDD SIT SKK SLL SRG STD TMM TRL USN UYI VEB VEF XCG XEU XDR XSU XUA YUM ZMK ZWD ZWL ZWR CNH NTD BTC ETH`.split(
    /\s+/,
  );
/** Further ones, which are words and names as well: `PHP 8`, `COP 26`, `TOP 10`. */
export const CURRENCY_CODES_OR_NAMES: readonly string[] = 'ALL COP CUP PEN PHP SOS TOP TRY'.split(' ');

export function currencyOf(written: string): Measure['unit'] {
  const [base, factor] = unitOf(fold(written.trim())) ?? [written.trim(), 1];
  return { base, factor };
}

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
  let point = 0;
  for (let word = wordAt(text, end); word !== null; word = wordAt(text, end)) {
    // "5 m" is a length, "$5m" is money.
    const isShort = word.spelled.length === 1;
    const factor = SCALES.get(word.spelled) ?? FURTHER_SCALES.get(word.spelled);
    if (factor === undefined || (isShort && word.spelled !== 'k' && !isMoney)) break;
    scale *= factor;
    end = word.end;
    // "5 Mio. Euro": the point is the abbreviation's where a unit follows.
    point = POINTED.test(text.slice(word.end - 4, word.end + 1)) ? 1 : 0;
  }
  const set = SET_OUT.exec(text.slice(end, end + 32));
  const word = wordAt(text, end + point + (set?.[0].length ?? 0));
  if (word === null) return { scale, unit: null, noun: '', end };
  const cased = CASED_UNITS.get(word.written) ?? FURTHER_CASED.get(word.written);
  const known = cased ?? unitOf(word.spelled === 'pour cent' ? '%' : word.spelled);
  // A single letter is a unit where it is written as one: "5 m", not "5 I".
  const isUnit = known !== undefined && (word.spelled.length > 1 || /^[%€£$¥₹₩₽BsmhgWVtlK]$/.test(word.written));
  if (isUnit) {
    const { power, length } = powerAt(text, word.end, set?.groups?.['of']);
    const base = power === 1 ? known[0] : `${known[0]}^${power}`;
    return { scale, unit: { base, factor: known[1] ** power }, noun: '', end: word.end + length };
  }
  return { scale, unit: null, noun: point === 0 ? (stems(word.written)[0] ?? '') : '', end };
}

const POINTED = /\P{L}(?:mio|mrd)\.$/iu;

/** "Square miles", "cubic metres". */
const SET_OUT = /^[\s\u00A0\u202F-]{1,2}(?<of>square|sq\.?|cubic|cu\.?)(?=[\s-]\p{L})/iu;
const SET_HIGH = /^(?:[²³]|\^?[23](?![\p{L}\p{N}]|[.,]\d))/u;

/** `km²`, `m^3`, `m2`: an area is no length. */
function powerAt(text: string, at: number, before: string | undefined): { power: 1 | 2 | 3; length: number } {
  if (before !== undefined) return { power: /^sq/i.test(before) ? 2 : 3, length: 0 };
  const [high = ''] = SET_HIGH.exec(text.slice(at, at + 4)) ?? [];
  return { power: high === '' ? 1 : /[2²]/.test(high) ? 2 : 3, length: high.length };
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
