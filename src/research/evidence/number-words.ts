/** Numbers written in letters, in English: `two`, `twenty-five`, `three hundred`, `a dozen`, `fourth`. */

interface Spelled {
  readonly value: number;
  readonly ordinal: boolean;
  /** Of "hundreds": how many times as much it may be. */
  readonly reach?: number;
  /** Of a whole: the value is in percent. */
  readonly isShare?: true;
  readonly start: number;
  readonly end: number;
}

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen';
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety';
const ORDINALS = 'second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth';

const VALUES: ReadonlyMap<string, number> = new Map([
  ...ONES.split(' ').map((word, at) => [word, at] as const),
  ...TENS.split(' ').map((word, at) => [word, (at + 2) * 10] as const),
  ['dozen', 12],
]);
const RANKS: ReadonlyMap<string, number> = new Map(ORDINALS.split(' ').map((word, at) => [word, at + 2]));

const WORD = String.raw`(?:${[...VALUES.keys()].join('|')})`;
const CARDINAL = new RegExp(
  String.raw`\b(?<first>${WORD})(?:[- ](?<rest>${ONES.split(' ').slice(1, 10).join('|')}))?\b`,
  'gi',
);
const ORDINAL = new RegExp(String.raw`\b(?<rank>${ORDINALS.split(' ').join('|')})\b`, 'gi');

const PARTS: ReadonlyMap<string, number> = new Map([
  ['half', 2],
  ['third', 3],
  ['quarter', 4],
  ...ORDINALS.split(' ')
    .slice(2)
    .map((word, at) => [word, at + 4] as const),
]);
const SOME = ONES.split(' ').slice(2, 10).join('|');
const PART = [...PARTS.keys()].join('|');
/** "Half the patients", "two thirds", "a quarter of all"; but "a third man", "three quarters without growth", "half of an hour". */
const SHARE = new RegExp(
  String.raw`\b(?:(?<times>${SOME})[\s-]+(?<parts>(?:${PART})(?<!quarter)s)\b|(?:(?:(?:a|one)[\s-]+(?<part>${PART})|(?<many>${SOME})[\s-]+quarters|half)(?=\s+(?:of\s+(?!an?\b)|the\b|all\b))))`,
  'gi',
);

function* shares(text: string): Generator<Spelled> {
  for (const { 0: written, index, groups } of text.matchAll(SHARE)) {
    const { times, parts, part, many } = groups ?? {};
    const above = VALUES.get((times ?? many ?? 'one').toLowerCase()) ?? 1;
    const named = many === undefined ? (parts?.slice(0, -1) ?? part ?? 'half') : 'quarter';
    const value = (100 * above) / (PARTS.get(named.toLowerCase()) ?? 1);
    yield { value, ordinal: false, isShare: true, start: index, end: index + written.length };
  }
}

const ROUND: ReadonlyMap<string, number> = new Map([
  ['dozens', 12],
  ['scores', 20],
  ['hundreds', 100],
  ['thousands', 1e3],
  ['millions', 1e6],
  ['billions', 1e9],
  ['trillions', 1e12],
]);
const ROUND_WORD = [...ROUND.keys()].join('|');
/** "Hundreds of patients", "tens of thousands": no more is said of them than how many digits they have. */
const ROUGH = new RegExp(String.raw`\b(?:(?<tens>tens|hundreds)\s+of\s+)?(?<round>${ROUND_WORD})\b`, 'gi');
const ROUGH_REACH = 10;

function* roughNumbers(text: string): Generator<Spelled> {
  for (const { 0: written, index, groups } of text.matchAll(ROUGH)) {
    const { tens, round = '' } = groups ?? {};
    const times = tens === undefined ? 1 : tens.toLowerCase() === 'tens' ? 10 : 100;
    // "5 millions" is read with its number.
    if (new RegExp(String.raw`(?:\d|\b(?:${WORD}))[\s-]+$`, 'i').test(text.slice(Math.max(0, index - 12), index)))
      continue;
    const value = times * (ROUND.get(round.toLowerCase()) ?? 0);
    yield { value, ordinal: false, reach: ROUGH_REACH, start: index, end: index + written.length };
  }
}

/**
 * "One" is left out, which is more often a pronoun; "second" is one where it is no time; and "two thirds" are no third. The
 * scale after it ("hundred", "million") is read with the unit.
 */
export function* numbersInWords(text: string): Generator<Spelled> {
  yield* shares(text);
  yield* roughNumbers(text);
  for (const match of text.matchAll(CARDINAL)) {
    const { first = '', rest } = match.groups ?? {};
    const tens = VALUES.get(first.toLowerCase()) ?? 0;
    const isCompound = rest !== undefined && tens >= 20 && tens < 100;
    const value = tens + (isCompound ? (VALUES.get(rest.toLowerCase()) ?? 0) : 0);
    if (value === 1) continue;
    const length = isCompound || rest === undefined ? match[0].length : first.length;
    yield { value, ordinal: false, start: match.index, end: match.index + length };
  }
  for (const match of text.matchAll(ORDINAL)) {
    const rank = (match.groups?.['rank'] ?? '').toLowerCase();
    const before = text.slice(Math.max(0, match.index - 12), match.index);
    const isTime = rank === 'second' && /(?:\d|\b(?:a|per|each|every|one))\s+$/i.test(before);
    if (isTime || new RegExp(String.raw`(?:\d|\b(?:${WORD}|a))[\s-]+$`, 'i').test(before)) continue;
    yield { value: RANKS.get(rank) ?? 0, ordinal: true, start: match.index, end: match.index + match[0].length };
  }
}
