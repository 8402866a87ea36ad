/** How well a sentence answers: coverage of the question's telling words, and the kind of value it should hold. */

import { stems, words } from '../../../core/words.ts';
import type { Shape } from '../../../core/plan.ts';
import type { Candidate } from './candidates.ts';
import { type AnswerKind, keyStems } from './question.ts';
import { shared } from './text.ts';
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
  /** Stems of what is counted: "how many requests". */
  readonly counted: ReadonlySet<string>;
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
const WORDING: ReadonlySet<string> = new Set(
  stems(
    'allow allowed permit permitted according take taken give given become come told tell reach possible able go happen ' +
      'apply exist put ever still currently actually usually normally place city time moment way count talk fit enough high',
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
  const rarest = Math.max(...raw.values(), 1);
  const weights = new Map(
    [...raw].map(([stem, weight]) => {
      const isToldByValue = answer === 'number' && keys.length > 2 && ANY_MEASURE.has(stem);
      if (isToldByValue) return [stem, rarest * 0.15];
      if (keys.length > 2 && WORDING.has(stem)) return [stem, rarest * 0.3];
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
    counted: new Set(stems(COUNTED.exec(query)?.[1] ?? '')),
  };
}

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
  return new Set(
    words(query)
      .filter(({ start, end, stop }) => {
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
  const named = [...want.names].every((stem) => level(stem) > 0);
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

const WAYS =
  /\b(?:by \w+ing|so that|because|before|until|therefore|ensures?|guarantees?|protects?|prevents?|survives?|avoids?|instead of|in order to|only (?:after|when)|works? by)\b/i;
const REASONS =
  /\b(?:because|since|due to|so that|therefore|reason|caused?|causes|leads? to|results? in|in order to|otherwise|prevents?|ensures?)\b/i;

/** Whether a sentence holds the kind of value asked for; questions that want no value are always content. */
export function holdsAnswer(text: string, want: Want): boolean {
  if (want.answer === 'number') return valuesOf(text).length > 0 || FEW.test(text);
  if (want.answer === 'date') return valuesOf(text).some(({ unit }) => unit === 'date');
  if (want.answer === 'time') return tellsTime(text);
  return want.answer !== 'name' || hasNewName(text, want);
}

/** Counts told without a figure. */
const FEW = /\b(?:one|once|twice|none|half|single|a third|a quarter|double)\b/i;
const CLOCK = /\b(?:[01]?\d|2[0-4])[:.][0-5]\d\b|\b\d{1,2} ?(?:am|pm|o'clock)\b/i;
const CONDITION =
  /\b(?:before|after|until|till|within|once|as soon as|only when|if|during|every|daily|weekly|monthly|yearly|annually|always|never|midnight|noon|day|night|week|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b/i;

/** A time of day, a span, a date, or what has to have happened. */
function tellsTime(text: string): boolean {
  return (
    CLOCK.test(text) ||
    CONDITION.test(text) ||
    valuesOf(text).some(({ unit }) => unit === 'date' || unit === 'second' || unit === 'month')
  );
}

/** "without power-loss protection" speaks of power loss by its absence, unless the question does so, too. */
export function deniesKey(text: string, want: Want): boolean {
  if (want.asked.has('without')) return false;
  const list = words(text);
  return list.some(({ stem }, at) => stem === 'without' && want.weights.has(list[at + 1]?.stem ?? ''));
}

/** Added for a sentence that holds the kind of answer asked for, taken away from one that does not; about -0.25 to 0.3. */
export function answerBonus(text: string, want: Want): number {
  const values = valuesOf(text);
  switch (want.answer) {
    case 'number':
      return numberBonus(text, want, values);
    case 'date':
      return values.some(({ unit }) => unit === 'date') ? 0.25 : -0.25;
    case 'time':
      return CLOCK.test(text) || values.length > 0 ? 0.2 : tellsTime(text) ? 0.1 : -0.25;
    case 'name':
      return hasFullName(text, want) ? 0.25 : hasNewName(text, want) ? 0.05 : -0.25;
    case 'place':
      return hasNewName(text, want) ? 0.1 : -0.05;
    case 'definition':
      return definition(text, want);
    case 'reason':
      return REASONS.test(text) ? 0.1 : 0;
    case 'way':
      return WAYS.test(text) ? 0.08 : 0;
    case 'statement':
      return stated(text);
    case 'open':
    default:
      return 0;
  }
}

function numberBonus(text: string, want: Want, values: readonly Value[]): number {
  const figures = values.filter(({ unit }) => unit !== 'date' && unit !== 'version');
  if (figures.length === 0) return values.length > 0 || FEW.test(text) ? 0.05 : -0.25;
  const { units, counted } = want;
  const isMeasured = units === null || figures.some(({ unit }) => units.has(unit));
  const found = counted.size === 0 ? 1 : shared(counted, new Set(stems(text))) / counted.size;
  return (isMeasured ? 0.2 : 0) + (units !== null && isMeasured ? 0.1 : 0) - 0.15 * (1 - found);
}

/** Says what is, or what should be: rules and defaults before descriptions. */
export function stated(text: string): number {
  if (/\b(?:should be|must be|should not|must not|recommended|defaults?|is set to)\b/i.test(text)) return 0.15;
  if (/^\S.{0,80}: .+;/u.test(text)) return 0.08;
  return /^(?:\S+ ){1,6}(?:is|are|was|were)\b/i.test(text) ? 0.08 : 0;
}

/** Two names in a row that the question did not say: most often a person. */
function hasFullName(text: string, want: Want): boolean {
  return [...text.matchAll(/\p{Lu}[\p{L}'’.-]+ \p{Lu}[\p{L}'’-]+/gu)].some(([name]) =>
    stems(name).every((stem) => !want.asked.has(stem)),
  );
}

function hasNewName(text: string, want: Want): boolean {
  return words(text).some(({ start, end, stop, stem }) => {
    const surface = text.slice(start, end);
    if (stop || want.asked.has(stem) || !/^\p{Lu}\p{Ll}/u.test(surface)) return false;
    return start > 0 || /^\s\p{Lu}/u.test(text.slice(end));
  });
}

const DEFINES =
  /^(?<subject>.{2,80}?)\s(?:is|are|was|were|means?|refers? to|denotes?|stands for|describes?)\s(?<rest>(?:an?|the|one|any|when|how|where|that)\s)?|^(?<term>[^:—–]{2,60})(?::|\s[—–])\s/i;

/** Above 0 for a sentence that says what the wanted words mean, most for `X is a …`; below 0 for one that only uses them. */
export function definition(text: string, want: Want): number {
  if (want.pairs.length > 0 && phraseShare(text, want) === 0) return -0.2;
  const keys = [...want.weights.keys()];
  const opening = new Set(
    words(text)
      .filter(({ stop }) => !stop)
      .slice(0, keys.length + 1)
      .map(({ stem }) => stem),
  );
  const opens = keys.every((stem) => opening.has(stem));
  const found = DEFINES.exec(text)?.groups;
  const subject = new Set(stems(found?.['subject'] ?? found?.['term'] ?? ''));
  const isSubject =
    found !== undefined && shared(subject, want.weights) === keys.length && subject.size <= keys.length + 2;
  if (!isSubject) return opens ? 0.15 : -0.05;
  return found['rest'] === undefined ? 0.2 : 0.3;
}

/** Speaks to the reader of the document about the document, or about those who made it. */
export function isHousekeeping(text: string): boolean {
  return /^(?:see|note that|click|read more|table of contents|copyright|all rights|contents|thanks|thank you|please (?:do not )?report|sponsored|powered by)\b/i.test(
    text,
  );
}

/** Taken away from what reads badly on its own: a leaning start, a question, a very long or very short sentence, links. */
export function readingPenalty({ text, kind, leans }: Candidate, shape: Shape): number {
  let penalty = leans ? 0.15 : 0;
  // A long sentence holds any question's words by chance; a fact fits in a short one.
  if (shape === 'fact' && text.length > 320) penalty += text.length > 450 ? 0.35 : 0.2;
  if (kind === 'row') penalty += shape === 'fact' ? (text.split('; ').length > 4 ? 0.3 : 0.06) : rowPenalty(text);
  if (text.endsWith('?')) penalty += 0.3;
  if (text.length > 220) penalty += 0.04;
  if (text.length > 320) penalty += 0.06;
  if (text.length > 450) penalty += 0.08;
  if (text.length < 40 && kind !== 'row') penalty += 0.05;
  if (/https?:\/\/\S+/.test(text) && text.length < 160) penalty += 0.15;
  if (isHousekeeping(text)) penalty += 0.25;
  if (kind === 'code') penalty += 0.12;
  if (kind === 'note') penalty += 0.25;
  if (
    /^(?:\S+\s){0,6}\S*(?:chapter|section|document|article|page|note|guide)s?\s(?:describes?|explains?|covers?|discusses|shows?)\b/i.test(
      text,
    )
  )
    penalty += 0.15;
  return penalty;
}

/** A row that says something in words may stand in a text; one of bare values only answers a question for them. */
function rowPenalty(text: string): number {
  const longest = Math.max(
    ...text.split(/; | – /u).map((cell) => cell.replace(/^[^:]{1,40}: /u, '').split(' ').length),
  );
  return longest >= 5 ? 0.12 : 0.25;
}

const CONTRASTS =
  /\b(?:than|whereas|unlike|compared|instead|but|both|neither|differ(?:s|ence)?|advantages?|disadvantages?|drawbacks?|faster|slower|cheaper|safer|simpler|better|worse|larger|smaller|more|less|fewer|cannot|requires?|allows?|avoids?)\b/i;

/** Added for a sentence that weighs one thing against another or says what it costs: what a comparison is made of. */
export function contrastBonus(text: string): number {
  return CONTRASTS.test(text) ? 0.12 : 0;
}
