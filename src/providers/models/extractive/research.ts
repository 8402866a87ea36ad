/** One Belter without a language model: search, read, quote the sentences that answer, and say when none does. */

import type { Claim, PassageRead } from '../../../core/claim.ts';
import type { Source } from '../../../core/source.ts';
import type { Findings, Hit, ResearchRequest, Subtask } from '../../providers.ts';
import { choose, type Ranked, type Scored } from './choice.ts';
import { compareIds, shortened } from './text.ts';

const PASSAGES_A_QUERY = 24;
const PASSAGES_READ = 32;
const SHOWN_QUERY = 70;

/** Claims quote the corpus; none when nothing in it answers, and then a gap says so, unless the theme was our own idea. */
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
    if (isOwnTheme(subtask)) return { claims: [], passages: [], gaps: [] };
    return { claims: [], passages: [], gaps: [`nothing in ${what} answers "${shortened(subtask.objective, 160)}"`] };
  }
  const claims = chosen.map((scored, index) => claimOf(request, scored, index + 1));
  request.progress(
    `quoted ${plural(claims.length, 'sentence')} from ${plural(new Set(claims.map((c) => c.source_id)).size, 'source')}`,
  );
  return { claims, passages: passagesOf(request, chosen, passages), gaps: [] };
}

/** A theme that the plan, not the user, thought of: finding nothing on it leaves no question of the user's open. */
function isOwnTheme({ objective, queries }: Subtask): boolean {
  const theme = queries[1];
  return theme !== undefined && objective.replace(/ \(\w+ sources\)$/u, '').endsWith(`: ${theme}`);
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
