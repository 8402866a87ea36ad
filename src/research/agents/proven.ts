/** What is kept of findings: claims whose quotes stand, and the sources and passages they need. */

import { Fault } from '../../core/errors.ts';
import type { EventDraft } from '../../core/event.ts';
import type { Evidence, StepSpec } from '../../core/step.ts';
import type { Corpus, Findings } from '../../providers/providers.ts';
import type { Store } from '../../store/store.ts';
import { type Verified, verifyClaims } from '../evidence/verify.ts';
import { eventOf } from '../journal.ts';

export interface Proven {
  readonly verified: Verified;
  readonly evidence: Evidence;
  /** One event for each source that is cited. */
  readonly found: readonly EventDraft[];
}

/** Throws QUOTE_NOT_FOUND where there were quotes and none of them stands. */
export async function proven(
  { store }: { readonly store: Pick<Store, 'texts'> },
  spec: StepSpec,
  given: { readonly corpus: Corpus; readonly findings: Pick<Findings, 'claims' | 'passages' | 'sources'> },
): Promise<Proven> {
  const { corpus, findings } = given;
  const brought = findings.sources ?? [];
  const sources = new Map([...corpus.sources, ...brought].map((source) => [source.source_id, source]));
  const verified = await verifyClaims(findings.claims, sources, ({ sha256, format }) =>
    store.texts.get(sha256, format),
  );
  if (verified.claims.length === 0 && verified.rejected.length > 0) {
    throw new Fault('QUOTE_NOT_FOUND', `none of the ${verified.rejected.length} quotes stands in its source`);
  }
  const cited = new Set(verified.claims.map((claim) => claim.source_id));
  // A text that nothing is cited from after all becomes no source, and its passages would name none.
  const kept = brought.filter(({ source_id }) => cited.has(source_id));
  const known = new Set([...corpus.sources, ...kept].map(({ source_id }) => source_id));
  const passages = findings.passages.filter(({ source_id }) => known.has(source_id));
  const found = [...cited].map((source_id): EventDraft => {
    const { title, location } = sources.get(source_id) ?? { title: '', location: '' };
    return eventOf(spec, 'source_found', { source_id, title, location });
  });
  return { verified, evidence: { sources: kept, claims: verified.claims, passages }, found };
}
