/**
 * Finds claims that contradict each other. A false conflict makes a reader doubt a sound source, so every rule errs
 * towards silence: the same subject, the same unit, the same conditions, and still two values.
 */

import type { Claim, Conflict } from '../../../core/claim.ts';
import type { Source } from '../../../core/source.ts';
import { words } from '../../../core/words.ts';
import type { Pace } from './pacing.ts';
import { isWithin, periodsIn } from './periods.ts';
import { rowDifference } from './row-conflicts.ts';
import { pacedStatements, type Statement, statements, subjectPhrase } from './statement.ts';
import { compareIds, containment, jaccard, shared } from './text.ts';
import { BASE_UNITS } from '../../../core/units.ts';
import { compatible, type Value } from './values.ts';
import { areVersions, compareAge } from './versions.ts';

/** Which two wordings differ, and what about. */
interface Difference {
  readonly subject: string;
  readonly a: string;
  readonly b: string;
}

const SUBJECT_OVERLAP = 0.5;
const COUNT_OVERLAP = 0.6;
const FLIP_OVERLAP = 0.75;
const LONGEST_FLIP_WORDS = 35;
/** Shorter sentences share their frame by chance. */
const LEAST_TEMPLATE_WORDS = 4;
const LONGEST_REPLACED = 3;

/** Words that exclude each other when said of one thing. */
const ANTONYMS: readonly (readonly [string, string])[] = [
  ['enabled', 'disabled'],
  ['required', 'optional'],
  ['mandatory', 'optional'],
  ['synchronous', 'asynchronous'],
  ['synchronously', 'asynchronously'],
  ['supported', 'unsupported'],
  ['allowed', 'forbidden'],
  ['allowed', 'prohibited'],
  ['permitted', 'forbidden'],
  ['safe', 'unsafe'],
  ['increases', 'decreases'],
  ['mutable', 'immutable'],
  ['persistent', 'volatile'],
  ['compatible', 'incompatible'],
  ['encrypted', 'unencrypted'],
  ['approved', 'rejected'],
  ['open', 'closed'],
  ['true', 'false'],
  ['lossy', 'lossless'],
];

/** Conflicts between claims of different sources, in the order of the claims; each pair at most once. */
export async function findConflicts(
  claims: readonly Claim[],
  sources: readonly Source[],
  pause: Pace,
): Promise<readonly Conflict[]> {
  return conflictsAmong(await pacedStatements(claims, sources, pause), pause);
}

/** The same for statements already read. */
export async function conflictsAmong(list: readonly Statement[], pause: Pace): Promise<readonly Conflict[]> {
  const found: Conflict[] = [];
  for (const [index, a] of list.entries()) {
    for (const b of list.slice(index + 1)) {
      const difference = contradiction(a, b);
      if (difference !== null) found.push(conflictOf(a, b, difference));
    }
    await pause(list.length - index);
  }
  return found;
}

/** Those of `others` that contradict one of the claims: what a reader of the claims should see beside them. */
export function contradicting(
  claims: readonly Claim[],
  others: readonly Claim[],
  sources: readonly Source[],
): readonly Claim[] {
  const list = statements([...claims, ...others], sources);
  const own = list.slice(0, claims.length);
  return list
    .slice(claims.length)
    .filter((other) => own.some((claim) => contradiction(claim, other) !== null))
    .map(({ claim }) => claim);
}

function conflictOf(a: Statement, b: Statement, { subject, a: valueA, b: valueB }: Difference): Conflict {
  const age = a.source === undefined || b.source === undefined ? 0 : compareAge(a.source, b.source);
  const swap = age < 0 || (age === 0 && compareIds(a.claim.claim_id, b.claim.claim_id) > 0);
  const [first, second] = swap ? [b, a] : [a, b];
  const [one, other] = swap ? [valueB, valueA] : [valueA, valueB];
  const places = age === 0 ? ['in one source', 'in another'] : ['in the newer source', 'in the older one'];
  return {
    claim_ids: [first.claim.claim_id, second.claim.claim_id],
    newer: age === 0 ? null : first.claim.claim_id,
    about: `${subject}: ${one} ${places[0] ?? ''}, ${other} ${places[1] ?? ''}`,
  };
}

