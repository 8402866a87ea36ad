/** Which sources a swarm agent of a domain may search. */

import type { Domain, Source, SourceFormat } from '../../../core/source.ts';

/** Formats people write prose in. */
const PROSE: ReadonlySet<SourceFormat> = new Set(['markdown', 'text', 'html', 'pdf', 'docx']);

/** `text` takes every document in prose, whatever it is about; each other domain what was recognised as its own. */
export function inDomain(source: Source, domain: Domain): boolean {
  return domain === 'text' ? PROSE.has(source.format) : source.domain === domain;
}
