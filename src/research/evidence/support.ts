/**
 * How far a span supports a claim, as code can tell: whether it is the span's own wording; whether numbers, units, dates, names
 * and denial agree; and how much of its wording stands there. What disagrees is no support, however alike the words are.
 */

import type { Claim, SupportLabel } from '../../core/claim.ts';
import { mask } from '../../core/source.ts';
import { exchangesCompared } from './comparisons.ts';
import { coverageOf } from './coverage.ts';
import { datesOf, dateStands } from './dates.ts';
import { beginsOtherwise, namesOf, nameStands, namingOf } from './names.ts';
import { denies, isOpposite, polarityOf, type Stems, stemsOf } from './polarity.ts';
import { numeralsIn, unreadNumerals } from './numerals.ts';
import { numbersInWords } from './number-words.ts';
import { belongsElsewhere } from './owners.ts';
import { areEqual, type Quantity, quantitiesOf, quantityStands } from './quantities.ts';
import { exchangesRoles } from './roles.ts';
import { labelsOf, type Passage, readsAs } from './verbatim.ts';

/** From here on the wording is held well enough for a label. */
const NUMERIC_LEAST = 0.45;
export const LEXICAL_LEAST = 0.5;

/** How much of what the wording leaves open is settled by numbers that all agree. */
const NUMBERS_TELL = 0.25;
/** What each disagreement leaves of the score. */
const LEAVES = { differs: 0.25, absent: 0.45, name: 0.5, directly: 0.25, aside: 0.6, not: 1, opposite: 0.4 } as const;

/** So much of the claim stands in the evidence before an opposite turns it: "answers after the flush" is "flushes before it answers". */
const ALIKE_ENOUGH = 0.4;

/** Characters looked at: a claim is a sentence or a few, evidence some quotes, and words are compared each with each. */
const MOST_SAID = 4000;
const MOST_HELD = 20_000;

/** Numbers of a claim that are looked for; no sentence has more, and one that has is not borne out by what was not looked for. */
const MOST_COMPARED = 100;

export interface Support {
  /** 0 to 1. */
  readonly score: number;
  /** Whether the claim says numbers or dates, and all of them stand in the span. */
  readonly numeric: boolean;
  /** What does not agree, one word each. */
  readonly disagrees: readonly ('number' | 'name' | 'denial' | 'opposite')[];
}

/** How far the span supports the claim, 0 to 1: a ranking, no probability. `context`: what stands above the span, for names alone. */
export function supportScore(claim: string, span: string, context = ''): number {
  return supportOf(claim, span, context).score;
}

export function supportOf(said: string, held: string, context = ''): Support {
  const [claim, span] = [said.slice(0, MOST_SAID), held.slice(0, MOST_HELD)];
  const coverage = coverageOf(claim, span);
  const { overall, nearby, weakest, phrases, order } = coverage;
  const wording = 0.3 * overall + 0.15 * nearby + 0.2 * weakest + 0.15 * phrases + 0.2 * order;
  const numbers = numbersIn(claim, span, saysNumber(said.slice(MOST_SAID)) ? 1 : 0);
  const numeric = numbers.said > 0 && numbers.differs + numbers.absent === 0;
  const names = namesMissing(claim, `${context}\n${span}`);
  const denied = denies(polarityOf(claim), polarityOf(coverage.nearest));
  const opposite =
    isOpposite(stemsOf(claim), stemsOf(coverage.nearest)) ||
    turnsRound(claim, coverage.nearest) ||
    exchangesRoles(claim, coverage.nearest) ||
    exchangesCompared(claim, coverage.nearest);
  const factor =
    // What was not looked at is not borne out.
    (said === claim ? 1 : MOST_SAID / said.length) *
    LEAVES.differs ** numbers.differs *
    LEAVES.absent ** numbers.absent *
    LEAVES.name ** names *
    LEAVES[denied] *
    (opposite ? LEAVES.opposite : 1);
  return {
    score: (numeric ? wording + NUMBERS_TELL * (1 - wording) : wording) * factor,
    numeric,
    disagrees: [
      ...(numbers.differs + numbers.absent > 0 ? (['number'] as const) : []),
      ...(names > 0 ? (['name'] as const) : []),
      ...(denied !== 'not' ? (['denial'] as const) : []),
      ...(opposite && nearby >= ALIKE_ENOUGH ? (['opposite'] as const) : []),
    ],
  };
}

/**
 * The label that code gives; `model_judged` is never given here. `quoted` is what is the span itself, each cell of a table's row
 * behind its column's name at most.
 */
export function supportLabel(
  claim: Pick<Claim, 'text' | 'heading'>,
  held: Passage | string,
  context = claim.heading,
): SupportLabel {
  const passage = typeof held === 'string' ? { text: held, blanks: [] } : held;
  if (readsAs(claim.text, passage, labelsOf(claim.heading))) return 'quoted';
  const span = seenText(passage);
  const { score, numeric, disagrees } = supportOf(claim.text, span, context);
  if (disagrees.length > 0) return 'unsupported';
  if (numeric && score >= NUMERIC_LEAST) return 'numeric_match';
  return score >= LEXICAL_LEAST ? 'lexical' : 'unsupported';
}

function saysNumber(text: string): boolean {
  return /\p{N}/u.test(text) || numbersInWords(text).next().done === false;
}

const RAISED = /^<sup[\s>]/i;

