/**
 * Words and stems exactly as the full-text index has them, so that statistics looked up by stem are those of the index
 * and a word found in a text in JavaScript is a word SQLite finds too: FTS5's `porter unicode61` with diacritics
 * removed. Scripts written without spaces are cut into pairs of neighbouring characters, here and in what is indexed.
 */

import { porter } from './porter.ts';
import { isStopword } from './stopwords.ts';

/** One word of a text, in UTF-16 offsets of that text. */
export interface Word {
  readonly stem: string;
  readonly start: number;
  readonly end: number;
  /** An English function word: of no use as evidence. */
  readonly stop: boolean;
}

/** The tokenizer that agrees with this file. Marks are word characters, or Indic words would fall apart at their vowels. */
export const FTS5_TOKENIZER = `porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'`;

const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー`;
const TOKEN = /[\p{L}\p{N}\p{Co}\p{Mn}\p{Mc}]+/gu;
const UNSPACED_RUN = new RegExp(`[${UNSPACED}]+`, 'gu');
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u');
const ASCII = /^[\0-\u007F]*$/;
const LATIN_LETTER = /(?![\0-\u007F])\p{Script=Latin}/gu;
const LATIN_WITH_MARKS = /([a-z])[\u0300-\u0331]+/g;
const HUMP = /\p{Ll}\p{Lu}/u;

/** Lower case without Latin diacritics: `Café` gives `cafe`, as FTS5 folds it. */
export function fold(word: string): string {
  const lower = word.toLowerCase();
  if (ASCII.test(lower)) return lower;
  return lower
    .replaceAll(LATIN_LETTER, (letter) => {
      const [first = letter, ...marks] = letter.normalize('NFD');
      return marks.length > 0 && first >= 'a' && first <= 'z' ? first : letter;
    })
    .replaceAll(LATIN_WITH_MARKS, '$1')
    .replaceAll('ς', 'σ')
    .replaceAll('µ', 'μ');
}

/** Pairs of neighbouring characters with the offset of each; a single character stands alone. */
function* pairs(run: string): Generator<{ readonly text: string; readonly at: number }> {
  let before = '';
  let at = 0;
  for (const character of run) {
    if (before !== '') {
      yield { text: before + character, at };
      at += before.length;
    }
    before = character;
  }
  if (at === 0) yield { text: run, at };
}

/**
 * A text as it is handed to FTS5: runs of unspaced scripts as spaced pairs, and the parts of `camelCase` names after the
 * name, so that both `openLibrary` and `open library` find it. Offsets are not kept.
 */
export function indexable(text: string): string {
  const spaced = HAS_UNSPACED.test(text)
    ? text.replaceAll(UNSPACED_RUN, (run) => ` ${[...pairs(run)].map((pair) => pair.text).join(' ')} `)
    : text;
  if (!HUMP.test(spaced)) return spaced;
  return spaced.replaceAll(/[\p{L}\p{N}]*\p{Ll}\p{Lu}[\p{L}\p{N}]*/gu, (name) => {
    const parts = name.split(/(?<=\p{Ll})(?=\p{Lu})/u);
    return `${name} ${parts.join(' ')}`;
  });
}

/** Stems repeat endlessly; the cache is dropped when full so that a corpus of random strings cannot fill the memory. */
const CACHE_LIMIT = 100_000;
const cache = new Map<string, { readonly stem: string; readonly stop: boolean }>();

function analyse(surface: string): { readonly stem: string; readonly stop: boolean } {
  const known = cache.get(surface);
  if (known !== undefined) return known;
  const folded = fold(surface);
  const fresh = { stem: porter(folded), stop: isStopword(folded) };
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(surface, fresh);
  return fresh;
}

/** Every word of the text in order, function words included and marked. */
export function words(text: string): Word[] {
  const found: Word[] = [];
  const spaced = !HAS_UNSPACED.test(text);
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    if (!spaced && HAS_UNSPACED.test(token)) unspacedWords(token, match.index, found);
    else found.push({ ...analyse(token), start: match.index, end: match.index + token.length });
  }
  return found;
}

function unspacedWords(token: string, offset: number, found: Word[]): void {
  let at = 0;
  const spaced = (upTo: number): void => {
    if (upTo > at) found.push({ ...analyse(token.slice(at, upTo)), start: offset + at, end: offset + upTo });
  };
  for (const match of token.matchAll(UNSPACED_RUN)) {
    spaced(match.index);
    for (const pair of pairs(match[0])) {
      const start = offset + match.index + pair.at;
      found.push({ stem: porter(fold(pair.text)), start, end: start + pair.text.length, stop: false });
    }
    at = match.index + match[0].length;
  }
  spaced(token.length);
}

/** The content words of the text in order, as stems: lower case, without diacritics, function words left out. */
export function stems(text: string): string[] {
  return words(text).flatMap((word) => (word.stop ? [] : [word.stem]));
}
