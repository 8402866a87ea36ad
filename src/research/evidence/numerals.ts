/** How numbers are written in figures, of whatever script: `1,200`, `٥٠٠`, `10⁻⁵`, `5×10^3`, `1e-9`, `5½`. */

const DECIMAL = /\p{Nd}/u;
const FORMS: ReadonlyMap<string, string> = new Map([
  ['٫', '.'],
  ['٬', ','],
  ['．', '.'],
  ['，', ','],
  ['％', '%'],
  ['：', ':'],
]);

/** The same text, unit by unit, with the digits of all scripts as those of ASCII. Digits beyond the first plane stay. */
export function plainDigits(text: string): string {
  return text.replaceAll(/(?![0-9])\p{Nd}|[٫٬．，％：]/gu, (unit) => {
    if (unit.length > 1 || !DECIMAL.test(unit)) return FORMS.get(unit) ?? unit;
    // The ten digits of a script follow one another, and nothing that is a digit stands before its zero.
    let value = 0;
    while (DECIMAL.test(String.fromCharCode(unit.charCodeAt(0) - value - 1))) value += 1;
    return String(value);
  });
}

const HIGH = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const EXPONENT = String.raw`(?:\^|\*\*)\(?(?<exp>[-−–+]?\d{1,4})\)?|(?<high>[⁺⁻]?[${HIGH}]{1,4})`;
/** Behind a number: what it is raised to, or the power of ten it is multiplied by. */
export const POWER: string = String.raw`(?:[eE](?<e>[-−+]?\d{1,3})(?![\p{L}\p{N}])|(?<ten>\s?[×x·⋅*]\s?10)?(?:${EXPONENT}))`;

/** What a number stands for with its power; `groups` of `POWER`. */
export function raised(value: number, { e, ten, exp, high }: Readonly<Record<string, string | undefined>>): number {
  const written = e ?? exp ?? high;
  if (written === undefined) return value;
  const digits = Array.from(written, (sign) => (HIGH.includes(sign) ? String(HIGH.indexOf(sign)) : sign)).join('');
  const power = Number(digits.replace(/[−–⁻]/, '-').replace('⁺', '+'));
  return e === undefined && ten === undefined ? value ** power : value * 10 ** power;
}

/** `⅔`, `5½`, `5 ½`. */
export const FRACTION: string = String.raw`(?:\d{1,9}\s?)?[¼-¾⅐-⅞↉]`;

export function fractionOf(written: string): number {
  const sign = written.slice(-1);
  const [above = '', below = ''] = sign.normalize('NFKC').split('⁄');
  return Number(written.slice(0, -1)) + Number(above) / Number(below);
}

/** `1,200` has one reading, `1.200` two, `3,5` is 3.5. */
export function readings(written: string): readonly number[] {
  const plain = written.replaceAll(/[ \u00A0\u202F'’]/g, '');
  if (/^\d{1,3}(?:,\d{2,3})+$/.test(plain) && plain.split(',').at(-1)?.length === 3)
    return [Number(plain.replaceAll(',', ''))];
  if (/^\d{1,3}(?:\.\d{3})+$/.test(plain)) {
    const grouped = Number(plain.replaceAll('.', ''));
    return plain.indexOf('.') === plain.lastIndexOf('.') ? [Number(plain), grouped] : [grouped];
  }
  const [last = ''] = /[.,]\d+$/.exec(plain) ?? [];
  const whole = plain.slice(0, plain.length - last.length).replaceAll(/[.,]/g, '');
  return [Number(`${whole}${last.replace(',', '.')}`)];
}

const TOKEN = /[\p{L}\p{M}\p{N}_]+(?:[-‐‑–.][\p{L}\p{M}\p{N}_]+)*/gu;

/** Words with figures in them, lower case and in plain digits, that are in none of the spans `taken` by what was read of the text: `pre-500`, `x86`, `Ⅻ`, `𝟓`. */
export function unreadNumerals(
  text: string,
  taken: readonly { readonly start: number; readonly end: number }[],
): readonly string[] {
  const held = new Uint8Array(text.length);
  for (const { start, end } of taken) held.fill(1, start, end);
  return Array.from(text.matchAll(TOKEN)).flatMap(({ 0: token, index }) => {
    const figures = Array.from(token.matchAll(/\p{N}/gu), (figure) => index + figure.index);
    const isRead = figures.every((at) => held[at] === 1);
    return isRead ? [] : [spelled(token)];
  });
}

function spelled(token: string): string {
  return token.normalize('NFKC').toLowerCase().replaceAll(/[‐–]/g, '-');
}

/** Words with figures in them, and their parts: `x86-64` holds `x86`. */
export function numeralsIn(text: string): ReadonlySet<string> {
  const all = unreadNumerals(text, []);
  return new Set([...all, ...all.flatMap((token) => token.split(/[-.]/))]);
}
