/** One Belter without a language model: search, read, quote the sentences that answer, and say when none does. */

import type { Claim, PassageRead } from '../../../core/claim.ts';
import type { Source } from '../../../core/source.ts';
import type { Findings, Hit, ResearchRequest, Shape } from '../../providers.ts';
import { type Alias, aliasesIn, withAliases } from './aliases.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { answerKind, type AnswerKind, readQuestion } from './question.ts';
import {
  answerBonus,
  companyOf,
  companyShare,
  contrastBonus,
  type Coverage,
  coverageOf,
  phraseShare,
  readingPenalty,
  type Surroundings,
  type Want,
  wantOf,
} from './score.ts';
import { compareIds, compareText, jaccard, shortened, stemSet } from './text.ts';

const PASSAGES_A_QUERY = 14;
const PASSAGES_READ = 20;
const MOST_CLAIMS: Readonly<Record<Shape, number>> = { fact: 3, comparison: 5, survey: 6 };
/** A sentence must reach this share of the best one's score; facts want only what is nearly as good. */
const NEAR_BEST: Readonly<Record<Shape, number>> = { fact: 0.72, comparison: 0.5, survey: 0.45 };
const LEAST_COVERAGE: Readonly<Record<Shape, number>> = { fact: 0.5, comparison: 0.28, survey: 0.24 };
/** Weight of relevance against novelty in the choice of the next sentence. */
const RELEVANCE = 0.75;
const SAME_SOURCE = 0.04;
const TOO_ALIKE = 0.6;
const SHOWN_QUERY = 70;
/** A comparison's objective of at most so many words names a thing. */
const LONGEST_THING = 7;

interface Ranked {
  readonly hit: Hit;
  /** Best score over the queries, each query's best hit being 1. */
  readonly rank: number;
}

interface Scored {
  readonly candidate: Candidate;
  readonly score: number;
}

