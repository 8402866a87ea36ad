/** How much of a claim's wording stands in its evidence, word by word and as phrases. */

import { contentLemmas } from './lemmas.ts';

interface Token {
  readonly stem: string;
  /** Long words tell more: a language's short words are its frequent ones. */
  readonly weight: number;
  /** Number of the claim's clause it stands in. */
  readonly clause: number;
}

export interface Coverage {
  /** Weight of the claim's words that the evidence holds, 0 to 1: in all of it, and in its best two sentences. */
  readonly overall: number;
  readonly nearby: number;
  /** The same of the clause of the claim that is held least. */
  readonly weakest: number;
  /** Of the claim's neighbouring words, how many are neighbours in the evidence too. */
  readonly phrases: number;
  /** Share of the claim's words that stand in the nearest sentences in the claim's order. */
  readonly order: number;
  /** The sentences of the evidence nearest to the claim. */
  readonly nearest: string;
}

const SENTENCE_END = /(?<=[.!?…]["”’)\]]*)\s+(?=[\p{Lu}\p{N}"“(])|(?<=[。！？])|\n\s*\n/u;
const CLAUSE_END =
  /[,;:()–—]|\b(?:and|but|which|who|that|while|because|although|when|where|since|und|aber|et|mais|y|pero)\b/iu;
/** A part of a clause that short says nothing of its own. */
const LEAST_CLAUSE = 2;
/** Two words are neighbours when so few content words lie between them. */
const NEARBY = 3;
/** Neighbours the other way round: passive voice, or the roles exchanged. */
const REVERSED = 0.4;
const PREFIX = 5;
/** What a word of the same beginning counts: "decided", "decision". */
const ALIKE = 0.7;

export function coverageOf(claim: string, evidence: string): Coverage {
  const said = tokensOf(claim);
  const sentences = evidence.split(SENTENCE_END).filter((sentence) => sentence.trim() !== '');
  const windows = sentences.map((sentence, at) => [sentence, sentences[at + 1] ?? ''].join(' ').trim());
  const [overall, ...near] = [evidence, ...windows].map((text) => holds(said, stemsOf(text)));
  let best = 0;
  for (const [at, value] of near.entries()) if (total(value) > total(near[best] ?? [])) best = at;
  const whole = overall ?? [];
  const nearest = windows[best] ?? evidence;
  return {
    overall: share(said, whole),
    nearby: share(said, near[best] ?? whole),
    weakest: weakestClause(said, whole),
    phrases: phrasesOf(said, stemsOf(evidence)),
    order: orderOf(said, stemsOf(nearest)),
    nearest,
  };
}

function stemsOf(text: string): readonly string[] {
  return contentLemmas(text).map(({ stem }) => stem);
}

function tokensOf(claim: string): readonly Token[] {
  const tokens: Token[] = [];
  let clause = 0;
  let from = 0;
  const take = (part: string): void => {
    for (const { stem } of contentLemmas(part)) {
      tokens.push({ stem, clause, weight: Math.min(1.25, Math.max(0.5, stem.length / 7)) });
    }
  };
  for (const part of claim.split(CLAUSE_END)) {
    take(part);
    // A part without a word of its own belongs to what follows.
    if (tokens.length - from < LEAST_CLAUSE) continue;
    from = tokens.length;
    clause += 1;
  }
  return tokens;
}

/** For each word of the claim how well the evidence holds it. */
function holds(said: readonly Token[], held: readonly string[]): readonly number[] {
  const exact = new Set(held);
  const beginnings = new Set(held.flatMap((stem) => (stem.length >= PREFIX ? [stem.slice(0, PREFIX)] : [])));
  return said.map(({ stem }) => {
    if (exact.has(stem)) return 1;
    return stem.length >= PREFIX && !/\p{N}/u.test(stem) && beginnings.has(stem.slice(0, PREFIX)) ? ALIKE : 0;
  });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function share(said: readonly Token[], held: readonly number[]): number {
  const all = said.reduce((sum, { weight }) => sum + weight, 0);
  const there = said.reduce((sum, { weight }, at) => sum + weight * (held[at] ?? 0), 0);
  return all === 0 ? 0 : there / all;
}

function weakestClause(said: readonly Token[], held: readonly number[]): number {
  const clauses = [...new Set(said.map(({ clause }) => clause))].map((clause) => {
    const own = said.flatMap((token, at) => (token.clause === clause ? [{ token, held: held[at] ?? 0 }] : []));
    return {
      size: own.length,
      held: share(
        own.map(({ token }) => token),
        own.map((one) => one.held),
      ),
    };
  });
  const telling = clauses.filter(({ size }) => size >= LEAST_CLAUSE);
  return said.length === 0 ? 0 : Math.min(...(telling.length > 0 ? telling : clauses).map((clause) => clause.held));
}

function phrasesOf(said: readonly Token[], held: readonly string[]): number {
  const places = new Map<string, number[]>();
  for (const [at, stem] of held.entries()) places.set(stem, [...(places.get(stem) ?? []).slice(-50), at]);
  let near = 0;
  for (const [at, token] of said.slice(1).entries()) {
    const before = places.get(said[at]?.stem ?? '') ?? [];
    const after = places.get(token.stem) ?? [];
    const gaps = before.flatMap((one) => after.map((other) => other - one)).filter((gap) => Math.abs(gap) <= NEARBY);
    near += gaps.some((gap) => gap > 0) ? 1 : gaps.some((gap) => gap < 0) ? REVERSED : 0;
  }
  return said.length < 2 ? total(holds(said, held)) : near / (said.length - 1);
}

/** Sentences are short; what is longer is data, and comparing it word by word would take its square. */
const LONGEST = 200;

/** The longest common subsequence: who did what to whom is told by the order of the words. */
function orderOf(said: readonly Token[], evidence: readonly string[]): number {
  const claim = said.slice(0, LONGEST);
  const held = evidence.slice(0, LONGEST);
  let row = new Uint16Array(held.length + 1);
  for (const { stem } of claim) {
    const next = new Uint16Array(held.length + 1);
    for (const [at, other] of held.entries()) {
      const through = (row[at] ?? 0) + 1;
      next[at + 1] = stem === other ? through : Math.max(row[at + 1] ?? 0, next[at] ?? 0);
    }
    row = next;
  }
  return claim.length === 0 ? 0 : (row.at(-1) ?? 0) / claim.length;
}
