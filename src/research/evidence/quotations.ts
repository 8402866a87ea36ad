/**
 * Quotation marks that a model wrote. They tell a reader that the words between them are a source's own: where they are not,
 * the marks go and the words stay, as what they are.
 */

import { wholeFinder } from './locate.ts';
import { type Evidence, marksIn, sentenceSpans, sentencesOf, withoutMarks } from './prose.ts';

export interface Quoted {
  /** Without the marks that were not true. */
  readonly text: string;
  /** What stood between those. */
  readonly untrue: readonly string[];
}

const APOSTROPHES = String.raw`(?:[^'‘’]|(?<=\p{L})['’](?=\p{L}))+`;
/** `rock 'n' roll`. */
const NO_OPENING = String.raw`(?!n['’])`;
/** A run in marks of one kind, or a mark that opens or closes nothing. A straight one behind a digit is an inch. */
const RUN = new RegExp(
  [
    String.raw`“(?<curly>[^“”„]*)”`,
    String.raw`(?<![\p{L}\p{N}])”(?=\S)(?<same>[^“”„]*)(?<=\S)”`,
    String.raw`„(?<low>[^“”„]*)[“”]`,
    String.raw`«(?<angled>[^«»]*)»`,
    String.raw`»(?<turned>[^«»]*)«`,
    String.raw`‹(?<single>[^‹›]*)›`,
    String.raw`›(?<inward>[^‹›]*)‹`,
    String.raw`「(?<corner>[^「」]*)」`,
    String.raw`『(?<white>[^『』]*)』`,
    String.raw`《(?<double>[^《》]*)》`,
    String.raw`〝(?<prime>[^〝〞〟]*)[〞〟]`,
    String.raw`＂(?<wide>[^＂]*)＂`,
    String.raw`(?<!\d)"(?<straight>[^"]*)"`,
    String.raw`(?<![\p{L}\p{N}])‘${NO_OPENING}(?<high>${APOSTROPHES})’(?![\p{L}\p{N}])`,
    String.raw`(?<![\p{L}\p{N}])‚(?=\S)(?<lower>(?:[^‚‘’]|(?<=\p{L})’(?=\p{L}))+)[‘’](?![\p{L}\p{N}])`,
    String.raw`(?<![\p{L}\p{N}])['’](?=[^\s,;:!?)\]}])${NO_OPENING}(?<plain>${APOSTROPHES})['’](?![\p{L}\p{N}])`,
    String.raw`[“”„«»「」『』《》〝〞〟＂]|(?<!\d)"`,
  ].join('|'),
  'gu',
);

/** Words that begin with an apostrophe, behind which something is left out: the '90s, 'tis. */
const ELIDED = /^(?:\d\ds|t(?:is|was)|til|em|neath)(?![\p{L}\p{N}])/iu;
/** 'cause, 'round and 'cos are nouns as well: none of those words where one is named or said. */
const ELIDED_OR_NOUN = /^(?:(?:cause|round)(?!\s+of\b)|cos)(?![\p{L}\p{N}])/iu;
const BEFORE_NOUN = /(?<![\p{L}\p{N}])(?:an?|the|these|those|call(?:s|ed)?|named?|names|says?|said)[\s:,]*$/iu;
/** `in '68 the`: a year by what stands before it and behind it; '90 patients are counted. */
const YEAR =
  /^\d\d(?:[,;:]|\s+(?:the|an?|and|but|when|until|while|with|by|was|were|had|all|both|many|most|some|this|that|these|those|they|he|she|it|we|his|her|its|our|their)(?![\p{L}\p{N}]))/iu;
const BEFORE_YEAR =
  /(?<![\p{L}\p{N}])(?:in|since|until|till|before|after|(?:spring|summer|autumn|fall|winter)(?:\sof)?|class\sof)\s$/iu;