/** As a reader sees it; `10<sup>5</sup>` is no 10 with a 5 behind it. */
function seenText({ text, blanks }: Passage): string {
  const powers = blanks.filter(
    ([from, to]) =>
      RAISED.test(text.slice(from, to)) &&
      /\p{Nd}$/u.test(text.slice(Math.max(0, from - 1), from)) &&
      /^[-−–+]?\p{Nd}/u.test(text.slice(to, to + 2)),
  );
  return powers.reduceRight((all, [from, to]) => `${all.slice(0, from)}^${all.slice(to)}`, mask(text, blanks));
}

/** `beyond`: numbers that were not looked at. */
function numbersIn(claim: string, span: string, beyond: number): { said: number; differs: number; absent: number } {
  const [dates, there] = [datesOf(claim), datesOf(span)];
  const quantities = quantitiesOf(span, there);
  const bareYears = quantities.flatMap(({ unit, values }) => (unit === null ? values.filter(isYear) : []));
  const years = new Set([...bareYears, ...there.flatMap(({ year }) => year ?? [])]);
  const all = quantitiesOf(claim, dates);
  const claimed = all.filter((quantity) => isMeant(claim, quantity));
  // What no reader takes for a number has to stand there as it is: `x86`, `pre-500`, `Ⅻ`.
  const unread = unreadNumerals(claim, [...dates, ...all]);
  const held = unread.length === 0 ? new Set<string>() : numeralsIn(span);
  const isOthers = belongsElsewhere({ text: claim, quantities: all, dates }, { text: span, quantities, dates: there });
  const standing = (quantity: Quantity): ReturnType<typeof quantityStands> =>
    isOthers(quantity) ? 'differs' : quantityStands(quantity, quantities, years);
  const found = [
    ...dates.map((date) => dateStands(date, there, years)),
    ...claimed.slice(0, MOST_COMPARED).map(standing),
    ...claimed.slice(MOST_COMPARED).map(() => 'absent' as const),
    ...unread.filter((token) => !held.has(token)).map(() => 'absent' as const),
  ];
  const of = (standing: string): number => found.filter((one) => one === standing).length;
  return { said: found.length + beyond, differs: of('differs'), absent: of('absent') + beyond };
}

const CLAUSE_END = /[,;:.]\s|\b(?:and|but|while|whereas|und|aber|et|mais|y|pero)\b/giu;

/**
 * Whether numbers stand in the other's roles: "fell 5 % and rose 3 %" where it "rose 5 % and fell 3 %", "from 10 to 5" where it
 * went from 5 to 10, 3/4 where it is 4/3.
 */
function turnsRound(claim: string, nearest: string): boolean {
  const said = quantitiesOf(claim, datesOf(claim)).slice(0, MOST_COMPARED);
  const held = quantitiesOf(nearest, datesOf(nearest)).slice(0, MOST_COMPARED);
  const there = rangesOf(nearest, held);
  const isReversed = rangesOf(claim, said).some(
    ([from, to]) =>
      there.some(([low, high]) => areEqual(from, high) && areEqual(to, low)) &&
      !there.some(([low, high]) => areEqual(from, low) && areEqual(to, high)),
  );
  if (isReversed) return true;
  const own = clausesOf(claim);
  const others = clausesOf(nearest);
  return said.some((one) => {
    const equal = held.filter((other) => other.kind === one.kind && areEqual(one, other));
    return equal.length > 0 && equal.every((other) => isOpposite(own(one), others(other)));
  });
}

/** Pairs of neighbouring numbers with a "to" or an "of" between them, or the sign of a fraction or a ratio. */
function rangesOf(text: string, all: readonly Quantity[]): readonly (readonly [Quantity, Quantity])[] {
  return all.slice(1).flatMap((other, at) => {
    const one = all[at];
    const isRange =
      one !== undefined &&
      /^(?:\s*(?:to|auf|bis|à|in|of|out of)\s*|\s?[/:∶⁄]\s?)$/iu.test(text.slice(one.end, other.start));
    return isRange ? [[one, other] as const] : [];
  });
}

/** For a number the stems of the clause it stands in. */
function clausesOf(text: string): (of: Quantity) => Stems {
  const ends = [...Array.from(text.matchAll(CLAUSE_END), ({ index }) => index), text.length];
  const read = new Map<number, Stems>();
  return ({ end }) => {
    const at = ends.findIndex((one) => one >= end);
    const stems = read.get(at) ?? stemsOf(text.slice(ends[at - 1] ?? 0, ends[at]));
    read.set(at, stems);
    return stems;
  };
}

function isYear(value: number): boolean {
  return Number.isInteger(value) && value >= 1000 && value < 2200;
}

/** "The faster of the two" counts nothing that evidence would have to count too; "two of nine" does. */
function isMeant(claim: string, { inWords, kind, unit, noun, end }: Quantity): boolean {
  return !inWords || kind === 'ordinal' || unit !== null || noun !== '' || /^\s+of\b/.test(claim.slice(end));
}

function namesMissing(claim: string, there: string): number {
  const dates = datesOf(claim);
  const naming = namingOf(there);
  const taken = [...dates, ...quantitiesOf(claim, dates)];
  const names = namesOf(claim, there).filter(({ start, end }) =>
    taken.every((one) => end <= one.start || start >= one.end),
  );
  return names.filter((name) => !nameStands(name, naming)).length + (beginsOtherwise(claim, there) ? 1 : 0);
}