function contradiction(a: Statement, b: Statement): Difference | null {
  if (a.claim.source_id === b.claim.source_id || a.claim.text === b.claim.text) return null;
  // Every rule below needs words in common, which most pairs do not have.
  if (shared(a.stems, b.stems) === 0) return null;
  const row = rowDifference(a, b, isOneDocument(a, b));
  if (row !== undefined) return row;
  if (a.conditional !== b.conditional || !isOneTopic(a, b)) return null;
  return valueConflict(a, b) ?? flip(a, b) ?? replacedWord(a, b);
}

function isOneDocument(a: Statement, b: Statement): boolean {
  return a.source !== undefined && b.source !== undefined && areVersions(a.source, b.source);
}

/** "The default page size is 4096 bytes" in a text on SQLite and in one on LevelDB are two facts. */
function isOneTopic(a: Statement, b: Statement): boolean {
  if (isOneDocument(a, b) || shared(a.names, b.names) > 0) return true;
  // Word for word the same but for a value, in two texts that name one thing in title or heading.
  const isSameSentence = a.subject.size >= LEAST_TEMPLATE_WORDS && jaccard(a.subject, b.subject) === 1;
  if (isSameSentence && shared(a.contextStems, b.contextStems) > 0) return true;
  const namesA = a.names.size > 0 ? a.names : a.context;
  const namesB = b.names.size > 0 ? b.names : b.context;
  return namesA.size === 0 || namesB.size === 0 || shared(namesA, namesB) > 0;
}

function without(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  return [...a].filter((stem) => !b.has(stem));
}

// --- Values ------------------------------------------------------------------------------------------------------

function valueConflict(a: Statement, b: Statement): Difference | null {
  const unitsOfB = new Set(b.values.map(({ unit }) => unit));
  const common = [...new Set(a.values.map(({ unit }) => unit))].filter((unit) => unitsOfB.has(unit));
  const pairs = common.map((unit) => differing(a, b, unit)).filter((pair) => pair !== null);
  // Two values that differ mark two different things (another year, another release), unless it is one document.
  const [pair] = pairs;
  if (pair === undefined || (pairs.length > 1 && !isOneDocument(a, b))) return null;
  if (!isOneSubject(a, b, pair) || isDatedOnce(a, b, pair) || areOfTwoPeriods(a, b, pair)) return null;
  return { subject: subjectPhrase(a, b, { before: pair[0].start }), a: spoken(pair[0]), b: spoken(pair[1]) };
}

/** The one pair of values of a unit that cannot both be true, or null: none, or more than one way to pair them. */
function differing(a: Statement, b: Statement, unit: string): readonly [Value, Value] | null {
  const left = a.values.filter((value) => value.unit === unit);
  const right = b.values.filter((value) => value.unit === unit);
  if (left.length !== right.length) return null;
  const odd = left
    .map((value, at): readonly [Value, Value | undefined] => [value, right[at]])
    .filter(([value, other]) => other !== undefined && !compatible(value, other));
  const [first] = odd;
  if (odd.length !== 1 || first?.[1] === undefined) return null;
  const isCrossed = left.some((value) =>
    right.some((other) => other !== first[1] && value === first[0] && compatible(value, other)),
  );
  return isCrossed || (left.length > 1 && jaccard(a.subject, b.subject) < FLIP_OVERLAP) ? null : [first[0], first[1]];
}

