/** How a sentence is worded: whether it holds the kind of value asked for, and how it reads on its own. */

import { stems, words } from '../../../core/words.ts';
import type { Shape } from '../../../core/plan.ts';
import type { Candidate } from './candidates.ts';
import { phraseShare, type Want } from './score.ts';
import { shared } from './text.ts';
import { BASE_UNITS } from '../../../core/units.ts';
import { type Value, valuesOf } from './values.ts';

const WAYS =
  /\b(?:by \w+ing|so that|because|before|until|therefore|ensures?|guarantees?|protects?|prevents?|survives?|avoids?|instead of|in order to|only (?:after|when)|works? by)\b/i;
const REASONS =
  /\b(?:because|since|due to|so that|therefore|reason|caused?|causes|leads? to|results? in|in order to|otherwise|prevents?|ensures?)\b/i;

/** Whether a sentence holds the kind of value asked for; questions that want no value are always content. */
export function holdsAnswer(text: string, want: Want): boolean {
  if (want.answer === 'number') return fittingValues(text, want).length > 0 || FEW.test(text) || tellsSpan(text, want);
  if (want.answer === 'date') return valuesOf(text).some(({ unit }) => unit === 'date');
  if (want.answer === 'time') return tellsTime(text);
  return want.answer !== 'name' || hasNewName(text, want);
}

/** Values that the question does not say itself, and that are not of another measure than the one it asks for. */
function fittingValues(text: string, { units, given, counts, asked }: Want): readonly Value[] {
  const isOther = (unit: string): boolean =>
    isPoint(unit) ? !POINTS.some((stem) => asked.has(stem)) : (units !== null || counts) && BASE_UNITS.has(unit);
  const fits = (unit: string): boolean => units?.has(unit) === true || !isOther(unit);
  return valuesOf(text).filter(
    ({ unit, amount }) => !given.some((value) => value.unit === unit && value.amount === amount) && fits(unit),
  );
}

/** Who asks for a number that stands in a version or a date says so. */
const POINTS: readonly string[] = stems('version release date year day month edition');

function isPoint(unit: string): boolean {
  return unit === 'date' || unit === 'version';
}

/** Counts told without a figure. */
const FEW =
  /(?<!\b(?:the|this|that|last|first|each|every|any|no|new|old|other|which|another) )\bone\b|\b(?:once|twice|none|half|single|a third|a quarter|double)\b/i;
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
      return numberBonus(text, want, fittingValues(text, want));
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
  if (figures.length === 0) return tellsSpan(text, want) ? 0.2 : values.length > 0 || FEW.test(text) ? 0.05 : -0.25;
  const { units, counted } = want;
  const isMeasured = units === null || figures.some(({ unit }) => units.has(unit));
  const found = counted.size === 0 ? 1 : shared(counted, new Set(stems(text))) / counted.size;
  const told = counted.size === 0 || figures.some((value) => counts(value, text, counted)) ? 0 : COUNT_ELSEWHERE;
  return (isMeasured ? 0.2 : 0) + (units !== null && isMeasured ? 0.1 : 0) - 0.15 * (1 - found) - told;
}

/** Whether a number counts the very thing that is asked for, or is of the very measure; true where neither is told. */
export function isExact(text: string, want: Want): boolean {
  if (want.answer !== 'number') return true;
  const values = fittingValues(text, want);
  const { units, counted } = want;
  if (units !== null) return values.some(({ unit }) => units.has(unit)) || tellsSpan(text, want);
  return !want.counts || counted.size === 0 || values.some((value) => counts(value, text, counted));
}

/** Spans of time told without a figure: how often, how soon. */
const SPAN =
  /\b(?:hourly|daily|nightly|weekly|monthly|quarterly|yearly|annually|every (?:other |second )?(?:hour|day|night|week|month|quarter|spring|summer|autumn|winter|year)|next (?:working |business )?day|same day|immediately|at once|overnight)\b/i;

function tellsSpan(text: string, { units }: Want): boolean {
  return units?.has('second') === true && SPAN.test(text);
}

/** Taken away where the number counts something else than what is asked for. */
const COUNT_ELSEWHERE = 0.1;
/** A count and what it counts stand this close: `61 requests`, `Requests refused: 61`. */
const COUNT_DISTANCE = 20;

function counts({ unit, start, end }: Value, text: string, counted: ReadonlySet<string>): boolean {
  if (counted.has(unit)) return true;
  const around = text.slice(Math.max(0, start - COUNT_DISTANCE), end + COUNT_DISTANCE);
  return shared(counted, new Set(stems(around))) > 0;
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
