/** Which sentences of the retrieved passages an agent quotes: scored, held against a floor, and made diverse. */

import type { Source } from '../../../core/source.ts';
import type { Shape } from '../../../core/plan.ts';
import type { Hit, ResearchRequest } from '../../providers.ts';
import type { Absence } from './absence.ts';
import { type Alias, aliasesIn, withAliases } from './aliases.ts';
import { type Candidate, candidatesOf, type Ranked, type Scored } from './candidates.ts';
import { companyOf, companyShare } from './company.ts';
import { counterparts, newestWording, supersededIn } from './counterparts.ts';
import { answerKind, type AnswerKind, keyStems, readQuestion } from './question.ts';
import {
  answerBonus,
  contrastBonus,
  type Coverage,
  coverageOf,
  deniesKey,
  holdsAnswer,
  phraseShare,
  readingPenalty,
  type Surroundings,
  type Want,
  wantOf,
} from './score.ts';
import { compareIds, compareText, jaccard, pathWords, shared, stemSet } from './text.ts';
import { wordForms } from './word-forms.ts';

const MOST_CLAIMS: Readonly<Record<Shape, number>> = { fact: 3, comparison: 6, survey: 6 };
/** A sentence must reach this share of the best one's score; facts want only what is nearly as good. */
const NEAR_BEST: Readonly<Record<Shape, number>> = { fact: 0.72, comparison: 0.45, survey: 0.5 };
const LEAST_COVERAGE: Readonly<Record<Shape, number>> = { fact: 0.5, comparison: 0.28, survey: 0.24 };
/** Who, when and where are asked of one event: half its words are another event's. */
const LEAST_FOR_NAMED = 0.62;
/** A fact's sentence holds so much of the question itself; title and heading may add the rest. */
const LEAST_OWN_OF_FACT = 0.2;
/** Of the words of a question for a fact so many must stand in the sentence, heading or title. */
const FACT_PART = 0.6;
const SURE_COVERAGE = 0.75;
/** Where words of the question stand nowhere in the material. */
const LEAST_WITH_ABSENT = 0.55;
const DOUBTFUL_OWN = 0.5;
const DOUBTFUL_WHOLE = 0.62;
/** An agent with a theme of its own must still speak to the task: so much of its words, here or around. */
const LEAST_FOR_TASK = 0.3;
/** Share of the question's words that title and heading must hold for a sentence below them that holds none. */
const HEADED_PART = 0.66;
/** Weight of relevance against novelty in the choice of the next sentence. */
const RELEVANCE = 0.75;
const SAME_SOURCE = 0.04;
const TOO_ALIKE = 0.6;
/** The user's context tips the scales between sentences that answer; it makes none of them an answer. */
const CONTEXT = 0.08;
const SUPERSEDED = 0.2;
/** A comparison's objective of at most so many words names a thing. */
const LONGEST_THING = 7;

/** Best first; empty when nothing is relevant enough. */
export function choose(
  request: ResearchRequest,
  passages: readonly Ranked[],
  absent: Pick<Absence, 'words' | 'doubtful'>,
): readonly Scored[] {
  if (absent.doubtful && request.shape !== 'fact') return [];
  const sources = new Map(request.corpus.sources.map((source) => [source.source_id, source]));
  const query = request.subtask.queries[0] ?? request.subtask.objective;
  const aliases = [...aliasesIn(passages.map(({ hit }) => hit.text)), ...wordForms(`${query} ${request.task}`)];
  const pool = passages.flatMap(({ hit, rank }) =>
    candidatesOf(hit, sources.get(hit.source_id)?.format ?? 'text').map((candidate) => ({
      candidate: { ...candidate, words: withAliases(candidate.words, aliases) },
      rank,
    })),
  );
  const list = pool.map(({ candidate }) => candidate);
  const { shape } = request;
  const want = wantOf(query, { answer: wantedAnswer(request, query), focus: focusOf(request), shape }, list);
  const task = wantOf(request.task, { answer: 'open', focus: '', shape }, list);
  const isAside = request.shape !== 'comparison' && want.focus.size > 0;
  const around = surroundingsBy(passages, sources, aliases);
  const company = companyOf(
    passages.map(({ hit, rank }) => ({ words: around(hit).passage, rank })),
    list,
    want,
  );
  const old = supersededIn(
    [...new Set(passages.map(({ hit }) => hit.source_id))].flatMap((id) => sources.get(id) ?? []),
  );
  const contextShare = sharesOf(request.context);
  const scored = pool
    .filter(({ candidate }) => {
      const cover = coverageOf(candidate, want, around(candidate.hit));
      return (
        isRelevant(cover, want, shape) && (absent.words.length === 0 || shape !== 'fact' || isClose(cover, absent))
      );
    })
    .filter(({ candidate }) => !isAside || speaksToTask(coverageOf(candidate, task, around(candidate.hit)), task))
    .map(({ candidate, rank }) => ({
      candidate,
      score:
        relevance(candidate, { want, task, around: around(candidate.hit), shape: request.shape }) +
        0.15 * rank +
        0.25 * companyShare(candidate, company) +
        CONTEXT * contextShare(candidate) -
        (old.has(candidate.hit.source_id) ? SUPERSEDED : 0) +
        (request.shape === 'comparison' ? contrastBonus(candidate.text) : 0),
    }))
    .filter(({ score }) => score > 0)
    .sort(byScore);
  const answering = request.shape === 'fact' ? withAnswer(scored, want, around) : scored;
  const floor = (answering[0]?.score ?? 0) * NEAR_BEST[request.shape];
  const near = answering.filter(({ score }) => score >= floor);
  const chosen = diverse(newestWording(near, sources), MOST_CLAIMS[request.shape]);
  return [...chosen, ...counterparts(chosen, answering, sources)];
}

