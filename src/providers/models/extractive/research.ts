/** One Belter without a language model: search, read, quote the sentences that answer, and say when none does. */

import type { Claim, PassageRead } from '../../../core/claim.ts';
import type { Subtask } from '../../../core/plan.ts';
import { inDomain, type Source } from '../../../core/source.ts';
import type { Findings, Hit, ResearchRequest } from '../../providers.ts';
import { absence, type Absence } from './absence.ts';
import type { Ranked, Scored } from './candidates.ts';
import { choose } from './choice.ts';
import { disputing } from './disputes.ts';
import { withEarlier } from './earlier.ts';
import { newerEditions } from './editions.ts';
import { readQuestion } from './question.ts';
import { compareIds, shortened } from './text.ts';
import { wordForms } from './word-forms.ts';

const PASSAGES_A_QUERY = 24;
const PASSAGES_READ = 32;
const PASSAGES_OF_EDITIONS = 8;
/** Rank of a passage that no query of the agent found. */
const BESIDE = 0.1;
const SHOWN_QUERY = 70;
const DOMAIN = / \(\w+ sources\)$/u;

/** Claims quote the corpus; none when nothing in it answers, and then a gap says so, unless the theme was our own idea. */
export async function research(whole: ResearchRequest): Promise<Findings> {
  const request = withEarlier(withOwnShape(whole));
  const { subtask, signal } = request;
  const passages = await retrieve(request);
  signal.throwIfAborted();
  const count = new Set(passages.map(({ hit }) => hit.source_id)).size;
  if (passages.length > 0) {
    request.progress(`reading ${plural(passages.length, 'passage')} from ${plural(count, 'source')}`);
  }
  const isOwn = isOwnTheme(subtask);
  const missing = await absence(request, isOwn ? request.task : subtask.objective, passages);
  const answers = choose(request, passages, missing);
  const disputes = request.shape === 'fact' ? await disputing(request, answers, limits(request)) : [];
  const chosen = [...answers, ...disputes];
  signal.throwIfAborted();
  if (chosen.length === 0) {
    request.progress('nothing relevant found');
    return { claims: [], passages: [], gaps: isOwn ? [] : [notFound(request, missing)] };
  }
  const claims = chosen.map((scored, index) => claimOf(request, scored, index + 1));
  request.progress(
    `quoted ${plural(claims.length, 'sentence')} from ${plural(new Set(claims.map((c) => c.source_id)).size, 'source')}`,
  );
  const gaps = isOwn || missing.words.length === 0 ? [] : [notMentioned(request, missing)];
  return {
    claims,
    passages: passagesOf(request, chosen, [
      ...passages,
      ...disputes.map(({ candidate: { hit } }) => ({ hit, rank: BESIDE })),
    ]),
    gaps,
  };
}

/** One of several questions that asks for a single thing is answered by what tells it, not by all that touches it. */
function withOwnShape(request: ResearchRequest): ResearchRequest {
  const { shape, subtask } = request;
  const own = subtask.objective.replace(DOMAIN, '');
  if (shape !== 'survey' || own === request.task.trim() || isOwnTheme(subtask)) return request;
  const [asked = own] = subtask.queries;
  const fact = [own, asked].find((question) => readQuestion(question).shape === 'fact');
  return fact === undefined ? request : { ...request, shape: 'fact', task: fact };
}

/** A theme that the plan, not the user, thought of: finding nothing on it leaves no question of the user's open. */
function isOwnTheme({ objective, queries }: Subtask): boolean {
  // Each compared thing has an agent that says when there is nothing on it; no sentence on both is no gap.
  if (/^differences between /i.test(objective)) return true;
  const theme = queries[1];
  return theme !== undefined && objective.replace(/ \(\w+ sources\)$/u, '').endsWith(`: ${theme}`);
}

function notFound(request: ResearchRequest, { words }: Absence): string {
  const objective = shortened(request.subtask.objective.replace(DOMAIN, ''), 160);
  const where = `No passage in ${searched(request)}`;
  if (objective.endsWith('?'))
    return `${where} answers: ${objective}${words.length > 0 ? ` (${notNamed(words)})` : ''}`;
  return `${where} is about: ${objective}`;
}

function notMentioned(request: ResearchRequest, { words }: Absence): string {
  return `No passage in ${searched(request)} mentions: ${words.join(', ')}`;
}

