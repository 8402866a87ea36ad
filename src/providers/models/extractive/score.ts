/** How well a sentence answers: coverage of the question's telling words, and the kind of value it should hold. */

import { stems, words } from '../../../core/words.ts';
import type { Shape } from '../../../core/plan.ts';
import type { Candidate } from './candidates.ts';
import { type AnswerKind, keyStems } from './question.ts';
import { unitsAsked } from './units.ts';
import { type Value, valuesOf } from './values.ts';

/** What sentences are scored against. */
export interface Want {
  /** Weight of each telling stem: rare ones weigh more. */
  readonly weights: ReadonlyMap<string, number>;
  /** Stems of names in the question: a fact about another name is no answer. */
  readonly names: ReadonlySet<string>;
  readonly answer: AnswerKind;
  readonly shape: Shape;
  /** Stems of the theme or thing that this agent alone looks into; every sentence must be about it. */
  readonly focus: ReadonlySet<string>;
  /** Neighbouring telling stems: "group commit" is more than "group" and "commit". */
  readonly pairs: readonly (readonly [string, string])[];
  /** All stems of the question, to tell what a sentence adds. */
  readonly asked: ReadonlySet<string>;
  /** What the question measures is told in one of these; null where any unit will do. */
  readonly units: ReadonlySet<string> | null;
  /** Values that the question itself says: no answer to it. */
  readonly given: readonly Value[];
  /** Stems of what is counted: "how many requests". */
  readonly counted: ReadonlySet<string>;
  /** How many of its stems are no part of a date, which another document may tell. */
  readonly subject: number;
  /** Asks how many, which no measure answers. */
  readonly counts: boolean;
  /** Numbers of versions in the question: a fact about another version is no answer. */
  readonly versions: readonly string[];
}

/** How much a word counts that stands in the heading, the document's title or elsewhere in the passage. */
const IN_HEADING = 0.6;
const IN_TITLE = 0.5;
const IN_PASSAGE: Readonly<Record<Shape, number>> = { fact: 0.5, comparison: 0.35, survey: 0.35 };
/** Elsewhere in the document, or in its path: enough to say whose document it is. */
const IN_DOCUMENT = 0.25;
/** A word counts as met from here on. */
const MET = 0.5;

/** Of a theme of several words so many must be met: two of two, two of three. */
const FOCUS_PART = 0.6;

/** Where a sentence stands: what surrounds it. */
export interface Surroundings {
  readonly heading: ReadonlySet<string>;
  readonly title: ReadonlySet<string>;
  readonly passage: ReadonlySet<string>;
  /** Path of the document, and what else of it was retrieved. */
  readonly document: ReadonlySet<string>;
}

export interface Coverage {
  /** Share of the weight found in the sentence itself, 0 to 1. */
  readonly own: number;
  /** The same with discounted words around it. */
  readonly whole: number;
  /** Distinct telling stems found in the sentence, heading or title. */
  readonly matched: number;
  /** Every name asked for is in the sentence or around it. */
  readonly named: boolean;
  /** The focus is in the sentence, its heading or title. */
  readonly focused: boolean;
}

/** Nouns that a value itself stands for: "the depth limit" is told as "up to 5 deep". */
const ANY_MEASURE: ReadonlySet<string> = new Set(stems('limit limits number amount count total value maximum minimum'));

/** Words a question is put in more than it is about: who asks what a plan allows may read that it "has" or "gets" it. */
export const WORDING: ReadonlySet<string> = new Set(
  stems(
    'allow allowed permit permitted according take taken give given become come told tell reach possible able go happen ' +
      'apply exist put ever formerly previously originally initially historically still currently actually usually normally ' +
      'place city time moment way count talk fit enough high',
  ),
);