function speaksToTask({ own, whole, matched }: Coverage, { weights }: Want): boolean {
  return own > 0 && whole >= LEAST_FOR_TASK && matched >= Math.min(2, weights.size);
}

/** How much of the context's telling words a sentence holds, 0 to 1; 0 without a context. */
function sharesOf(context: string | null): (candidate: Candidate) => number {
  const keys = new Set(context === null ? [] : keyStems(context));
  return ({ words }) => (keys.size === 0 ? 0 : shared(keys, words) / keys.size);
}

/** Sentences that hold the kind of answer asked for; one that does not may stand only where nearly all words fit. */
function withAnswer(scored: readonly Scored[], want: Want, around: (hit: Hit) => Surroundings): readonly Scored[] {
  const holding = scored.filter(({ candidate }) => holdsAnswer(candidate.text, want));
  if (holding.length > 0 || want.answer === 'date' || want.answer === 'name') return holding;
  return scored.filter(({ candidate }) => coverageOf(candidate, want, around(candidate.hit)).whole >= SURE_COVERAGE);
}

function relevance(
  candidate: Candidate,
  {
    want,
    task,
    around,
    shape,
  }: { readonly want: Want; readonly task: Want; readonly around: Surroundings; readonly shape: Shape },
): number {
  const cover = coverageOf(candidate, want, around);
  const forTask = coverageOf(candidate, task, around).whole;
  const wording =
    answerBonus(candidate.text, want) +
    0.1 * phraseShare(candidate.text, want) -
    readingPenalty(candidate, shape) -
    (deniesKey(candidate.text, want) ? 0.12 : 0);
  return 0.3 * cover.own + 0.25 * cover.whole + 0.15 * forTask + wording;
}

/** A fact's answer kind comes from the task even when the query is worded as key words. */
function wantedAnswer({ task, shape }: ResearchRequest, query: string): AnswerKind {
  if (shape === 'fact') return readQuestion(task).answer;
  const kind = answerKind(query);
  if (kind === 'definition' || kind === 'reason' || kind === 'statement') return kind;
  return readQuestion(task).answer === 'way' ? 'way' : 'open';
}

/** The theme after `topic: `, or the compared thing that is the whole objective; '' when an agent has no focus of its own. */
function focusOf({ shape, subtask: { objective } }: ResearchRequest): string {
  const plain = objective.replace(/ \(\w+ sources\)$/u, '');
  const theme = /^.{3,}?: (\S.{0,60})$/u.exec(plain)?.[1];
  if (theme !== undefined) return theme;
  const both = /^differences between (.+)$/iu.exec(plain)?.[1];
  if (both !== undefined) return both;
  const isThing =
    shape === 'comparison' && !/^differences between |[?;]/u.test(plain) && plain.split(' ').length <= LONGEST_THING;
  return isThing ? plain : '';
}

