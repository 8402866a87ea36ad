/**
 * Finds a quote in the text it is said to come from. How something is set may differ (spaces and line breaks, the form of quotation
 * marks and dashes, ligatures, composed letters), and markup that a reader does not see; what is said may not. What is stored
 * is always the text's own slice, never the words as an agent typed them.
 */

import type { StoredText } from '../../core/source.ts';
import { foldText, type Folded, partsNumbers, SPACE } from './fold-text.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Verifying candidates may look at this many characters for each of the text, or a hostile page could hold a process up. */
const EFFORT = 8;

/**
 * Where the quote stands, in UTF-16 offsets of the text: the occurrence nearest to `near`, else the first; one that cuts no
 * word before one that does. A word or number that the quote cuts is taken whole: "3 km" out of "13 km" says something else.
 * Null where it does not stand there.
 */
export function locateQuote(stored: StoredText, quote: string, near?: number): Span | null {
  return quoteFinder(stored)(quote, near);
}

/** The same for many quotes of one text, which is read once. */
export function quoteFinder(stored: StoredText): (quote: string, near?: number) => Span | null {
  const { text, layout } = stored;
  let seen: Folded | null = null;
  let raw: Folded | null = null;
  const find = (quote: string, near: number | undefined): Span | null => {
    const pattern = foldText(quote, []);
    if (pattern.length === 0) return null;
    seen ??= foldText(text, layout.blanks);
    const span = search({ text, folded: seen, pattern, near });
    if (span !== null || layout.blanks.length === 0) return span;
    // An agent that was shown the file itself quotes its markup too.
    raw ??= foldText(text, []);
    return search({ text, folded: raw, pattern, near });
  };
  return (quote, near) => {
    const bare = withoutOuterMarks(quote);
    return find(quote, near) ?? (bare === null ? null : find(bare, near));
  };
}

/** Whether words stand in a plain text so that they cut no word and no number of it. It is read once, and only when first asked. */
export function wholeFinder(text: string): (words: string) => boolean {
  let folded: Folded | null = null;
  return (words) => {
    const pattern = foldText(words, []);
    if (pattern.length === 0) return false;
    folded ??= foldText(text, []);
    return found({ text, folded, pattern, near: undefined })?.isWhole === true;
  };
}

