/** Names in a claim: what it says is about them, and evidence that does not speak of them is about something else. */

import { fold, words } from '../../core/words.ts';

const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[-'’.&][\p{L}\p{M}\p{N}]+)*/gu;
const SENTENCE_START = /(?:^|[.!?:…]["”’)]*\s+|[\n“"(\-–—]\s*)$/u;
const INNER = /\p{L}.*\p{Lu}|\p{L}.*\p{N}|\p{N}.*\p{L}/u;
/** "3rd", "80s", "5km": numbers with something behind them. */
const NUMBERED = /^\p{N}[\p{N}.,]*\p{L}{1,3}$/u;
const GERMAN = /\b(?:der|die|das|und|ist|nicht|ein|eine|wird|dem|den|des|sich|auf|für)\b/giu;

export interface Name {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Capitalised words that do not just begin a sentence, abbreviations, and words with digits. In German, where every noun has a
 * capital, only what cannot be a noun of the language, which the evidence tells too.
 */
export function namesOf(text: string, evidence: string): readonly Name[] {
  const german = isGerman(`${text} ${evidence}`);
  const tokens = Array.from(text.matchAll(TOKEN), (match) => ({
    text: match[0].replace(/['’]s$/, ''),
    start: match.index,
    end: match.index + match[0].length,
  }));
  return tokens.filter((token, at) => {
    if (NUMBERED.test(token.text)) return false;
    if (INNER.test(token.text)) return true;
    if (german || !/^\p{Lu}/u.test(token.text) || isFunctionWord(token.text)) return false;
    if (!SENTENCE_START.test(text.slice(Math.max(0, token.start - 6), token.start))) return token.text.length > 1;
    // "Horace Jones": what begins a sentence is a name where another follows.
    const next = tokens[at + 1];
    return next !== undefined && next.start === token.end + 1 && /^\p{Lu}\p{L}/u.test(next.text);
  });
}

/** As far as its commonest words tell. */
export function isGerman(text: string): boolean {
  return (text.match(GERMAN)?.length ?? 0) >= 2;
}

function isFunctionWord(text: string): boolean {
  return words(text).every(({ stop }) => stop);
}

/** What names are looked for in: the evidence and what stands above it. */
export interface Naming {
  /** Folded, hyphenated ones and their parts. */
  readonly tokens: ReadonlySet<string>;
  /** Initials of neighbouring capitalised words, so that "European Union" is found by "EU". */
  readonly initials: ReadonlySet<string>;
}

export function namingOf(text: string): Naming {
  const tokens = Array.from(text.matchAll(TOKEN), ([token]) => fold(token.replace(/['’]s$/, '')));
  const runs =
    text.match(/\p{Lu}[\p{L}\p{M}]+(?:[\s-]+(?:of |the |and |for |de |der |du |des )?\p{Lu}[\p{L}\p{M}]+)+/gu) ?? [];
  return {
    tokens: new Set(tokens.flatMap((token) => [token, ...partsOf(token)])),
    initials: new Set(runs.map((run) => initialsOf(run))),
  };
}

function partsOf(token: string): readonly string[] {
  return token.split(/[-'’.&]/).filter((part) => part !== '');
}

function initialsOf(run: string): string {
  return (run.match(/(?<![\p{L}\p{M}])\p{Lu}/gu) ?? []).join('').toLowerCase();
}

export function nameStands({ text }: Name, there: Naming): boolean {
  const folded = fold(text);
  const short = folded.replaceAll('.', '');
  // A run may begin with the article that begins its sentence.
  const isShort = short.length > 1 && (there.initials.has(short) || there.initials.has(`t${short}`));
  if (there.tokens.has(folded) || isShort) return true;
  return partsOf(folded).every((part) => {
    if (isFunctionWord(part) || there.tokens.has(part)) return true;
    return !/\p{N}/u.test(part) && [...there.tokens].some((other) => isBent(part, other) || isBent(other, part));
  });
}

/** What a name loses and takes on as its language bends it: "Germany", "German"; "Canada", "Canadian"; "Turkey", "Turkish". */
const BENDINGS: readonly (readonly [loses: string, takes: string])[] = (
  [
    ['', 's es er ers ese i ish'],
    ['a', 'an ans ian ians ese'],
    ['e', 'ean eans ish'],
    ['o', 'an ans'],
    ['y', 'ian ians ies'],
    ['y', ''],
    ['any', 'an ans'],
    ['en', 'ish'],
    ['and', 'ish'],
    ['ey', 'ish'],
  ] as const
).flatMap(([loses, takes]) => takes.split(' ').map((taken) => [loses, taken] as const));
const LEAST_SHARED = 3;
/** "Brazilian" is of Brazil, but "Nigerian" not of Niger: a short name is often another's beginning. */
const LEAST_BEFORE_IAN = 6;

function isBent(name: string, other: string): boolean {
  if (name.length >= LEAST_BEFORE_IAN && (other === `${name}ian` || other === `${name}ians`)) return true;
  return BENDINGS.some(([loses, takes]) => {
    const root = name.slice(0, name.length - loses.length);
    return root.length >= LEAST_SHARED && name.endsWith(loses) && other === root + takes;
  });
}

/**
 * Whether a claim begins with a name where the evidence has another before the same word: "Pfizer reported", "Moderna reported".
 * A capital alone does not tell what begins a sentence from any other word.
 */
export function beginsOtherwise(claim: string, evidence: string): boolean {
  const [first, next] = words(claim);
  if (first === undefined || next === undefined || first.stop || next.stop) return false;
  const spelled = claim.slice(first.start, first.end);
  if (!/^\p{Lu}\p{Ll}/u.test(spelled) || !/^\s+\p{Ll}/u.test(claim.slice(first.end, next.end))) return false;
  const there = words(evidence);
  if (there.some(({ stem }) => stem === first.stem)) return false;
  return there.some((word, at) => {
    const before = there[at - 1];
    return (
      word.stem === next.stem &&
      before !== undefined &&
      !before.stop &&
      /^\p{Lu}\p{Ll}/u.test(evidence.slice(before.start, before.end))
    );
  });
}