/** Claims quote the corpus; none when nothing in it answers, and then a gap says so. */
export async function research(request: ResearchRequest): Promise<Findings> {
  const { subtask, corpus, signal } = request;
  const passages = await retrieve(request);
  signal.throwIfAborted();
  const count = new Set(passages.map(({ hit }) => hit.source_id)).size;
  if (passages.length > 0) {
    request.progress(`reading ${plural(passages.length, 'passage')} from ${plural(count, 'source')}`);
  }
  const chosen = choose(request, passages);
  signal.throwIfAborted();
  if (chosen.length === 0) {
    const searched = subtask.domain === null ? corpus.sources.length : domainSources(request).length;
    request.progress('nothing relevant found');
    const what = `${plural(searched, 'source')}${subtask.domain === null ? '' : ` of the ${subtask.domain} domain`}`;
    return { claims: [], passages: [], gaps: [`nothing in ${what} answers "${shortened(subtask.objective, 160)}"`] };
  }
  const claims = chosen.map((scored, index) => claimOf(request, scored, index + 1));
  request.progress(
    `quoted ${plural(claims.length, 'sentence')} from ${plural(new Set(claims.map((c) => c.source_id)).size, 'source')}`,
  );
  return { claims, passages: passagesOf(request, chosen, passages), gaps: [] };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function domainSources({ corpus, subtask }: ResearchRequest): readonly Source[] {
  return corpus.sources.filter(({ domain }) => domain === subtask.domain);
}

// --- Retrieval ---------------------------------------------------------------------------------------------------

async function retrieve(request: ResearchRequest): Promise<readonly Ranked[]> {
  const { subtask, corpus, library, signal, context } = request;
  const best = new Map<string, Ranked>();
  for (const query of new Set(subtask.queries)) {
    signal.throwIfAborted();
    request.progress(`searching: ${shortened(query, SHOWN_QUERY)}`);
    const hits = await library.search(corpus, {
      query,
      ...(context === null ? {} : { context }),
      limit: PASSAGES_A_QUERY,
      ...(subtask.domain === null ? {} : { source_ids: domainSources(request).map(({ source_id }) => source_id) }),
      signal,
    });
    const top = Math.max(...hits.map(({ score }) => score), Number.MIN_VALUE);
    for (const hit of hits) {
      const key = `${hit.source_id}:${hit.start}`;
      const rank = hit.score / top;
      if (rank > (best.get(key)?.rank ?? 0)) best.set(key, { hit, rank });
    }
  }
  return [...best.values()]
    .sort((a, b) => b.rank - a.rank || compareIds(a.hit.source_id, b.hit.source_id) || a.hit.start - b.hit.start)
    .slice(0, PASSAGES_READ);
}

// --- Choice ------------------------------------------------------------------------------------------------------

function choose(request: ResearchRequest, passages: readonly Ranked[]): readonly Scored[] {
  const sources = new Map(request.corpus.sources.map((source) => [source.source_id, source]));
  const aliases = aliasesIn(passages.map(({ hit }) => hit.text));
  const pool = passages.flatMap(({ hit, rank }) =>
    candidatesOf(hit, sources.get(hit.source_id)?.format ?? 'text').map((candidate) => ({
      candidate: { ...candidate, words: withAliases(candidate.words, aliases) },
      rank,
    })),
  );
  const list = pool.map(({ candidate }) => candidate);
  const query = request.subtask.queries[0] ?? request.subtask.objective;
  const want = wantOf(query, { answer: wantedAnswer(request, query), focus: focusOf(request) }, list);
  const task = wantOf(request.task, { answer: 'open', focus: '' }, list);
  const around = surroundingsBy(sources, aliases);
  const company = companyOf(
    passages.map(({ hit, rank }) => ({ words: around(hit).passage, rank })),
    list,
    want,
  );
  const scored = pool
    .filter(({ candidate }) => isRelevant(coverageOf(candidate, want, around(candidate.hit)), want, request.shape))
    .map(({ candidate, rank }) => ({
      candidate,
      score:
        relevance(candidate, { want, task, around: around(candidate.hit) }) +
        0.15 * rank +
        0.15 * companyShare(candidate, company) +
        (request.shape === 'comparison' ? contrastBonus(candidate.text) : 0),
    }))
    .filter(({ score }) => score > 0)
    .sort(byScore);
  const floor = (scored[0]?.score ?? 0) * NEAR_BEST[request.shape];
  return diverse(
    scored.filter(({ score }) => score >= floor),
    MOST_CLAIMS[request.shape],
  );
}

function relevance(
  candidate: Candidate,
  { want, task, around }: { readonly want: Want; readonly task: Want; readonly around: Surroundings },
): number {
  const cover = coverageOf(candidate, want, around);
  const forTask = coverageOf(candidate, task, around).whole;
  const wording =
    answerBonus(candidate.text, want) + 0.1 * phraseShare(candidate.text, want) - readingPenalty(candidate);
  return 0.35 * cover.own + 0.3 * cover.whole + 0.15 * forTask + wording;
}

/** A fact's answer kind comes from the task even when the query is worded as key words. */
function wantedAnswer({ task, shape }: ResearchRequest, query: string): AnswerKind {
  if (shape === 'fact') return readQuestion(task).answer;
  const kind = answerKind(query);
  return kind === 'definition' ? 'definition' : kind === 'reason' ? 'reason' : 'open';
}

/** The theme after `topic: `, or the compared thing that is the whole objective; '' when an agent has no focus of its own. */
function focusOf({ shape, subtask: { objective } }: ResearchRequest): string {
  const plain = objective.replace(/ \(\w+ sources\)$/u, '');
  const theme = /^.{3,}?: (\S.{0,60})$/u.exec(plain)?.[1];
  if (theme !== undefined) return theme;
  const isThing =
    shape === 'comparison' && !/^differences between |[?;]/u.test(plain) && plain.split(' ').length <= LONGEST_THING;
  return isThing ? plain : '';
}

function isRelevant(cover: Coverage, want: Want, shape: Shape): boolean {
  if (!cover.focused || cover.own === 0 || cover.whole < LEAST_COVERAGE[shape]) return false;
  const least = shape === 'fact' ? Math.ceil(want.weights.size / 2) : want.weights.size >= 3 ? 2 : 1;
  return cover.matched >= least && (shape !== 'fact' || cover.named);
}

function surroundingsBy(sources: ReadonlyMap<string, Source>, aliases: readonly Alias[]): (hit: Hit) => Surroundings {
  const known = new Map<Hit, Surroundings>();
  return (hit) => {
    const cached = known.get(hit);
    if (cached !== undefined) return cached;
    const title = sources.get(hit.source_id)?.title ?? '';
    const read = (text: string): ReadonlySet<string> => withAliases(stemSet(text), aliases);
    const made = { heading: read(hit.heading), title: read(title), passage: read(hit.text) };
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

// --- Claims ------------------------------------------------------------------------------------------------------

function claimOf({ subtask }: ResearchRequest, { candidate, score }: Scored, number: number): Claim {
  const { hit, start, end, text } = candidate;
  return {
    claim_id: `${subtask.agent_id}.${number}`,
    agent_id: subtask.agent_id,
    source_id: hit.source_id,
    text,
    quote: hit.raw.slice(start, end),
    start: hit.start + start,
    end: hit.start + end,
    label: 'quoted',
    location: locationAt(hit, start),
    heading: hit.heading,
    score: Math.round(score * 1e6) / 1e6,
    objective: subtask.objective,
  };
}

/** The line of the sentence itself; pages and paragraphs are those of the passage. */
function locationAt(hit: Hit, offset: number): string {
  const line = /^(.*):(\d+)$/su.exec(hit.location);
  if (line === null) return hit.location;
  return `${line[1] ?? ''}:${Number(line[2]) + hit.raw.slice(0, offset).split('\n').length - 1}`;
}

function passagesOf(
  { subtask }: ResearchRequest,
  chosen: readonly Scored[],
  passages: readonly Ranked[],
): readonly PassageRead[] {
  const drawn = new Set(chosen.map(({ candidate }) => candidate.hit));
  return passages
    .filter(({ hit }) => drawn.has(hit))
    .map(({ hit, rank }, index) => ({
      passage_id: `${subtask.agent_id}.p${index + 1}`,
      agent_id: subtask.agent_id,
      source_id: hit.source_id,
      start: hit.start,
      end: hit.end,
      heading: hit.heading,
      location: hit.location,
      score: rank,
    }));
}
