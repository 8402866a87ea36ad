/** What other passages say of the very thing an agent is about to quote. */

import type { Hit, ResearchRequest } from '../../providers.ts';
import { candidatesOf, type Scored } from './candidates.ts';
import { counterparts } from './counterparts.ts';

/** Of the sentences chosen so many are looked up again by their own words. */
const LOOKED_UP = 2;
const PASSAGES = 6;

/**
 * Sentences that contradict one of those chosen. Another source may word the question differently, so that it was not found
 * by it; it is found by the answer's words. Searches the sources of `source_ids` alone, or all.
 */
export async function disputing(
  { corpus, library, signal }: ResearchRequest,
  chosen: readonly Scored[],
  source_ids: readonly string[] | undefined,
): Promise<readonly Scored[]> {
  const sources = new Map(corpus.sources.map((source) => [source.source_id, source]));
  const known = new Set(chosen.map(({ candidate }) => spot(candidate.hit)));
  const hits = new Map<string, Hit>();
  for (const { candidate } of chosen.slice(0, LOOKED_UP)) {
    signal.throwIfAborted();
    const limited = source_ids === undefined ? {} : { source_ids };
    // oxlint-disable-next-line no-await-in-loop -- the index answers one search at a time
    for (const hit of await library.search(corpus, { query: candidate.text, limit: PASSAGES, ...limited, signal })) {
      if (!known.has(spot(hit))) hits.set(spot(hit), hit);
    }
  }
  const pool = [...hits.values()].flatMap((hit) => candidatesOf(hit, sources.get(hit.source_id)?.format ?? 'text'));
  return counterparts(chosen, { answering: [], pool }, sources);
}

function spot({ source_id, start }: Hit): string {
  return `${source_id}:${start}`;
}
