/** Which sentences of the retrieved passages an agent quotes: scored, held against a floor, and made diverse. */

import type { Source } from '../../../core/source.ts';
import type { Shape } from '../../../core/plan.ts';
import type { Hit, ResearchRequest } from '../../providers.ts';
import type { Absence } from './absence.ts';
import { type Alias, aliasesIn, withAliases } from './aliases.ts';
import { type Candidate, candidatesOf, type Ranked, type Scored } from './candidates.ts';
import { companyOf, companyShare } from './company.ts';
import { counterparts, newestWording } from './counterparts.ts';
import { diverse } from './diversity.ts';
import { inNewestEdition, newerEditions } from './editions.ts';
import { type EntryOrder, entryOrder, firstEntries } from './entries.ts';
import { answerKind, type AnswerKind, asksForAmount, keyStems, readQuestion } from './question.ts';
import { isClose, isNear, isRelevant, onAspect, speaksToTask, withAnswer } from './relevance.ts';
import { coverageOf, phraseShare, type Surroundings, type Want, wantOf } from './score.ts';
import { compareIds, compareText, pathWords, shared, stemSet } from './text.ts';
import { answerBonus, contrastBonus, deniesKey, holdsAnswer, isExact, readingPenalty } from './wording.ts';
import { wordForms } from './word-forms.ts';

const MOST_CLAIMS: Readonly<Record<Shape, number>> = { fact: 3, comparison: 6, survey: 6 };
/** A sentence must reach this share of the best one's score; facts want only what is nearly as good. */
const NEAR_BEST: Readonly<Record<Shape, number>> = { fact: 0.72, comparison: 0.45, survey: 0.5 };
/** The user's context tips the scales between sentences that answer; it makes none of them an answer. */
const CONTEXT = 0.08;
const SUPERSEDED = 0.2;
/** A comparison's objective of at most so many words names a thing. */
const LONGEST_THING = 7;

interface Pooled {
  readonly candidate: Candidate;
  readonly rank: number;
}

/** What an agent has before it: every sentence of the passages, what to hold them against, and what surrounds them. */
interface Reading {
  readonly request: ResearchRequest;
  readonly sources: ReadonlyMap<string, Source>;
  readonly pool: readonly Pooled[];
  readonly list: readonly Candidate[];
  readonly want: Want;
  /** The whole task, which a sentence on the agent's own theme must speak to. */
  readonly task: Want;
  readonly around: (hit: Hit) => Surroundings;
  readonly company: ReadonlyMap<string, number>;
  readonly newer: ReadonlyMap<string, Source>;
  readonly entries: EntryOrder;
}

/** Best first; empty when nothing is relevant enough. */
export function choose(
  request: ResearchRequest,
  passages: readonly Ranked[],
  absent: Pick<Absence, 'words' | 'doubtful'>,
): readonly Scored[] {
  const { shape } = request;
  if (absent.doubtful && shape !== 'fact') return [];
  const reading = readingOf(request, passages);
  const { sources, list, want, around, newer, entries } = reading;
  const scored = scoredOf(relevantOf(reading, absent), reading);
  const holding =
    shape === 'fact'
      ? withAnswer(scored, want, around)
      : shape === 'comparison' && want.answer === 'number'
        ? onAspect(scored, want, around)
        : scored;
  const answering = withoutNeedlessPairs(holding, want);
  const newest = inNewestEdition(answering, list, newer);
  const current = [...firstEntries(newest, { pool: list, keys: [...want.weights.keys()] }, entries)].sort(byScore);
  const floor = (current[0]?.score ?? 0) * NEAR_BEST[shape];
  const best = current.filter(({ score }) => score >= floor);
  const chosen = diverse(newestWording(best, sources), MOST_CLAIMS[shape]);
  return [...chosen, ...counterparts(chosen, { answering, pool: list }, sources)];
}

