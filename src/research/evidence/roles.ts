/**
 * Who does what to whom: "Alphatec acquired Betacorp" and "Betacorp acquired Alphatec" have every word in common. Seen where two
 * names stand in one clause around the same word, which is the form a swapped pair has; what is turned round in other words is not.
 */

import { fold, words } from '../../core/words.ts';
import { contentLemmas, lemmas } from './lemmas.ts';
import { isGerman } from './names.ts';

const CAPITAL = /(?<![\p{L}\p{M}\p{N}])\p{Lu}[\p{L}\p{M}\p{N}]*(?:[-'’.&][\p{L}\p{M}\p{N}]+)*/gu;
const OPENS = /(?:^|[.!?:…]["”’)]*\s+|[\n“"(]\s*)$/u;
/** Between two names of one clause. */
const CLAUSE_END = /[,;:.!?()–—]\s|\s[–—-]\s|\n/u;
/** A passive: who did it stands behind. */
const DONE_BY = /\b(?:by|par|por|door|da|av)\s+(?:\p{L}+\s+){0,2}$/iu;
/** What holds for both alike: "merged with", "as large as", "5 km from". */
const MUTUAL = /\b(?:with|as|and|or|from|near|between|beside|opposite|versus|vs|against|like)\b/iu;
const MUTUAL_VERBS: ReadonlySet<string> = new Set(
  lemmas(
    'meet met meeting marry married border neighbour neighbor match equal resemble touch adjoin join joined face share',
  ).map(({ stem }) => stem),
);
/** As many words between two names make them one clause's subject and object hardly any more. */
const MOST_BETWEEN = 6;
/** Names looked at: a sentence has few, and a list of them tells of nobody. */
const MOST_NAMES = 40;

interface Relation {
  /** Folded, in the order in which they stand. */
  readonly pair: readonly [string, string];
  readonly isPassive: boolean;
  /** Stems between them. */
  readonly by: ReadonlySet<string>;
}

interface Named {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** In reading order; words of a name that stand side by side are one. */
function namedIn(text: string): readonly Named[] {
  const found: Named[] = [];
  for (const match of text.matchAll(CAPITAL)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const name = fold(match[0].replace(/['’]s$/, ''));
    // The article that begins a sentence is no name; the letter of "company A" is.
    const isLetter = name.length === 1 && !OPENS.test(text.slice(Math.max(0, start - 6), start));
    if (!isLetter && (name.length === 1 || words(name).every(({ stop }) => stop))) continue;
    const before = found.at(-1);
    const isOne = before !== undefined && text.slice(before.end, start) === ' ';
    if (isOne) found.splice(-1, 1, { name: `${before.name} ${name}`, start: before.start, end });
    else found.push({ name, start, end });
    if (found.length >= MOST_NAMES) break;
  }
  return found;
}

function relationsOf(text: string): readonly Relation[] {
  const names = namedIn(text);
  return names.slice(1).flatMap((other, at): readonly Relation[] => {
    const one = names[at];
    if (one === undefined || one.name === other.name) return [];
    const between = text.slice(one.end, other.start);
    if (CLAUSE_END.test(between) || MUTUAL.test(between)) return [];
    const stems = contentLemmas(between).map(({ stem }) => stem);
    const by = new Set(stems.filter((stem) => !/\p{N}/u.test(stem)));
    if (by.size === 0 || stems.length > MOST_BETWEEN || stems.some((stem) => MUTUAL_VERBS.has(stem))) return [];
    return [{ pair: [one.name, other.name], isPassive: DONE_BY.test(between), by }];
  });
}

/** "Alphatec" and "Alphatec Ltd", but not "Bank A" and "Bank B". */
function isOne(name: string, other: string): boolean {
  return ` ${name} `.includes(` ${other} `) || ` ${other} `.includes(` ${name} `);
}

/** Whether both are of these two names and this word; then, whether the first does to the second what the other tells of them. */
function compared(
  { pair: [a, b], ...one }: Relation,
  { pair: [c, d], ...other }: Relation,
): 'same' | 'exchanged' | 'apart' {
  const isTurned = isOne(a, d) && isOne(b, c);
  // Both where a name alone is part of two.
  if (isTurned === (isOne(a, c) && isOne(b, d)) || ![...one.by].some((stem) => other.by.has(stem))) return 'apart';
  return isTurned === (one.isPassive !== other.isPassive) ? 'same' : 'exchanged';
}

/** Whether a pair of names stands in each other's roles in the claim, and nowhere in the evidence in its own. */
export function exchangesRoles(claim: string, evidence: string): boolean {
  // Where every noun has a capital, and the object may come first, order tells nothing.
  if (isGerman(`${claim} ${evidence}`)) return false;
  const there = relationsOf(evidence);
  return relationsOf(claim).some((said) => {
    const found = new Set(there.map((held) => compared(said, held)));
    return found.has('exchanged') && !found.has('same');
  });
}
