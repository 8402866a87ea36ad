/** The few claims that open a report: the direct answer first, then what together covers the question. */

import type { Claim } from '../../../core/claim.ts';
import type { ComposeRequest } from '../../providers.ts';
import { answerKind, asksForAmount, keyStems, topicOf } from './question.ts';
import { wantOf } from './score.ts';
import { readsAsRow } from './tables.ts';
import { compareIds, jaccard, shared, stemSet } from './text.ts';
import { contrastBonus, definition, isHousekeeping, stated } from './wording.ts';

const MOST = 5;
const FEW = 3;
const LEAST_FOR_MOST = 12;
/** A summary sentence this close to one already chosen repeats it. */
const REPEATS = 0.5;
/** Shorter than this a sentence rarely sums anything up; longer than that it sums up too much. */
const SHORT_SENTENCE = 60;
const LONG_SENTENCE = 280;
/** What is worth less than this share of the best does not belong into a summary, however short that leaves it. */
const LEAST_WORTH = 0.4;
/** Where a table answers one of the questions, a sentence worth less than this share of its best row does not. */
const LEAST_OF_SECTION = 0.7;
const DIRECT_ANSWER = 0.25;
const NEW_SECTION = 0.3;
const NEW_SOURCE = 0.12;
const NEW_WORDS = 0.4;
const LIKENESS = 0.5;
/** A question of more words has no subject that a sentence could define. */
const LONGEST_SUBJECT = 4;

export interface Section {
  readonly heading: string;
  readonly claims: readonly Claim[];
}

interface Candidate {
  readonly claim: Claim;
  readonly words: ReadonlySet<string>;
  /** The task's telling words it holds. */
  readonly keys: readonly string[];
  readonly section: number;
  readonly worth: number;
}

/**
 * One claim for a fact, else three to five; fewer where nothing else is worth it. A section keeps its only claim unless
 * the summary would otherwise be empty, so that no heading disappears.
 */
export function summaryOf(
  sections: readonly Section[],
  request: ComposeRequest,
  named: readonly number[],
): readonly string[] {
  const { shape } = request;
  const total = sections.reduce((sum, { claims }) => sum + claims.length, 0);
  const wanted = shape === 'fact' ? 1 : total >= LEAST_FOR_MOST ? MOST : Math.min(FEW, total);
  const all = candidatesOf(sections, request, shape === 'comparison' ? [] : named);
  const prose = all.filter(({ claim }) => !readsAsRow(claim.text));
  // A table row answers a fact; a summary of anything wider wants sentences.
  const candidates = shape === 'fact' || prose.length === 0 ? all : prose;
  const floor = LEAST_WORTH * (candidates[0]?.worth ?? 0);
  const left = sections.map(({ claims }) => claims.length);
  const chosen: Candidate[] = [];
  const take = (isAllowed: (candidate: Candidate) => boolean, from = candidates): boolean => {
    const open = from.filter((candidate) => isAllowed(candidate) && !isTold(candidate, chosen));
    const next = best(open, chosen);
    if (next === undefined || chosen.length >= wanted) return false;
    chosen.push(next);
    left[next.section] = (left[next.section] ?? 0) - 1;
    return true;
  };
  if (shape === 'fact') take(() => true);
  const isSpare = ({ section }: Candidate): boolean => (left[section] ?? 0) > 1;
  // What the task asks goes before what a theme of it tells, and no question or thing is told twice before each is once.
  for (const section of named) {
    const least = LEAST_OF_SECTION * (all.find((candidate) => candidate.section === section)?.worth ?? 0);
    const isBest = (candidate: Candidate): boolean => candidate.section === section && candidate.worth >= least;
    // The answer to a question of the user's own opens the report, be it a row or its section's only claim.
    if (shape === 'survey' || asksForAmount(request.task)) take(isBest, all);
    else take((candidate) => isBest(candidate) && isSpare(candidate), all);
  }
  while (take((candidate) => isSpare(candidate) && candidate.worth >= floor)) continue;
  if (chosen.length === 0) take(() => true);
  return chosen.map(({ claim }) => claim.claim_id);
}

function isTold(candidate: Candidate, chosen: readonly Candidate[]): boolean {
  return chosen.some((other) => other === candidate || jaccard(other.words, candidate.words) >= REPEATS);
}

