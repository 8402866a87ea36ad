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
  const isGerman = (`${text} ${evidence}`.match(GERMAN)?.length ?? 0) >= 2;
  const tokens = Array.from(text.matchAll(TOKEN), (match) => ({
    text: match[0].replace(/['’]s$/, ''),
    start: match.index,
    end: match.index + match[0].length,
  }));
  return tokens.filter((token, at) => {
    if (NUMBERED.test(token.text)) return false;
    if (INNER.test(token.text)) return true;
    if (isGerman || !/^\p{Lu}/u.test(token.text) || isFunctionWord(token.text)) return false;
    if (!SENTENCE_START.test(text.slice(Math.max(0, token.start - 6), token.start))) return token.text.length > 1;
    // "Horace Jones": what begins a sentence is a name where another follows.
    const next = tokens[at + 1];
    return next !== undefined && next.start === token.end + 1 && /^\p{Lu}\p{L}/u.test(next.text);
  });
}

function isFunctionWord(text: string): boolean {
  return words(text).every(({ stop }) => stop);
}

/** What names are looked for in: the evidence and what stands above it. */
export interface Naming {
  readonly stems: ReadonlySet<string>;
  readonly tokens: ReadonlySet<string>;
  /** Initials of neighbouring capitalised words, so that "European Union" is found by "EU". */
  readonly initials: ReadonlySet<string>;
}

export function namingOf(text: string): Naming {
  const tokens = Array.from(text.matchAll(TOKEN), ([token]) => token);
  const runs =
    text.match(/\p{Lu}[\p{L}\p{M}]+(?:[\s-]+(?:of |the |and |for |de |der |du |des )?\p{Lu}[\p{L}\p{M}]+)+/gu) ?? [];
  return {
    stems: new Set(words(text).map(({ stem }) => stem)),
    tokens: new Set(tokens.map((token) => fold(token.replace(/['’]s$/, '')))),
    initials: new Set(runs.map((run) => initialsOf(run))),
  };
}

function initialsOf(run: string): string {
  return (run.match(/(?<![\p{L}\p{M}])\p{Lu}/gu) ?? []).join('').toLowerCase();
}

/** A name may be bent as its language bends it: "German", "Germany". */
const SHARED_BEGINNING = 5;

export function nameStands({ text }: Name, there: Naming): boolean {
  const folded = fold(text);
  const short = folded.replaceAll('.', '');
  // A run may begin with the article that begins its sentence.
  const isShort = short.length > 1 && [...there.initials].some((run) => run === short || run === `t${short}`);
  if (there.tokens.has(folded) || isShort) return true;
  return words(text).every(
    ({ stem, stop }) =>
      stop || there.stems.has(stem) || (!/\p{N}/u.test(stem) && [...there.stems].some((other) => isBent(stem, other))),
  );
}

function isBent(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < SHARED_BEGINNING || Math.abs(a.length - b.length) > 3) return false;
  return a.slice(0, SHARED_BEGINNING) === b.slice(0, SHARED_BEGINNING);
}
