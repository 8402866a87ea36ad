/**
 * What a claim says of a group and of all others at once: "Non-members pay 20 euros, members pay 10". Evidence that names the
 * group alone bears it out where it says of the group what the claim says of it, and tells of others in the place of those that
 * the claim denies to be of it. Read by the words that stand beside; where these do not tell, it does not.
 */

import type { Word } from '../../core/words.ts';
import { lemmas } from './lemmas.ts';

/** Ends a clause, between two words. */
const ENDS = /[,;:.!?()\n–—]|(?<![\p{L}\p{N}])(?:while|whereas|but|although)(?![\p{L}\p{N}])/iu;
/** Passed over: who stands in a place does so with them or without. "Some" and "may" say less, and stay. */
const PASSED = stemsOf('while whereas but although the a an all both each every have has had do does did will');
const HYPHEN = /^[-‐‑]$/u;
const DENYING = /^(?:non|un|never)$/iu;
/** "Non-smokers" are those who do not smoke; "non-native" is said of others by a word of its own. */
const OF_SEVERAL = /s$/iu;
/** What is said of two at once is said of neither by itself: evidence for the one is none for the other. */
const JOINING: ReadonlySet<string> = new Set('and or nor und oder et ou y o e'.split(' '));

/** Who is not of the group, in one word or the last of a few. */
const OTHERS = stemsOf('else other others rest');
/** Words that stand before these. */
const ALL = stemsOf('everybody everyone anybody anyone');

/** The words beside a name but for those passed over: one before it, two behind it; none beyond the clause. */
interface Place {
  readonly left: string;
  readonly next: string;
  readonly right: string;
}

type Naming = Place & {
  /** `otherwise`: within another compound, as "ex-smokers". */
  readonly kind: 'bare' | 'denied' | 'otherwise';
  readonly isNoun: boolean;
};

function stemsOf(text: string): ReadonlySet<string> {
  return new Set(lemmas(text).map(({ stem }) => stem));
}

function keyOf({ left, next, right }: Place): string {
  return [left, next, right].join(' ');
}

/** Who stands where in a text. */
class Roles {
  /** By stem. */
  readonly named = new Map<string, Naming[]>();
  /** Stems of content words, by the place in which they stand. */
  readonly holders = new Map<string, Set<string>>();
  /** Places of "the others". */
  readonly others = new Set<string>();
  readonly #text: string;
  readonly #words: readonly Word[];

  constructor(text: string) {
    this.#text = text;
    this.#words = lemmas(text).filter(({ stem }) => !PASSED.has(stem));
    for (const [at, { stem, stop }] of this.#words.entries()) {
      const named = this.named.get(stem) ?? [];
      named.push(this.#naming(at));
      this.named.set(stem, named);
      if (OTHERS.has(stem)) this.others.add(keyOf(this.#place(this.#first(at), at)));
      if (stop) continue;
      const key = keyOf(this.#place(at, at));
      this.holders.set(key, (this.holders.get(key) ?? new Set()).add(stem));
    }
  }

  #naming(at: number): Naming {
    const before = HYPHEN.test(this.#gap(at - 1)) ? this.#written(at - 1) : '';
    const isDenied = DENYING.test(before);
    const isOtherwise = (before !== '' && !isDenied) || HYPHEN.test(this.#gap(at));
    return {
      kind: isOtherwise ? 'otherwise' : isDenied ? 'denied' : 'bare',
      isNoun: OF_SEVERAL.test(this.#written(at)),
      ...this.#place(isDenied ? at - 1 : at, at),
    };
  }

  /** Of "all the others", whose last word this is. */
  #first(last: number): number {
    let first = last;
    while (ALL.has(this.#words[first - 1]?.stem ?? '') && this.#isOneClause(first - 1)) first -= 1;
    return first;
  }

  #place(first: number, last: number): Place {
    const next = this.#isOneClause(last) ? (this.#words[last + 1]?.stem ?? '') : '';
    return {
      left: this.#isOneClause(first - 1) ? (this.#words[first - 1]?.stem ?? '') : '',
      next,
      right: next !== '' && this.#isOneClause(last + 1) ? (this.#words[last + 2]?.stem ?? '') : '',
    };
  }

  #isOneClause(at: number): boolean {
    return !ENDS.test(this.#gap(at));
  }

  /** What stands between this word and the next. */
  #gap(at: number): string {
    return this.#text.slice(this.#words[at]?.end ?? 0, this.#words[at + 1]?.start);
  }

  #written(at: number): string {
    const { start, end } = this.#words[at] ?? { start: 0, end: 0 };
    return this.#text.slice(start, end);
  }
}

/** For a stem that the claim says and denies by a prefix, and the evidence only says: whether the evidence bears out both. */
export function groupsTold(claim: string, evidence: string): (stem: string) => boolean {
  const [said, held] = [new Roles(claim), new Roles(evidence)];
  return (stem) => {
    const [own, theirs] = [said.named.get(stem) ?? [], held.named.get(stem) ?? []];
    const isJoined = own.some(({ left, next }) => JOINING.has(left) || JOINING.has(next));
    if (isJoined || [...own, ...theirs].some(({ kind }) => kind === 'otherwise')) return false;
    const bare = own.filter(({ kind }) => kind === 'bare');
    const [here, there] = [new Set(bare.map(keyOf)), new Set(theirs.map(keyOf))];
    if ([...here].some((key) => !there.has(key))) return false;
    return own.every((naming) => {
      if (naming.kind === 'bare') return true;
      const isAttribute = !naming.isNoun && naming.next !== '' && bare.every(({ next }) => next === naming.next);
      if (!isAttribute) return held.others.has(keyOf(naming));
      const holders = held.holders.get(keyOf(naming));
      return holders !== undefined && holders.size > (holders.has(stem) ? 1 : 0);
    });
  };
}
