/**
 * What is compared with what: "wages rose faster than prices" and "prices rose faster than wages" have every word in common, and
 * so have "smokers" and "non-smokers" in each other's places. Seen where both texts compare by the same word; what is turned round
 * in other words is not.
 */

import { lemmas } from './lemmas.ts';

const THAN = /(?<![\p{L}\p{M}\p{N}])than(?![\p{L}\p{M}\p{N}])/giu;
const CLAUSE_END =
  /[,;:.!?()–—]\s|\s[–—-]\s|[\n|]|(?<![\p{L}\p{N}])(?:and|but|while|whereas|although|because|which)(?![\p{L}\p{N}])/giu;
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[-‐‑][\p{L}\p{M}\p{N}]+)*/gu;
const MORE = /^(?:more|less|fewer)$/iu;
const COMPARING = /^(?:worse|\p{L}{2,}er)$/iu;
/** Comparisons looked at: a sentence has few. */
const MOST = 40;

interface Compared {
  /** Stem of the word that compares: "more", "faster", "rather". */
  readonly by: string;
  /** What there is more of, or what is done more often; '' where nothing follows. */
  readonly next: string;
  /** Content stems before "than", within its clause. */
  readonly one: ReadonlySet<string>;
  /** Content stems behind it, and the first of them: what the other is. */
  readonly other: ReadonlySet<string>;
  readonly head: string;
}

interface Token {
  readonly written: string;
  readonly stem: string;
  readonly stop: boolean;
}

/** A word with a hyphen is one: who smokes is none of the non-smokers, who are nonsmokers and never-smokers too. */
function tokensOf(text: string): readonly Token[] {
  return Array.from(text.matchAll(TOKEN)).flatMap(([written]) =>
    lemmas(written.replace(/^never[-‐‑]/iu, 'non').replaceAll(/[-‐‑]/g, '')).map(({ stem, stop }) => ({
      written,
      stem,
      stop,
    })),
  );
}

function contentOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ stem, stop }) => (stop ? [] : [stem]));
}

function comparisonsOf(text: string): readonly Compared[] {
  const thans = Array.from(text.matchAll(THAN)).slice(0, MOST);
  return thans.flatMap(({ 0: than, index }, at): readonly Compared[] => {
    const before = thans[at - 1];
    const left = text.slice(before === undefined ? 0 : before.index + before[0].length, index);
    const right = text.slice(index + than.length, thans[at + 1]?.index);
    const one = tokensOf(left.split(CLAUSE_END).at(-1) ?? '');
    const other = contentOf(tokensOf(right.split(CLAUSE_END)[0] ?? ''));
    const [head] = other;
    const more = one.findLastIndex(({ written }) => MORE.test(written));
    const place = more < 0 ? one.findLastIndex(({ written }) => COMPARING.test(written)) : more;
    const by = one[place];
    if (by === undefined || head === undefined) return [];
    const next = more < 0 ? '' : (contentOf(one.slice(place + 1))[0] ?? '');
    return [{ by: by.stem, next, one: new Set(contentOf(one)), other: new Set(other), head }];
  });
}

/** Whether what the one is there the other is here, and the other way round. */
function isExchanged(said: Compared, held: Compared): boolean {
  const isTurned =
    said.one.has(held.head) && held.one.has(said.head) && !said.other.has(held.head) && !held.other.has(said.head);
  if (!isTurned || said.by !== held.by) return false;
  // "More men than women", "more in winter than in summer": what follows may be what is compared.
  const [mine, theirs] = [said, held].map(({ next }) => (next === said.head || next === held.head ? '' : next));
  return mine === theirs;
}

/** Whether the claim compares two the other way round, and the evidence nowhere as the claim does. */
export function exchangesCompared(claim: string, evidence: string): boolean {
  const there = comparisonsOf(evidence);
  return comparisonsOf(claim).some((said) => {
    const isSaid = there.some((held) => held.by === said.by && held.head === said.head);
    return !isSaid && there.some((held) => isExchanged(said, held));
  });
}