function isOneSubject(a: Statement, b: Statement, [valueA, valueB]: readonly [Value, Value]): boolean {
  // A sentence that a new version of the document only adds to is still about the same.
  const overlap = isOneDocument(a, b) ? containment(a.subject, b.subject) : jaccard(a.subject, b.subject);
  const isKnownUnit = BASE_UNITS.has(valueA.unit) || ['date', 'version', '$', '€', '£'].includes(valueA.unit);
  const least = isKnownUnit && valueA.unit !== 'date' ? SUBJECT_OVERLAP : COUNT_OVERLAP;
  const both = shared(a.subject, b.subject);
  const isBare = valueA.unit === '';
  if (overlap < (isBare ? FLIP_OVERLAP : least) || both < (overlap === 1 ? 1 : 2)) return false;
  const extraA = without(a.subject, b.subject);
  const extraB = without(b.subject, a.subject);
  if (namesElsewhere(extraA, a, b) || namesElsewhere(extraB, b, a)) return false;
  // A sentence that is nearly the same in a new version of the document speaks of the same in other words.
  if (isOneDocument(a, b) && overlap >= FLIP_OVERLAP) return true;
  // "Read latency" and "write latency": each side names something of its own before the value.
  return !(standsBefore(extraA, a, valueA.start) && standsBefore(extraB, b, valueB.start));
}

/** Names only one side has, which neither the title nor the heading of the other accounts for. */
function namesElsewhere(extra: readonly string[], of: Statement, other: Statement): boolean {
  return !isOneDocument(of, other) && extra.some((stem) => of.names.has(stem) && !other.contextStems.has(stem));
}

function standsBefore(extra: readonly string[], of: Statement, at: number): boolean {
  return of.words.some(({ stem, start }) => start < at && extra.includes(stem));
}

/** "In 2010 the limit was 1 GB" does not deny today's limit. */
function isDatedOnce(a: Statement, b: Statement, [value]: readonly [Value, Value]): boolean {
  if (value.unit === 'date' || isOneDocument(a, b)) return false;
  return isDated(a) !== isDated(b);
}

function isDated({ values }: Statement): boolean {
  return values.some(({ unit }) => unit === 'date' || unit === 'version');
}

/** What was counted in week 11 is not denied by what was in week 12. A date with its year may be that of an edition. */
function areOfTwoPeriods({ claim: a }: Statement, { claim: b }: Statement, [value]: readonly [Value, Value]): boolean {
  if (value.unit === 'date') return false;
  const [left, right] = [periodsIn(a.text), periodsIn(b.text)];
  const isYearless = [...left, ...right].every(({ year }) => year === null);
  if (left.length === 0 || right.length === 0 || !isYearless) return false;
  return !left.some((one) => right.some((other) => isWithin(one, other) || isWithin(other, one)));
}

const SPOKEN_BOUND = { exact: '', about: 'about ', atLeast: 'at least ', atMost: 'at most ' } as const;

function spoken({ bound, text }: Value): string {
  return `${SPOKEN_BOUND[bound]}${text.trim()}`;
}

// --- One word replaced -------------------------------------------------------------------------------------------

/** Two versions of one document with one sentence that differs in a word or a few in one place: `NORMAL`, `FULL`. */
function replacedWord(a: Statement, b: Statement): Difference | null {
  if (!isOneDocument(a, b)) return null;
  const [left, right] = [a.tokens, b.tokens];
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head]?.stem === right[head]?.stem) head += 1;
  let tail = 0;
  while (tail < shorter - head && left.at(-1 - tail)?.stem === right.at(-1 - tail)?.stem) tail += 1;
  const one = left.slice(head, left.length - tail);
  const other = right.slice(head, right.length - tail);
  const isPlace = [one, other].every((list) => list.length <= LONGEST_REPLACED && list.some(({ stop }) => !stop));
  if (!isPlace || head + tail < LEAST_TEMPLATE_WORDS) return null;
  return {
    subject: subjectPhrase(a, b, { before: one[0]?.start ?? 0 }),
    a: a.claim.text.slice(one[0]?.start, one.at(-1)?.end),
    b: b.claim.text.slice(other[0]?.start, other.at(-1)?.end),
  };
}