function notNamed(words: readonly string[]): string {
  return `none mentions: ${words.join(', ')}`;
}

function searched(request: ResearchRequest): string {
  const { domain, source_ids } = request.subtask;
  const documents = plural(ownSources(request).length, 'document');
  if (source_ids !== undefined) return `the ${documents} it was to search`;
  return domain === null ? `the ${documents}` : `the ${documents} of the ${domain} domain`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Ids of the sources an agent may search, or undefined when it may search all. */
function limits(request: ResearchRequest): readonly string[] | undefined {
  const { domain, source_ids } = request.subtask;
  const isLimited = domain !== null || source_ids !== undefined;
  return isLimited ? ownSources(request).map(({ source_id }) => source_id) : undefined;
}

/** What this agent may search: its domain, and of that only the sources it was given. */
function ownSources({ corpus, subtask }: ResearchRequest): readonly Source[] {
  const { domain, source_ids } = subtask;
  return corpus.sources.filter(
    (source) =>
      (domain === null || inDomain(source, domain)) &&
      (source_ids === undefined || source_ids.includes(source.source_id)),
  );
}

// --- Retrieval ---------------------------------------------------------------------------------------------------

async function retrieve(request: ResearchRequest): Promise<readonly Ranked[]> {
  const { subtask, corpus, library, signal, context } = request;
  const best = new Map<string, Ranked>();
  const other = otherForms(request);
  const source_ids = limits(request);
  for (const query of new Set([...subtask.queries, ...(other === '' ? [] : [other])])) {
    signal.throwIfAborted();
    if (query !== other) request.progress(`searching: ${shortened(query, SHOWN_QUERY)}`);
    const hits = await library.search(corpus, {
      query,
      ...(context === null ? {} : { context }),
      limit: PASSAGES_A_QUERY,
      ...(source_ids === undefined ? {} : { source_ids }),
      signal,
    });
    const top = Math.max(...hits.map(({ score }) => score), Number.MIN_VALUE);
    for (const hit of hits) {
      const key = `${hit.source_id}:${hit.start}`;
      const rank = hit.score / top;
      if (rank > (best.get(key)?.rank ?? 0)) best.set(key, { hit, rank });
    }
  }
  for (const found of await inNewerEditions(request, [...best.values()])) {
    const key = `${found.hit.source_id}:${found.hit.start}`;
    if (!best.has(key)) best.set(key, found);
  }
  return [...best.values()]
    .sort((a, b) => b.rank - a.rank || compareIds(a.hit.source_id, b.hit.source_id) || a.hit.start - b.hit.start)
    .slice(0, PASSAGES_READ);
}

/** What newer editions of the sources found say on the query: their wording may fit it less than the older one does. */
async function inNewerEditions(request: ResearchRequest, found: readonly Ranked[]): Promise<readonly Ranked[]> {
  const { subtask, corpus, library, signal, task } = request;
  const ids = new Set(found.map(({ hit }) => hit.source_id));
  const allowed = ownSources(request);
  const newer = newerEditions(
    allowed.filter(({ source_id }) => ids.has(source_id)),
    allowed,
    task,
  );
  if (newer.size === 0) return [];
  signal.throwIfAborted();
  const source_ids = [...new Set([...newer.values()].map(({ source_id }) => source_id))];
  const [query = subtask.objective] = subtask.queries;
  const hits = await library.search(corpus, { query, limit: PASSAGES_OF_EDITIONS, source_ids, signal });
  const top = Math.max(...found.map(({ hit }) => hit.score), ...hits.map(({ score }) => score), Number.MIN_VALUE);
  return hits.map((hit) => ({ hit, rank: hit.score / top }));
}

/** The main query of a fact in the words an answer may use instead: "deep" for "depth". Empty when there are none. */
function otherForms({ shape, subtask }: ResearchRequest): string {
  const [query = ''] = subtask.queries;
  const forms = shape === 'fact' ? wordForms(query).flatMap(({ long }) => long) : [];
  return forms.length === 0 ? '' : `${query} ${[...new Set(forms)].join(' ')}`;
}

// --- Claims ------------------------------------------------------------------------------------------------------

export function claimOf(
  { subtask }: Pick<ResearchRequest, 'subtask'>,
  { candidate, score }: Scored,
  number: number,
): Claim {
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

export function passagesOf(
  { subtask }: Pick<ResearchRequest, 'subtask'>,
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
