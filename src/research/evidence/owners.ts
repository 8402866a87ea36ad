/** Whose number it is: where the evidence says two of a kind, the one that a claim says stands beside the claim's own name or time. */

import { fold, words } from '../../core/words.ts';
import { countLeading } from '../../core/source.ts';
import type { DateSaid } from './dates.ts';
import { areEqual, type Quantity } from './quantities.ts';

const CLAUSE_END = /[,;:.!?]\s|\b(?:and|but|while|whereas|und|aber|et|mais|y|pero)\b|\n/giu;
const NAME = /(?<![\p{L}\p{M}\p{N}])\p{Lu}[\p{L}\p{M}\p{N}]+/gu;

interface Anchors {
  readonly names: ReadonlySet<string>;
  readonly times: ReadonlySet<string>;
}

interface Said {
  readonly text: string;
  readonly quantities: readonly Quantity[];
  readonly dates: readonly DateSaid[];
}

/** For a number the names and times of the clause it stands in. */
function anchorsIn({ text, quantities, dates }: Said): (of: Quantity) => Anchors {
  const ends = [...Array.from(text.matchAll(CLAUSE_END), ({ index }) => index), text.length];
  const clauseAt = (place: number): number => countLeading(ends, (end) => end < place);
  const read = new Map<number, { names: Set<string>; times: Set<string> }>();
  const anchorsOf = (clause: number): { names: Set<string>; times: Set<string> } => {
    const known = read.get(clause);
    if (known !== undefined) return known;
    const named = Array.from(text.slice(ends[clause - 1] ?? 0, ends[clause]).matchAll(NAME), ([name]) => name);
    const names = named.filter((name) => words(name).some(({ stop }) => !stop)).map((name) => fold(name));
    const anchors = { names: new Set(names), times: new Set<string>() };
    read.set(clause, anchors);
    return anchors;
  };
  const addTime = ({ end }: { readonly end: number }, time: string): unknown =>
    anchorsOf(clauseAt(end)).times.add(time);
  for (const one of quantities) if (one.isYear) addTime(one, String(one.values[0]));
  for (const one of dates) {
    if (one.year !== null) addTime(one, String(one.year));
    if (one.month !== null) addTime(one, `-${one.month}`);
  }
  return ({ end }) => anchorsOf(clauseAt(end));
}

/**
 * Whether a number that the evidence holds is another's there: "Alpha sold 20" where "Alpha sold 10 and Beta sold 20", "5 percent in
 * 2020" where that was 2019. Only where each of the numbers equal to it has a name or a time that is not the claim's, and the
 * claim's stands beside another number of its kind.
 */
export function belongsElsewhere(claim: Said, evidence: Said): (claimed: Quantity) => boolean {
  const said = anchorsIn(claim);
  const held = anchorsIn(evidence);
  return (claimed) => {
    if (claimed.isYear || claimed.kind !== 'amount') return false;
    const alike = evidence.quantities.filter((other) => isAlike(claimed, other));
    const equal = [...new Set(alike.filter((other) => areEqual(claimed, other)).map(held))];
    const rivals = [...new Set(alike.filter((other) => !areEqual(claimed, other)).map(held))];
    if (equal.length === 0 || rivals.length === 0) return false;
    const own = said(claimed);
    return (['names', 'times'] as const).some((kind) =>
      [...own[kind]].some(
        (anchor) =>
          rivals.some((rival) => rival[kind].has(anchor)) &&
          equal.every((one) => !one[kind].has(anchor) && [...one[kind]].some((other) => !own[kind].has(other))),
      ),
    );
  };
}

function isAlike(a: Quantity, b: Quantity): boolean {
  if (b.kind !== a.kind || b.isYear || (a.unit?.base ?? '') !== (b.unit?.base ?? '')) return false;
  return a.noun === b.noun || a.noun === '' || b.noun === '';
}