const OUTER_MARKS = /^\s*["“”„«»'‘’](?<inner>[\s\S]+)["“”„«»'‘’]\s*$/;

/** A quote is often handed over in quotation marks that are not the source's. */
function withoutOuterMarks(quote: string): string | null {
  return OUTER_MARKS.exec(quote)?.groups?.['inner'] ?? null;
}

interface Search {
  readonly text: string;
  readonly folded: Folded;
  readonly pattern: Folded;
  readonly near: number | undefined;
}

/** So many occurrences are looked at with what stands round them: that costs a hundred times what finding one does. */
const MOST_WEIGHED = 64;

function search(of: Search): Span | null {
  return found(of)?.span ?? null;
}

/** `isWhole`: it cuts nothing, and is not widened. */
function found({ text, folded, pattern, near }: Search): { readonly span: Span; readonly isWhole: boolean } | null {
  let cut: Span | null = null;
  let weighed = 0;
  for (const exact of occurrences({ text, folded, pattern, near })) {
    if (isWithinWord(text, exact.start) || isWithinWord(text, exact.end)) {
      cut ??= exact;
      continue;
    }
    const span = wholeWords(text, exact);
    if (span.start === exact.start && span.end === exact.end) return { span, isWhole: true };
    cut ??= exact;
    weighed += 1;
    if (weighed === MOST_WEIGHED) break;
  }
  return cut === null ? null : { span: wholeWords(text, cut), isWhole: false };
}

/** In the order in which they are wanted. */
function* occurrences({ text, folded, pattern, near }: Search): Generator<Span> {
  const all: Span[] = [];
  for (const at of matches(folded, pattern)) {
    const exact = sliceOf({ text, folded }, at, pattern.length);
    if (exact === null) continue;
    if (near === undefined) yield exact;
    else all.push(exact);
  }
  if (near !== undefined) yield* all.sort((a, b) => Math.abs(a.start - near) - Math.abs(b.start - near));
}

/** Whether a word or number goes on here, as one character on each side tells. */
function isWithinWord(text: string, at: number): boolean {
  return [text[at - 1] ?? '', text[at] ?? ''].every((unit) => WORD.test(unit) && !UNSPACED.test(unit));
}

/** Places at which the pattern's characters stand and its spaces agree. Linear: Knuth, Morris and Pratt, and a bound on the rest. */
function* matches(folded: Folded, pattern: Folded): Generator<number> {
  const fallback = fallbacksOf(pattern);
  let effort = EFFORT * folded.length + pattern.length;
  let held = 0;
  for (let at = 0; at < folded.length; at += 1) {
    const unit = folded.units[at];
    while (held > 0 && pattern.units[held] !== unit) held = fallback[held - 1] ?? 0;
    if (pattern.units[held] === unit) held += 1;
    if (held < pattern.length) continue;
    const start = at - pattern.length + 1;
    const agreed = agreeingGaps(folded, start, pattern);
    effort -= agreed;
    if (agreed === pattern.length) yield start;
    if (effort < 0) return;
    held = fallback[held - 1] ?? 0;
  }
}

function fallbacksOf({ units, length }: Folded): Uint32Array {
  const fallback = new Uint32Array(length);
  let held = 0;
  for (let at = 1; at < length; at += 1) {
    while (held > 0 && units[at] !== units[held]) held = fallback[held - 1] ?? 0;
    if (units[at] === units[held]) held += 1;
    fallback[at] = held;
  }
  return fallback;
}

/** How many characters of the pattern agree in whether a space stands before them; markup may be a space or, but in a number, none. */
function agreeingGaps(folded: Folded, start: number, pattern: Folded): number {
  for (let at = 1; at < pattern.length; at += 1) {
    const there = folded.gaps[start + at];
    const wanted = pattern.gaps[at];
    if (there === wanted) continue;
    if (there !== SPACE.markup || (wanted === SPACE.none && partsNumbers(folded, start + at))) return at;
  }
  return pattern.length;
}

const MARK = /^\p{M}/u;
const RAISED_AFTER = /^<su[bp](?:\s[^<>]{0,200})?>[-−–+]?\p{Nd}/iu;
const RAISED_BEFORE = /\p{Nd}<su[bp](?:\s[^<>]{0,200})?>$/iu;
/** So far is looked for a tag. */
const TAG_REACH = 256;

/** The slice of a match; null where it would tear a letter from its accent, or a number from its power or the mark of its note. */
function sliceOf({ text, folded }: Pick<Search, 'text' | 'folded'>, at: number, length: number): Span | null {
  const next = folded.units[at + length];
  if (next !== undefined && folded.gaps[at + length] === SPACE.none && MARK.test(String.fromCharCode(next)))
    return null;
  const start = folded.starts[at] ?? 0;
  const end = folded.ends[at + length - 1] ?? 0;
  const isTorn =
    (text[start - 1] === '>' && RAISED_BEFORE.test(text.slice(Math.max(0, start - TAG_REACH), start))) ||
    (text[end] === '<' && /\p{Nd}/u.test(text[end - 1] ?? '') && RAISED_AFTER.test(text.slice(end, end + TAG_REACH)));
  return isTorn ? null : { start, end };
}

/** Longest word that is completed: what is longer is no word but data. */
const LONGEST_WORD = 64;

/** The span with the words and numbers at its edges whole. Scripts without spaces have no words to cut. */
function wholeWords(text: string, span: Span): Span {
  return withEdges(text, withGroups(text, withEdges(text, span)));
}

function withEdges(text: string, { start, end }: Span): Span {
  const before = Array.from(text.slice(Math.max(0, start - LONGEST_WORD), start)).reverse();
  const after = Array.from(text.slice(end, end + LONGEST_WORD));
  const [first = ''] = text.slice(start, end);
  const last = Array.from(text.slice(Math.max(start, end - 2), end)).at(-1) ?? '';
  const from = start - cutLength(first, before);
  const to = end + cutLength(last, after);
  return { start: from - signLength(text, from), end: to + closingLength(text, to) };
}

/** `C++`, `C#`, `10+`: signs that end a name or a number. */
function closingLength(text: string, end: number): number {
  if (end === 0 || !WORD.test(text[end - 1] ?? '')) return 0;
  return /^(?:\+{1,2}|#)(?![\p{L}\p{N}+#])/u.exec(text.slice(end, end + 4))?.[0].length ?? 0;
}

const GROUPS_BEFORE = /(?<![\d.,])\d{1,3}(?:[ \u00A0\u2009\u202F]\d{3}){0,6}[ \u00A0\u2009\u202F]$/;
const GROUPS_AFTER = /^(?:[ \u00A0\u2009\u202F]\d{3}(?!\d)){1,6}/;

/** `1 200 000` is one number: groups of three with a space between. */
function withGroups(text: string, { start, end }: Span): Span {
  const isGroup = /^\d{3}(?!\d)/.test(text.slice(start, start + 4));
  const [before = ''] = isGroup ? (GROUPS_BEFORE.exec(text.slice(Math.max(0, start - LONGEST_WORD), start)) ?? []) : [];
  const isHead = /(?<![\d.,])\d{1,3}$/.test(text.slice(Math.max(0, end - 5), end));
  const [after = ''] = isHead ? (GROUPS_AFTER.exec(text.slice(end, end + LONGEST_WORD)) ?? []) : [];
  return { start: start - before.length, end: end + after.length };
}

const SIGN_BEFORE = /(?<![^\s([{=<>≤≥≈~:;,"“'‘])[-−–+±]?(?:[$€£¥]\s?)?\.?$/u;

/** `-5`, `.5`, `-$.5`: signs before a number, where nothing before them makes a hyphen or a full stop of them. */
function signLength(text: string, start: number): number {
  if (!/^[$€£¥.]?\d/.test(text.slice(start, start + 2))) return 0;
  return SIGN_BEFORE.exec(text.slice(Math.max(0, start - 8), start))?.[0].length ?? 0;
}

const WORD = /^[\p{L}\p{N}\p{M}]/u;
const DIGIT = /^\p{N}/u;
const UNSPACED =
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
/** "1,200", "3.5", "1/2", "1'200", "14:30", "5–10", "10^5", "10⁻⁵", "5×10^-5" are one number each, or say another when they are parted. */
const WITHIN_NUMBER = /^[.,/:^'’⁄–−⁻⁺×_-]/;
/** "Non-toxic" is one word, and so is one with a soft hyphen in it. */
const HYPHEN = /^[-‐‑\u00AD\u2060\uFEFF]/;

/** How much of the word or number at this edge stands outside it. `edge`: from the edge inwards; `outside`: away from it. */
function cutLength(edge: string, outside: readonly string[]): number {
  let inner = edge;
  let length = 0;
  for (const [at, unit] of outside.entries()) {
    const next = outside[at + 1] ?? '';
    const isWord = [inner, unit].every((one) => WORD.test(one) && !UNSPACED.test(one));
    const isWithin = WITHIN_NUMBER.test(unit) && [inner, next].every((one) => DIGIT.test(one) || one === '^');
    const isHyphen = HYPHEN.test(unit) && [inner, next].every((one) => WORD.test(one) && !UNSPACED.test(one));
    const isPower = inner === '^' && DIGIT.test(unit);
    if (!isWord && !isWithin && !isHyphen && !isPower) return length;
    length += unit.length;
    if (!isHyphen && !(isWithin && unit !== '^')) inner = unit;
  }
  return length;
}