// --- Negation and opposites --------------------------------------------------------------------------------------

const POLES: readonly (readonly [string, string])[] = ANTONYMS.map(([yes, no]) => [stemOf(yes), stemOf(no)]);

function stemOf(word: string): string {
  return words(word)[0]?.stem ?? word;
}

function flip(a: Statement, b: Statement): Difference | null {
  if (isTooLong(a) || isTooLong(b) || a.values.length !== b.values.length) return null;
  const [allA, allB] = [a.stems, b.stems];
  const opposites = POLES.flatMap(([yes, no]) => {
    if (allA.has(yes) && allB.has(no) && !allA.has(no) && !allB.has(yes)) return [[yes, no] as const];
    if (allA.has(no) && allB.has(yes) && !allA.has(yes) && !allB.has(no)) return [[no, yes] as const];
    return [];
  });
  const turns = (a.negated === b.negated ? 0 : 1) + Math.min(opposites.length, 1);
  if (turns !== 1) return null;
  const poles = new Set(opposites.flat());
  const restA = new Set(without(allA, poles));
  const restB = new Set(without(allB, poles));
  const both = shared(restA, restB);
  const overlap = jaccard(restA, restB);
  if (overlap < FLIP_OVERLAP || both < (poles.size > 0 ? 1 : 2)) return null;
  const extras = [...without(restA, restB), ...without(restB, restA)];
  if (extras.some((stem) => a.names.has(stem) || b.names.has(stem))) return null;
  const sameValues = a.values.every((value, at) => {
    const other = b.values[at];
    return other !== undefined && value.unit === other.unit && compatible(value, other);
  });
  if (!sameValues) return null;
  const [pole] = opposites;
  if (pole !== undefined) {
    const [one, other] = [surfaceOf(a, pole[0]), surfaceOf(b, pole[1])];
    return { subject: subjectPhrase(a, b, { skip: poles }), a: one, b: other };
  }
  const { no, yes, word } = a.negated ? deniedBy(a, b) : deniedBy(b, a);
  const subject = subjectPhrase(a, b, { skip: new Set(words(word).map(({ stem }) => stem)) });
  return { subject, a: a.negated ? no : yes, b: a.negated ? yes : no };
}

const DENIAL =
  /(?:\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may)\s+)?(?:\b(?:not|never|no|cannot)|\b\w+n['’]t)(?:\s+be)?\s+(?<word>[\p{L}-]+)/iu;
const AUXILIARY =
  /(?:\b(?:is|are|was|were|be|been|do|does|did|has|have|had|can|could|will|would|should|must|may|might)\s+(?:(?:always|also|usually|often|sometimes)\s+)?)+$/i;

/** "is never lost" and "may be lost": the word denied on one side, and how each side says it. */
function deniedBy(no: Statement, yes: Statement): { readonly no: string; readonly yes: string; readonly word: string } {
  const denial = DENIAL.exec(no.claim.text);
  const word = denial?.groups?.['word'] ?? '';
  const [stem] = words(word).map((entry) => entry.stem);
  const said = words(yes.claim.text).find((entry) => entry.stem === stem);
  if (denial === null || said === undefined) return { no: 'denied', yes: 'stated', word: '' };
  const before = AUXILIARY.exec(yes.claim.text.slice(0, said.start))?.[0] ?? '';
  return { no: denial[0], yes: before + yes.claim.text.slice(said.start, said.end), word };
}

function isTooLong({ claim, tokens }: Statement): boolean {
  return tokens.length > LONGEST_FLIP_WORDS || claim.text.endsWith('?');
}

function surfaceOf(statement: Statement, stem: string): string {
  return statement.words.find((word) => word.stem === stem)?.surface.toLowerCase() ?? stem;
}
