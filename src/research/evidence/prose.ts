/**
 * Prose that a model wrote, before a reader sees it. Which claims carry a sentence is said by marks, `[[belter-1.2]]`; code reads
 * the marks, holds each sentence against what it cites, and takes out what a model has no business to bring: addresses.
 */

import { withoutAddresses } from './markdown.ts';
import { canonicalMarks } from './marks.ts';
import { datesOf } from './dates.ts';
import { quantitiesOf } from './quantities.ts';
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
const MARK_WITHIN = /(?<mark>\[\[[^\][]*\]\])(?<point>[.,;:!?]*)(?=[^\s.,;:!?[\]"”’)])/g;
const SENTENCE_END = /(?<=[.!?]["”’)]*)\s+(?=[\p{Lu}\p{N}"“(])/gu;
/** Below it a sentence says what its claims do not. */
const LEAST_SUPPORT = 0.15;

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
    .replaceAll(/ +(?=[.,;:!?])/g, '')
    .replaceAll(/ {2,}/g, ' ')
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

/** Whether a sentence says what its claims do not. Without marks of its own it is held against those of its paragraph. */
export function isUnsupported(sentence: Sentence, paragraph: string, evidence: Evidence): boolean {
  const cited = citedBy(sentence, paragraph, evidence);
  if (cited.length === 0) return true;
  const spans = cited.map(({ statement, span }) => `${statement}\n\n${span}`).join('\n\n');
  const context = cited.map((one) => one.context).join('\n');
  const { score, disagrees } = supportOf(sentence.text, spans, context);
  return disagrees.length > 0 || score < LEAST_SUPPORT;
}

function citedBy(sentence: Sentence, paragraph: string, evidence: Evidence): readonly Cited[] {
  const marks = sentence.marks.length > 0 ? sentence.marks : marksIn(paragraph);
  return marks.flatMap((id) => evidence.get(id) ?? []);
}

/** What is wrong with a paragraph, in words for who wrote it; empty when nothing is. */
export function paragraphProblems(paragraph: string, evidence: Evidence): readonly string[] {
  const marks = marksIn(paragraph);
  const known = marks.filter((id) => evidence.has(id));
  const unknown = marks.filter((id) => !evidence.has(id)).map((id) => `there is no claim ${id}`);
  if (known.length === 0) return [...unknown, `a paragraph cites no claim: "${beginning(paragraph)}"`];
  const wrong = sentencesOf(paragraph)
    .filter((sentence) => hasForeignNumber(sentence, paragraph, evidence))
    .map(({ text }) => `a number in "${beginning(text)}" is in none of the quotes it cites`);
  return [...unknown, ...wrong];
}

/** Whether a number or a date of the sentence stands in none of the spans it cites: the one thing that is never let pass. */
function hasForeignNumber(sentence: Sentence, paragraph: string, evidence: Evidence): boolean {
  const dates = datesOf(sentence.text);
  if (dates.length + quantitiesOf(sentence.text, dates).length === 0) return false;
  const spans = citedBy(sentence, paragraph, evidence).map(({ span }) => span);
  return supportOf(sentence.text, spans.join('\n\n')).disagrees.includes('number');
}

const SHOWN = 80;

function beginning(text: string): string {
  const plain = withoutMarks(text);
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain;
}