function isRelevant(cover: Coverage, want: Want, shape: Shape): boolean {
  if (shape === 'fact' && cover.own < LEAST_OWN_OF_FACT) return false;
  const isNamed = want.answer === 'name' || want.answer === 'date' || want.answer === 'place';
  const least = shape === 'fact' && isNamed ? LEAST_FOR_NAMED : LEAST_COVERAGE[shape];
  if (!cover.focused || cover.whole < least) return false;
  // A list under the very heading asked for need not repeat its words.
  if (cover.own === 0 && shape !== 'survey') return false;
  if (cover.own === 0 && cover.matched < Math.max(2, Math.ceil(want.weights.size * HEADED_PART))) return false;
  const words = shape === 'fact' ? Math.ceil(want.weights.size * FACT_PART) : want.weights.size >= 3 ? 2 : 1;
  return cover.matched >= words && (shape !== 'fact' || cover.named);
}

/** A word nobody mentions may be the one that matters: what is left must then be nearly all. */
function isClose({ own, whole }: Coverage, { doubtful }: Pick<Absence, 'doubtful'>): boolean {
  return doubtful ? own >= DOUBTFUL_OWN && whole >= DOUBTFUL_WHOLE : whole >= LEAST_WITH_ABSENT;
}

function surroundingsBy(
  passages: readonly Ranked[],
  sources: ReadonlyMap<string, Source>,
  aliases: readonly Alias[],
): (hit: Hit) => Surroundings {
  const known = new Map<Hit, Surroundings>();
  const retrieved = new Map<string, string[]>();
  for (const { hit } of passages) {
    const texts = retrieved.get(hit.source_id) ?? [pathWords(sources.get(hit.source_id)?.location ?? '')];
    retrieved.set(hit.source_id, [...texts, hit.heading, hit.text]);
  }
  const documents = new Map(
    [...retrieved].map(([id, texts]) => [id, withAliases(stemSet(texts.join(' ')), aliases)] as const),
  );
  return (hit) => {
    const cached = known.get(hit);
    if (cached !== undefined) return cached;
    const made = {
      heading: withAliases(stemSet(hit.heading), aliases),
      title: withAliases(stemSet(sources.get(hit.source_id)?.title ?? ''), aliases),
      passage: withAliases(stemSet(hit.text), aliases),
      document: documents.get(hit.source_id) ?? new Set<string>(),
    };
    known.set(hit, made);
    return made;
  };
}

function byScore(a: Scored, b: Scored): number {
  return (
    b.score - a.score ||
    compareIds(a.candidate.hit.source_id, b.candidate.hit.source_id) ||
    a.candidate.hit.start + a.candidate.start - (b.candidate.hit.start + b.candidate.start) ||
    compareText(a.candidate.text, b.candidate.text)
  );
}

/** Maximal marginal relevance: each next sentence is good and unlike those chosen; no overlap, no repetition. */
function diverse(scored: readonly Scored[], limit: number): readonly Scored[] {
  const chosen: Scored[] = [];
  const left = [...scored];
  while (chosen.length < limit && left.length > 0) {
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (const [index, entry] of left.entries()) {
      const value =
        RELEVANCE * entry.score -
        (1 - RELEVANCE) * likeness(entry, chosen) -
        SAME_SOURCE * fromSameSource(entry, chosen);
      if (value > most) {
        most = value;
        best = index;
      }
    }
    const [next] = left.splice(best, 1);
    if (next !== undefined && !chosen.some((other) => repeats(next.candidate, other.candidate))) chosen.push(next);
  }
  return chosen;
}

function likeness({ candidate }: Scored, chosen: readonly Scored[]): number {
  return Math.max(0, ...chosen.map((other) => jaccard(candidate.words, other.candidate.words)));
}

function fromSameSource({ candidate }: Scored, chosen: readonly Scored[]): number {
  return chosen.filter((other) => other.candidate.hit.source_id === candidate.hit.source_id).length;
}

/** Overlapping spans of one source, or the same words; two sources that say the same are left to the merge. */
function repeats(a: Candidate, b: Candidate): boolean {
  if (a.hit.source_id !== b.hit.source_id) return a.text === b.text;
  const [startA, startB] = [a.hit.start + a.start, b.hit.start + b.start];
  if (startA < b.hit.start + b.end && startB < a.hit.start + a.end) return true;
  return a.kind !== 'row' && jaccard(a.words, b.words) >= TOO_ALIKE;
}