/** The most worth together with what it adds to those chosen; the first of equals. */
function best(open: readonly Candidate[], chosen: readonly Candidate[]): Candidate | undefined {
  const told = new Set(chosen.flatMap(({ keys }) => keys));
  const value = ({ claim, words, keys, section, worth }: Candidate): number => {
    const fresh = keys.length === 0 ? 0 : keys.filter((stem) => !told.has(stem)).length / Math.max(3, keys.length);
    const isNewSection = chosen.every((other) => other.section !== section);
    const isNewSource = chosen.every((other) => other.claim.source_id !== claim.source_id);
    const alike = Math.max(0, ...chosen.map((other) => jaccard(other.words, words)));
    const added = NEW_WORDS * fresh + (isNewSection ? NEW_SECTION : 0) + (isNewSource ? NEW_SOURCE : 0);
    return worth - LIKENESS * alike + (chosen.length === 0 ? 0 : added);
  };
  let found: Candidate | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const candidate of open) {
    const own = value(candidate);
    if (own > most) [found, most] = [candidate, own];
  }
  return found;
}

/** Best first: rank within its own section, words of the question, and whether it says what the subject is. */
function candidatesOf(
  sections: readonly Section[],
  { task, shape }: ComposeRequest,
  named: readonly number[],
): readonly Candidate[] {
  const wanted = keyStems(task);
  // A fact's sentences were weighed against its question already, with all that surrounds them.
  const isWeighed = shape === 'fact' || (shape === 'comparison' && asksForAmount(task));
  const weighs = isWeighed ? 0 : 1;
  const list = sections.flatMap(({ claims }, section) => {
    const top = Math.max(...claims.map(({ score }) => score), Number.MIN_VALUE);
    // One of several questions is answered by what answers that question, not by what holds words of all.
    const isPart = named.length > 1 && named.includes(section);
    const question = isPart ? inContext(claims[0]?.objective ?? task, subjectOf(sections, named)) : task;
    const answers = answering(question);
    return claims.map((claim) => {
      const words = stemSet(claim.text);
      const direct = claim.objective === task.trim() ? DIRECT_ANSWER : 0;
      const contrast = shape === 'comparison' ? 2 * contrastBonus(claim.text) : 0;
      const worth = 0.7 * (claim.score / top) + weighs * answers(claim, words) + direct + contrast - unfit(claim.text);
      return { claim, words, keys: wanted.filter((stem) => words.has(stem)), section, worth };
    });
  });
  return list.sort((a, b) => b.worth - a.worth || compareIds(a.claim.claim_id, b.claim.claim_id));
}

/** What the first of several questions is about, which later ones call "it". */
function subjectOf(sections: readonly Section[], named: readonly number[]): string {
  return topicOf(sections[named[0] ?? 0]?.claims[0]?.objective ?? '');
}

function inContext(question: string, subject: string): string {
  return /\b(?:it|its|they|their|them|this|these|that|those)\b/i.test(question) ? `${question} ${subject}` : question;
}

/** How much a claim says in answer to the question: its words, and the form of statement it asks for. */
function answering(question: string): (claim: Claim, words: ReadonlySet<string>) => number {
  const wanted = new Set(keyStems(question));
  const subject = wantOf(topicOf(question), { answer: 'definition', focus: '', shape: 'fact' }, []);
  const asksForRules = answerKind(question) === 'statement';
  return ({ text, heading }, words) => {
    const around = shared(wanted, new Set([...words, ...stemSet(heading)]));
    const coverage = wanted.size === 0 ? 0 : (shared(wanted, words) + around) / (2 * wanted.size);
    const defines = wanted.size > LONGEST_SUBJECT ? 0 : Math.max(0, definition(text, subject));
    return 0.6 * coverage + defines + (asksForRules ? 3 * stated(text) * Math.min(1, 2 * coverage) : 0);
  };
}

function unfit(text: string): number {
  const form = (text.length < SHORT_SENTENCE ? 0.1 : 0) + (text.length > LONG_SENTENCE ? 0.2 : 0);
  return form + (isHousekeeping(text) ? 0.5 : 0);
}