/** Weighs the question's stems by how rare they are among the retrieved sentences; unseen ones count as the rarest seen. */
export function wantOf(
  query: string,
  { answer, focus, shape }: { readonly answer: AnswerKind; readonly focus: string; readonly shape: Shape },
  pool: readonly Candidate[],
): Want {
  const keys = keyStems(query);
  const total = pool.length;
  const idf = (stem: string): number => {
    const count = pool.filter((candidate) => candidate.words.has(stem)).length;
    return count === 0 ? 0 : Math.log(1 + (total - count + 0.5) / (count + 0.5));
  };
  const raw = new Map(keys.map((stem) => [stem, idf(stem)]));
  const measure = new Set(stems(MEASURE_ASKED.exec(query)?.[1] ?? ''));
  const when = new Set(
    valuesOf(query)
      .filter(({ unit }) => unit === 'date')
      .flatMap(({ text }) => stems(text)),
  );
  const rarest = Math.max(...raw.values(), 1);
  const weights = new Map(
    [...raw].map(([stem, weight]) => {
      const isToldByValue = answer === 'number' && keys.length > 2 && ANY_MEASURE.has(stem);
      if (isToldByValue) return [stem, rarest * 0.15];
      if (keys.length > 2 && (WORDING.has(stem) || measure.has(stem))) return [stem, rarest * 0.3];
      return [stem, weight === 0 ? rarest : Math.max(weight, rarest * 0.3)];
    }),
  );
  return {
    weights,
    names: namesOf(query),
    answer,
    shape,
    focus: focusOf(focus),
    pairs: pairsIn(query, keys),
    asked: new Set(stems(query)),
    units: unitsAsked(query),
    given: valuesOf(query),
    counted: new Set(stems(COUNTED.exec(query)?.[1] ?? '')),
    subject: keys.filter((stem) => !when.has(stem)).length,
    counts: /\bhow many\b/i.test(query),
    versions: query.match(VERSION_NUMBER) ?? [],
  };
}

/** "How quickly", "how late": the value says it, not the word. */
export const MEASURE_ASKED = /\bhow (\p{L}+)/iu;
const VERSION_NUMBER = /\b\d+\.\d+(?:\.\d+)+\b/g;
const COUNTED = /\bhow (?:many|much) ((?:[\p{L}-]+ )?[\p{L}-]+)/iu;

/** "WAL mode" is about WAL: where the focus holds a name, the words beside it may be missing. */
function focusOf(focus: string): ReadonlySet<string> {
  const names = / and /.test(focus) ? new Set<string>() : namesOf(focus);
  return names.size > 0 ? names : new Set(stems(focus));
}

function pairsIn(query: string, keys: readonly string[]): Want['pairs'] {
  const telling = new Set(keys);
  const list = words(query);
  return list.slice(1).flatMap(({ stem }, at) => {
    const before = list[at]?.stem ?? '';
    return telling.has(before) && telling.has(stem) ? [[before, stem] as const] : [];
  });
}

/** Share of the question's neighbouring words that stand side by side in the sentence, 0 to 1. */
export function phraseShare(text: string, { pairs }: Want): number {
  if (pairs.length === 0) return 0;
  const list = words(text);
  const found = pairs.filter(([left, right]) =>
    list.some(({ stem }, at) => stem === left && list[at + 1]?.stem === right),
  );
  return found.length / pairs.length;
}

function namesOf(query: string): ReadonlySet<string> {
  const dates = valuesOf(query).filter(({ unit }) => unit === 'date');
  return new Set(
    words(query)
      .filter(({ start, end, stop }) => {
        if (dates.some((date) => start >= date.start && end <= date.end)) return false;
        const surface = query.slice(start, end);
        return !stop && (/\p{L}.*\p{Lu}/u.test(surface) || (start > 0 && /^\p{Lu}\p{Ll}/u.test(surface)));
      })
      .map(({ stem }) => stem),
  );
}

/** How much of the question a sentence holds, with its surroundings. */
export function coverageOf(candidate: Candidate, want: Want, around: Surroundings): Coverage {
  let total = 0;
  let own = 0;
  let whole = 0;
  let matched = 0;
  for (const [stem, weight] of want.weights) {
    total += weight;
    const level = levelOf(stem, candidate, { around, shape: want.shape });
    if (level === 1) own += weight;
    if (level >= MET) matched += 1;
    whole += weight * level;
  }
  const level = (stem: string): number => levelOf(stem, candidate, { around, shape: want.shape });
  const versioned = want.versions.every((version) => `${candidate.text} ${candidate.hit.heading}`.includes(version));
  const named = versioned && [...want.names].every((stem) => level(stem) > 0);
  const inFocus = [...want.focus].filter((stem) => level(stem) >= MET).length;
  const focused = inFocus >= Math.ceil(want.focus.size * FOCUS_PART);
  const sum = total === 0 ? 1 : total;
  return { own: own / sum, whole: whole / sum, matched, named, focused };
}

function levelOf(
  stem: string,
  candidate: Candidate,
  { around, shape }: { readonly around: Surroundings; readonly shape: Shape },
): number {
  if (candidate.words.has(stem)) return 1;
  if (around.heading.has(stem)) return IN_HEADING;
  if (around.title.has(stem)) return IN_TITLE;
  if (around.passage.has(stem)) return IN_PASSAGE[shape];
  return around.document.has(stem) ? IN_DOCUMENT : 0;
}