const FIRST_WORD = /^[\p{L}\p{M}\p{N}]+/u;
/** `the writers’ log`: what such a mark closes may have been opened by none. */
const OF_SEVERAL = /^[sS]['’]\s+\p{L}/u;

function beginsElided(run: string, before: string): boolean {
  if (ELIDED.test(run) || (YEAR.test(run) && BEFORE_YEAR.test(before))) return true;
  return ELIDED_OR_NOUN.test(run) && !BEFORE_NOUN.test(before);
}

/**
 * `holds`: whether the words at this place of the text are a source's own. `begins`: whether a source writes this word with an
 * apostrophe before it, as ‘Oumuamua: then a plural's apostrophe further on closes nothing. A mark without its other half goes.
 */
export function withTrueMarks(
  text: string,
  holds: (words: string, at: number) => boolean,
  begins: (word: string, at: number) => boolean = () => false,
): Quoted {
  const untrue: string[] = [];
  const kept = (part: string, from: number): string =>
    part.replaceAll(RUN, (whole: string, ...rest: unknown[]) => {
      const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
      const at = rest.at(-3) as number;
      const run = Object.values(groups).find((each) => each !== undefined);
      if (run !== undefined && holds(run, from + at)) return whole;
      const single = groups['high'] ?? groups['plain'];
      if (single !== undefined && OF_SEVERAL.test(part.slice(at + single.length, at + single.length + LOOKED_AT))) {
        const [word = ''] = FIRST_WORD.exec(single) ?? [];
        // Nobody types ‘ for an apostrophe but in a name.
        const isElided =
          groups['plain'] !== undefined && beginsElided(single, part.slice(Math.max(0, at - LOOKED_AT), at));
        const isPart = isElided || (word !== '' && begins(word, from + at));
        if (isPart) return `${whole.slice(0, 1)}${kept(single, from + at + 1)}${whole.slice(-1)}`;
      }
      if (run !== undefined) untrue.push(run);
      const bare = run === undefined ? '' : kept(run, from + at + 1);
      return apart(
        part.slice(Math.max(0, at - 2), at),
        bare,
        part.slice(at + whole.length, at + whole.length + LOOKED_AT),
      );
    });
  return { text: kept(text, 0), untrue };
}

const OPEN_LAST = /[\s([{]$/u;
/** A space, or points behind which there is one. */
const CLOSES = /^(?:[.,;:!?…)\]}]{0,8}(?:\s|$)|\[\[)/u;
/** Characters behind a mark in which that is looked for. */
const LOOKED_AT = 12;

/** What only a mark kept apart stays apart: two words, or the parts of what would be an address. */
function apart(before: string, bare: string, after: string): string {
  if (bare === '') return between(before, after);
  return `${between(before, bare)}${bare}${between(bare, after)}`;
}

function between(one: string, other: string): string {
  if (one === '' || CLOSES.test(other.slice(0, LOOKED_AT))) return '';
  return OPEN_LAST.test(one.slice(-2)) ? '' : ' ';
}

/** Marks that set words off and are no part of them, where they stand at the edge of a word; of some that is so everywhere. */
const SET_OFF = /[“”„«»‹›「」『』《》〝〞〟＂‚]|(?<![\p{L}\p{N}])["'‘’()[\]{}*_`]+|["'‘’()[\]{}*_`]+(?![\p{L}\p{N}])/gu;
/** Points behind which a word ends, and a dash between words: before a number it may be a sign. */
const POINTS = /(?<![.,;:!?…])[.,;:!?…]+(?=\s|$)|(?<=\s)[-‐‑‒–—―]+(?=\s+[^\s\p{N}$€£¥.])/gu;
const UNSEEN = /[\u00AD\u200B\u2060\uFEFF]/g;

/** As it is compared: how words are set and parted is no part of what was said; case, signs and powers are. */
function bareOf(text: string): string {
  return text
    .replaceAll(UNSEEN, '')
    .replaceAll(SET_OFF, '')
    .replaceAll(POINTS, ' ')
    .replaceAll(/(?<=\d)\s+(?=%)/g, '');
}

/** `The` for `the` and the other way round: a quotation may begin a sentence that its source does not. */
function otherwiseBegun(words: string): string {
  return words.replace(/^\s*\p{L}(?!\p{Lu})/u, (first) => {
    const upper = first.toUpperCase();
    return upper === first ? first.toLowerCase() : upper;
  });
}

/** Whether words stand in one of the spans, in their order, without a gap and without cutting a word or number of it. */
export function wordsOf(spans: readonly string[]): (words: string) => boolean {
  const finders = spans.map((span) => wholeFinder(bareOf(span)));
  const known = new Map<string, boolean>();
  return (words) => {
    const bare = bareOf(words);
    const stands = known.get(bare) ?? [bare, otherwiseBegun(bare)].some((each) => finders.some((find) => find(each)));
    known.set(bare, stands);
    return stands;
  };
}

/** Whether one of the spans writes a word with an apostrophe before it, or with the letter that looks like one. */
export function apostrophesOf(spans: readonly string[]): (word: string) => boolean {
  return (word) => {
    const written = new RegExp(String.raw`(?<![\p{L}\p{N}])['‘’ʻʼ]${word}(?![\p{L}\p{N}])`, 'u');
    return spans.some((span) => written.test(span));
  };
}

/** From so many words on, words in marks are what someone is said to have said, and not a term that is merely named. */
const LEAST_SAID = 4;
/** More runs in marks are in no paragraph that quotes: then none is looked for, and none stays. */
const MOST_RUNS = 100;

/** A paragraph of prose, held against the quotes that the sentences of each run cite, or where they cite none, the paragraph. */
export function withTrueQuotations(
  paragraph: string,
  evidence: Evidence,
): { readonly text: string; readonly misquotes: (sentence: string) => boolean } {
  const sentences = sentenceSpans(paragraph);
  const cited = new Map<string, Said | null>();
  // By the marks: sentences that cite the same share what was read of it.
  const saidBy = (text: string): Said | null => {
    const marks = marksIn(text);
    const key = marks.join(' ');
    const spans = cited.has(key) ? [] : marks.flatMap((id) => evidence.get(id)?.span ?? []);
    const fresh = spans.length === 0 ? null : { holds: wordsOf(spans), begins: apostrophesOf(spans) };
    const said = cited.get(key) ?? fresh;
    cited.set(key, said);
    return said;
  };
  const saidAt = (run: string, at: number): Said | null => {
    const end = at + run.length + 2;
    const around = sentences.filter((one) => one.start < end && at < one.end);
    const within = paragraph.slice(around[0]?.start ?? 0, around.at(-1)?.end);
    return saidBy(within) ?? saidBy(paragraph);
  };
  const isQuoting = Array.from(paragraph.matchAll(RUN)).length <= MOST_RUNS;
  const { text, untrue } = withTrueMarks(
    paragraph,
    (run, at) => isQuoting && saidAt(run, at)?.holds(withoutMarks(run)) === true,
    (word, at) => isQuoting && saidAt(word, at)?.begins(word) === true,
  );
  return { text, misquotes: misquotesOf(untrue) };
}

/** What the quotes that a sentence cites say. */
interface Said {
  readonly holds: (words: string) => boolean;
  readonly begins: (word: string) => boolean;
}

/** Words alone, a space before each and behind the last. */
function wordsIn(text: string): string {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return ` ${words.join(' ')} `;
}

function misquotesOf(untrue: readonly string[]): (sentence: string) => boolean {
  const parts = untrue
    .flatMap((run) => sentencesOf(run))
    .map((part) => wordsIn(part.text))
    .filter((words) => words.split(' ').length - 2 >= LEAST_SAID);
  const unlike = [...new Set(parts)];
  return (sentence) => {
    if (unlike.length === 0) return false;
    const words = wordsIn(sentence);
    return unlike.some((part) => words.includes(part));
  };
}
