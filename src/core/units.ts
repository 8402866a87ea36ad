/** Units and scales of numbers, by their lower-case spelling. */

/** Spellings, base unit, factor. Binary and decimal kilobytes both count as 1024: texts mix them. */
const TABLE: readonly (readonly [spellings: string, unit: string, factor: number])[] = [
  ['b byte bytes', 'byte', 1],
  ['kb kib kilobyte kilobytes', 'byte', 1024],
  ['mb mib megabyte megabytes', 'byte', 1024 ** 2],
  ['gb gib gigabyte gigabytes', 'byte', 1024 ** 3],
  ['tb tib terabyte terabytes', 'byte', 1024 ** 4],
  ['ns nanosecond nanoseconds', 'second', 1e-9],
  ['µs μs us microsecond microseconds', 'second', 1e-6],
  ['ms millisecond milliseconds', 'second', 1e-3],
  ['s sec secs second seconds', 'second', 1],
  ['min mins minute minutes', 'second', 60],
  ['h hr hrs hour hours', 'second', 3600],
  ['day days', 'second', 86_400],
  ['week weeks', 'second', 604_800],
  ['month months', 'month', 1],
  ['year years', 'month', 12],
  ['% percent', '%', 1],
  ['mm millimetre millimetres', 'metre', 1e-3],
  ['cm centimetre centimetres', 'metre', 1e-2],
  ['m metre metres meter meters', 'metre', 1],
  ['inch inches', 'metre', 0.0254],
  ['ft foot feet', 'metre', 0.3048],
  ['mi mile miles', 'metre', 1609.344],
  ['km kilometre kilometres kilometer kilometers', 'metre', 1000],
  ['g gram grams', 'gram', 1],
  ['kg kilogram kilograms', 'gram', 1000],
  ['lb lbs', 'gram', 453.592],
  ['t tonne tonnes', 'gram', 1e6],
  ['mg', 'gram', 1e-3],
  ['µg μg', 'gram', 1e-6],
  ['l litre litres liter liters', 'litre', 1],
  ['ml millilitre millilitres', 'litre', 1e-3],
  ['nm', 'nm', 1],
  ['pa pascal', 'pascal', 1],
  ['hpa', 'pascal', 100],
  ['kpa', 'pascal', 1e3],
  ['mbar millibar', 'pascal', 100],
  ['bar bars', 'pascal', 1e5],
  ['v volt volts', 'volt', 1],
  ['kv', 'volt', 1e3],
  ['amp amps ampere amperes', 'ampere', 1],
  ['kn knot knots', 'metre per second', 0.5144],
  ['wh', 'watt hour', 1],
  ['kwh', 'watt hour', 1e3],
  ['mwh', 'watt hour', 1e6],
  ['°c', '°C', 1],
  ['°f', '°F', 1],
  ['hz', 'hertz', 1],
  ['khz', 'hertz', 1e3],
  ['mhz', 'hertz', 1e6],
  ['ghz', 'hertz', 1e9],
  ['w watt watts', 'watt', 1],
  ['kw kilowatt kilowatts', 'watt', 1e3],
  ['mw megawatt megawatts', 'watt', 1e6],
  ['gw gigawatt gigawatts', 'watt', 1e9],
];

/** Base unit and factor by spelling. */
export const UNITS: ReadonlyMap<string, readonly [unit: string, factor: number]> = new Map([
  ...TABLE.flatMap(([spellings, unit, factor]) =>
    spellings.split(' ').map((spelling) => [spelling, [unit, factor]] as const),
  ),
  ['per cent', ['%', 1]],
]);

/** Units whose case tells them from another: read as written, before the table of lower-case spellings. */
export const CASED_UNITS: ReadonlyMap<string, readonly [unit: string, factor: number]> = new Map([
  ['mW', ['watt', 1e-3]],
  ['mWh', ['watt hour', 1e-3]],
  ['mHz', ['hertz', 1e-3]],
  ['mPa', ['pascal', 1e-3]],
  ['MPa', ['pascal', 1e6]],
  ['mV', ['volt', 1e-3]],
  ['MV', ['volt', 1e6]],
  ['Mg', ['gram', 1e6]],
  ['Mm', ['metre', 1e6]],
  ['Mb', ['bit', 1e6]],
  ['Gb', ['bit', 1e9]],
  ['Tb', ['bit', 1e12]],
]);

/** Every unit that has a table of its own, against the nouns that a text counts by. */
export const BASE_UNITS: ReadonlySet<string> = new Set([...UNITS.values()].map(([unit]) => unit));

export const SCALES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
  ['k', 1e3],
  ['bn', 1e9],
]);
