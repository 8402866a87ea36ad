/**
 * Prose that a model wrote, before a reader sees it. Which claims carry a sentence is said by marks, `[[belter-1.2]]`; code reads
 * the marks, holds each sentence against what it cites, and takes out what a model has no business to bring: addresses.
 */

import { withoutAddresses } from './markdown.ts';
import { canonicalMarks } from './marks.ts';
import { coverageOf } from './coverage.ts';
import { datesOf } from './dates.ts';
import { contentLemmas } from './lemmas.ts';
import { type Quantity, quantitiesOf } from './quantities.ts';
import { supportOf } from './support.ts';

/** A claim's quote as a reader sees it, and what stands above it. */
export interface Cited {
  /** '' where the quote does not bear it out: what is not borne out bears out nothing. */
  readonly statement: string;
  readonly span: string;
  readonly context: string;
}

export type Evidence = ReadonlyMap<string, Cited>;

/** A sentence with its marks; `text` is without them. */
export interface Sentence {
  readonly text: string;
  readonly marks: readonly string[];
}

const MARK = /\[\[\s*(?<id>[^\][\s]{1,80})\s*\]\]/g;
const MARKS_BEHIND = /(?<end>[.!?]["”’)]*)(?<marks>(?:\s*\[\[[^\][]*\]\])+)/g;
/** A point with more behind it than the end of a sentence: without its mark the words on both sides would be an address. */
const MARK_WITHIN =
  /(?<mark>\[\[[^\][]*\]\])(?<point>[.,;:!?]*)(?=["”’)]{0,8}[^\s.,;:!?[\]"”’)]|["”’)]{1,8}[.,;:!?]{1,8}[^\s.,;:!?[\]"”’)])/g;