function readingOf(request: ResearchRequest, passages: readonly Ranked[]): Reading {
  const { shape, corpus, subtask } = request;
  const sources = new Map(corpus.sources.map((source) => [source.source_id, source]));
  const query = subtask.queries[0] ?? subtask.objective;
  const aliases = [...aliasesIn(passages.map(({ hit }) => hit.text)), ...wordForms(`${query} ${request.task}`)];
  const pool = passages.flatMap(({ hit, rank }) =>
    candidatesOf(hit, sources.get(hit.source_id)?.format ?? 'text').map((candidate) => ({
      candidate: { ...candidate, words: withAliases(candidate.words, aliases) },
      rank,
    })),
  );
  const list = pool.map(({ candidate }) => candidate);
  const want = wantOf(query, { answer: wantedAnswer(request, query), focus: focusOf(request), shape }, list);
  const around = surroundingsBy(passages, sources, aliases);
  const company = companyOf(
    passages.map(({ hit, rank }) => ({ words: around(hit).passage, rank })),
    list,
    want,
  );
  const found = [...new Set(passages.map(({ hit }) => hit.source_id))].flatMap((id) => sources.get(id) ?? []);
  return {
    request,
    sources,
    pool,
    list,
    want,
    task: wantOf(request.task, { answer: 'open', focus: '', shape }, list),
    around,
    company,
    newer: newerEditions(found, corpus.sources, request.task),
    entries: entryOrder(found, request.task),
  };
}

/** Sentences that hold enough of the question; for one that none answers so, those near it that hold the kind of value asked for. */
function relevantOf(
  { request: { shape }, pool, want, task, around }: Reading,
  absent: Pick<Absence, 'words' | 'doubtful'>,
): readonly Pooled[] {
  const isAside = shape !== 'comparison' && want.focus.size > 0;
  const strict = pool
    .filter(({ candidate }) => {
      const cover = coverageOf(candidate, want, around(candidate.hit));
      return (
        isRelevant(cover, want, shape) && (absent.words.length === 0 || shape !== 'fact' || isClose(cover, absent))
      );
    })
    .filter(({ candidate }) => !isAside || speaksToTask(coverageOf(candidate, task, around(candidate.hit)), task));
  const isAnswered = strict.some(({ candidate }) => isExact(candidate.text, want) && holdsAnswer(candidate.text, want));
  if (shape !== 'fact' || absent.words.length > 0 || isAnswered) return strict;
  const near = pool.filter(({ candidate, rank }) =>
    isNear(coverageOf(candidate, want, around(candidate.hit)), { want, candidate, rank }),
  );
  return near.length > 0 ? near : strict;
}

function scoredOf(
  relevant: readonly Pooled[],
  { request: { shape, context }, want, task, around, company, newer }: Reading,
): readonly Scored[] {
  const contextShare = sharesOf(context);
  return relevant
    .map(({ candidate, rank }) => ({
      candidate,
      score:
        relevance(candidate, { want, task, around: around(candidate.hit), shape }) +
        0.15 * rank +
        0.25 * companyShare(candidate, company) +
        CONTEXT * contextShare(candidate) -
        (newer.has(candidate.hit.source_id) ? SUPERSEDED : 0) +
        (shape === 'comparison' ? contrastBonus(candidate.text) : 0),
    }))
    .filter(({ score }) => score > 0)
    .sort(byScore);
}

/**
 * A sentence that answers by itself needs no help from its neighbour, and is easier to compare alone. Only a reason often
 * stands behind the sentence that is asked about.
 */
function withoutNeedlessPairs(list: readonly Scored[], { answer }: Want): readonly Scored[] {
  return list.filter(({ candidate: own }) =>
    list.every(({ candidate: other }) => {
      if (other === own || other.hit !== own.hit) return true;
      const isWithin = other.start <= own.start && own.end <= other.end;
      if (other.pair === 'comment' && own.pair === null) return !isWithin;
      if (own.pair !== 'sentences' || other.pair !== null) return true;
      const isLast = other.end === own.end && other.start > own.start;
      const isFirst = other.start === own.start && other.end < own.end;
      return !isLast && !(isFirst && answer !== 'reason');
    }),
  );
}

/** How much of the context's telling words a sentence holds, 0 to 1; 0 without a context. */
function sharesOf(context: string | null): (candidate: Candidate) => number {
  const keys = new Set(context === null ? [] : keyStems(context));
  return ({ words }) => (keys.size === 0 ? 0 : shared(keys, words) / keys.size);
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
  if (shape === 'comparison' && asksForAmount(task)) return 'number';
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
