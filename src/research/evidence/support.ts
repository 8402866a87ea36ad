/**
 * How far a span supports a claim, as code can tell: whether it is the span's own wording; whether numbers, units, dates, names
 * and denial agree; and how much of its wording stands there. What disagrees is no support, however alike the words are.
 */

import type { Claim, SupportLabel } from '../../core/claim.ts';
import { mask } from '../../core/source.ts';
import { lemmas } from './lemmas.ts';
import { coverageOf } from './coverage.ts';
import { datesOf, dateStands } from './dates.ts';
import { namesOf, nameStands, namingOf } from './names.ts';
import { denies, isOpposite, polarityOf } from './polarity.ts';
import { type Quantity, quantitiesOf, quantityStands } from './quantities.ts';
import { labelsOf, type Passage, readsAs } from './verbatim.ts';

/** From here on the wording is held well enough for a label. */
const NUMERIC_LEAST = 0.45;
const LEXICAL_LEAST = 0.5;

/** How much of what the wording leaves open is settled by numbers that all agree. */
const NUMBERS_TELL = 0.25;
/** What each disagreement leaves of the score. */
const LEAVES = { differs: 0.25, absent: 0.45, name: 0.5, directly: 0.25, aside: 0.6, not: 1, opposite: 0.4 } as const;

/** Characters looked at: a quote is a sentence or a few, and numbers are compared each with each. */
const MOST_READ = 20_000;

export interface Support {
  /** 0 to 1. */
  readonly score: number;
  /** Whether the claim says numbers or dates, and all of them stand in the span. */
  readonly numeric: boolean;
  /** What does not agree, one word each. */
  readonly disagrees: readonly ('number' | 'name' | 'denial')[];
}

/** How far the span supports the claim, 0 to 1: a ranking, no probability. `context`: what stands above the span, for names alone. */
export function supportScore(claim: string, span: string, context = ''): number {
  return supportOf(claim, span, context).score;
}

export function supportOf(said: string, held: string, context = ''): Support {
  const [claim, span] = [said.slice(0, MOST_READ), held.slice(0, MOST_READ)];
  const coverage = coverageOf(claim, span);
  const { overall, nearby, weakest, phrases, order } = coverage;
  const wording = 0.3 * overall + 0.15 * nearby + 0.2 * weakest + 0.15 * phrases + 0.2 * order;
  const numbers = numbersIn(claim, span);
  const numeric = numbers.said > 0 && numbers.differs + numbers.absent === 0;
  const names = namesMissing(claim, `${context}\n${span}`);
  const denied = denies(polarityOf(claim), polarityOf(coverage.nearest));
  const opposite = isOpposite(stemSet(claim), stemSet(coverage.nearest));
  const factor =
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
  const span = mask(passage.text, passage.blanks);
  const { score, numeric, disagrees } = supportOf(claim.text, span, context);
  if (disagrees.length > 0) return 'unsupported';
  if (numeric && score >= NUMERIC_LEAST) return 'numeric_match';
  return score >= LEXICAL_LEAST ? 'lexical' : 'unsupported';
}

function stemSet(text: string): ReadonlySet<string> {
  return new Set(lemmas(text).map(({ stem }) => stem));
}

function numbersIn(claim: string, span: string): { said: number; differs: number; absent: number } {
  const [dates, there] = [datesOf(claim), datesOf(span)];
  const quantities = quantitiesOf(span, there);
  const bareYears = quantities.flatMap(({ unit, values }) => (unit === null ? values.filter(isYear) : []));
  const years = new Set([...bareYears, ...there.flatMap(({ year }) => year ?? [])]);
  const claimed = quantitiesOf(claim, dates).filter((quantity) => isMeant(claim, quantity));
  const found = [
    ...dates.map((date) => dateStands(date, there, years)),
    ...claimed.map((quantity) => quantityStands(quantity, quantities, years)),
  ];
  const of = (standing: string): number => found.filter((one) => one === standing).length;
  return { said: found.length, differs: of('differs'), absent: of('absent') };
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
  return names.filter((name) => !nameStands(name, naming)).length;
}