/** A point with a word behind it belongs to that: `.config`, `.NET`, `.5`. */
const SPACE_BEFORE_POINT = / (?=[.,;:!?]{1,8}(?:["'”’»)\]}\s]|$))/g;
const SENTENCE_END = /(?<=[.!?]["”’)]{0,8})\s+(?=[\p{Lu}\p{N}"“(])/gu;
/** Below it a sentence says what its claims do not; one of few words says it by a single one of them. */
const LEAST_SUPPORT = 0.4;
const FEW_WORDS = 4;
const LEAST_OF_FEW = 0.5;
/** Below it one of its clauses does: "and cures cancer" behind what the quote says word for word. */
const LEAST_CLAUSE = 0.2;
/** What is longer is no sentence, and was not looked at to its end. */
const LONGEST_SENTENCE = 4000;
/** As much evidence as is looked at. */
const MOST_HELD = 20_000;

/**
 * Prose in the one form that is stored: marks of one id each before the full stop they belong to, no other brackets, no address
 * with the marks or without, paragraphs of one line that say something.
 */
export function tidyProse(prose: string): string {
  // Once before, as an address is no claim's id, and once after, as what stood in brackets may be one without them.
  return canonicalMarks(withoutAddresses(prose))
    .split(/\n\s*\n/)
    .map((paragraph) =>
      withoutAddresses(paragraph)
        .replaceAll(MARKS_BEHIND, (_all, end: string, marks: string) => ` ${marks.trim()}${end}`)
        .replaceAll(MARK_WITHIN, (_all, mark: string, point: string) => `${mark}${point} `)
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((paragraph) => /[\p{L}\p{N}]/u.test(withoutMarks(paragraph)))
    .join('\n\n');
}

export function paragraphsOf(prose: string): readonly string[] {
  return prose.split('\n\n').filter((paragraph) => paragraph !== '');
}

/** Ids that a text cites, each once, in order. */
export function marksIn(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(MARK), (match) => match.groups?.['id'] ?? ''))];
}

/** Without marks of these ids. */
export function withoutMarks(text: string, drop: (id: string) => boolean = () => true): string {
  return text
    .replaceAll(MARK, (mark, id: string) => (drop(id) ? '' : mark))
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(SPACE_BEFORE_POINT, '')
    .trim();
}

/** Where each sentence of a paragraph stands. */
export function sentenceSpans(paragraph: string): readonly { readonly start: number; readonly end: number }[] {
  const breaks = [...paragraph.matchAll(SENTENCE_END)];
  return [...breaks, null].map((next, at) => {
    const before = breaks[at - 1];
    return {
      start: before === undefined ? 0 : before.index + before[0].length,
      end: next === null ? paragraph.length : next.index,
    };
  });
}

/** In their order. */
export function sentencesOf(paragraph: string): readonly Sentence[] {
  return paragraph
    .split(SENTENCE_END)
    .map((sentence) => ({ text: withoutMarks(sentence), marks: marksIn(sentence) }))
    .filter(({ text }) => text !== '');
}

/**
 * Whether a sentence says what its claims do not. `within`: the marks of its paragraph, for a sentence without its own.
 */
export function isUnsupported(sentence: Sentence, within: readonly string[], evidence: Evidence): boolean {
  const cited = citedBy(sentence, within, evidence);
  const { text } = sentence;
  if (cited.length === 0 || text.length > LONGEST_SENTENCE || hasForeignNumber(text, cited)) return true;
  const held = cited.map(({ statement, span }) => `${statement}\n\n${span}`).join('\n\n');
  const spans = held.slice(0, MOST_HELD);
  const { score, disagrees } = supportOf(text, spans, contextOf(cited));
  if (disagrees.length > 0 || score < LEAST_SUPPORT || coverageOf(text, spans).weakest < LEAST_CLAUSE) return true;
  return score < LEAST_OF_FEW && contentLemmas(text).length < FEW_WORDS;
}

function citedBy(sentence: Sentence, within: readonly string[], evidence: Evidence): readonly Cited[] {
  const marks = sentence.marks.length > 0 ? sentence.marks : within;
  return marks.flatMap((id) => evidence.get(id) ?? []);
}

function contextOf(cited: readonly Cited[]): string {
  return cited.map(({ context }) => context).join('\n');
}

/** What is wrong with a paragraph, in words for who wrote it; empty when nothing is. */
export function paragraphProblems(paragraph: string, evidence: Evidence): readonly string[] {
  const marks = marksIn(paragraph);
  const known = marks.filter((id) => evidence.has(id));
  const unknown = marks.filter((id) => !evidence.has(id)).map((id) => `there is no claim ${id}`);
  if (known.length === 0) return [...unknown, `a paragraph cites no claim: "${beginning(paragraph)}"`];
  const wrong = sentencesOf(paragraph).flatMap((sentence) => {
    const { text } = sentence;
    if (text.length > LONGEST_SENTENCE) return [`a sentence is too long: "${beginning(text)}"`];
    return hasForeignNumber(text, citedBy(sentence, marks, evidence))
      ? [`a number in "${beginning(text)}" is in none of the quotes it cites`]
      : [];
  });
  return [...unknown, ...wrong];
}

/**
 * Whether a number or a date of the sentence stands in none of the spans it cites: the one thing that is never let pass. One that
 * nothing here can read counts as a number too, and stands there only as it is written.
 */
export function hasForeignNumber(text: string, cited: readonly Cited[]): boolean {
  const spans = cited.map(({ span }) => span).join('\n\n');
  const dates = datesOf(text);
  const read = [...dates, ...quantitiesOf(text, dates)];
  if (read.length > 0 && supportOf(text, spans).disagrees.includes('number')) return true;
  return hasUnreadNumber(text, { read, spans, context: contextOf(cited) }) || hasForeignCrowd(text, cited);
}

const DIGITS = /\p{N}+/gu;

function hasUnreadNumber(
  text: string,
  than: {
    readonly read: readonly { readonly start: number; readonly end: number }[];
    readonly spans: string;
    readonly context: string;
  },
): boolean {
  const runs = (held: string): ReadonlySet<string> => new Set(held.match(DIGITS));
  const [there, above] = [runs(than.spans), runs(than.context)];
  return Array.from(text.matchAll(DIGITS)).some(({ index, 0: digits }) => {
    if (than.read.some(({ start, end }) => start < index + digits.length && index < end)) return false;
    // "HTTP2" and "SHA-256" are names, and may stand where names may.
    const isOfName = /\p{L}-?$/u.test(text.slice(Math.max(0, index - 3), index));
    return !there.has(digits) && !(isOfName && above.has(digits));
  });
}

/** "Hundreds of patients" are a number as well, if a vague one. */
const CROWD = /\b(?:dozens|hundreds|thousands|millions|billions|trillions)\b/giu;
const CROWDS: ReadonlyMap<string, number> = new Map([
  ['dozens', 24],
  ['hundreds', 200],
  ['thousands', 2000],
  ['millions', 2e6],
  ['billions', 2e9],
  ['trillions', 2e12],
]);

function hasForeignCrowd(text: string, cited: readonly Cited[]): boolean {
  const crowds = text.match(CROWD)?.map((word) => word.toLowerCase()) ?? [];
  if (crowds.length === 0) return false;
  // "Dutzende" are dozens, as a statement that was found to be borne out may say.
  const spans = cited.map(({ statement, span }) => `${statement}\n\n${span}`).join('\n\n');
  const said = new Set(spans.match(CROWD)?.map((word) => word.toLowerCase()));
  const values = quantitiesOf(spans, datesOf(spans)).flatMap((each) => (isBareYear(each) ? [] : each.values));
  return crowds.some((word) => !said.has(word) && !values.some((value) => value >= (CROWDS.get(word) ?? 0)));
}

function isBareYear({ unit, noun, values }: Quantity): boolean {
  return unit === null && noun === '' && values.every((value) => value >= 1000 && value < 2200);
}

const SHOWN = 80;

function beginning(text: string): string {
  const plain = withoutMarks(text);
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain;
}
