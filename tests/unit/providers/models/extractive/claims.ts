/** Claims and sources as research delivers them, from as little as a test wants to say. */

import type { Claim } from '../../../../../src/core/claim.ts';
import type { Source } from '../../../../../src/core/source.ts';

export function source(source_id: string, over: Partial<Source> = {}): Source {
  return {
    source_id,
    sha256: source_id.padEnd(64, '0'),
    format: 'markdown',
    title: `Document ${source_id}`,
    location: `docs/${source_id}.md`,
    uri: `file:///docs/${source_id}.md`,
    domain: 'general',
    date: null,
    modified_at: '2026-01-01T00:00:00.000Z',
    accessed_at: '2026-01-02T00:00:00.000Z',
    characters: 1000,
    also_at: [],
    ...over,
  };
}

export function claim(
  id: readonly [claim_id: string, source_id: string],
  text: string,
  over: Partial<Claim> = {},
): Claim {
  const [claim_id, source_id] = id;
  const agent_id = claim_id.split('.')[0] ?? claim_id;
  return {
    claim_id,
    agent_id,
    source_id,
    text,
    quote: text,
    start: 0,
    end: text.length,
    label: 'quoted',
    location: `docs/${source_id}.md:1`,
    heading: '',
    score: 1,
    objective: 'the question',
    ...over,
  };
}
