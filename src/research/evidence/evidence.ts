/** What a report's claims rest on: their spans as a reader sees them, and what was judged of them. */

import type { Claim } from '../../core/claim.ts';
import type { Composition } from '../../core/report.ts';
import { mask, type Source, type StoredText } from '../../core/source.ts';
import type { Cited, Evidence } from './prose.ts';
import { supportOf } from './support.ts';

/** By claim. `texts`: what is stored, by source_id; a claim without its text is held against its quote as it is. */
export function evidenceFor(
  claims: readonly Claim[],
  sources: readonly Source[],
  texts: ReadonlyMap<string, StoredText>,
): Evidence {
  const titles = new Map(sources.map(({ source_id, title }) => [source_id, title]));
  return new Map(
    claims.map((claim): [string, Cited] => {
      const stored = texts.get(claim.source_id);
      const span = stored === undefined ? claim.quote : mask(stored.text, stored.layout.blanks, claim);
      const context = `${titles.get(claim.source_id) ?? ''}\n${claim.heading}`;
      return [claim.claim_id, { statement: claim.label === 'unsupported' ? '' : claim.text, span, context }];
    }),
  );
}

/**
 * The claims with the labels that a language model's judgement gives them. What is the source's own wording needs nobody's; what
 * code could not tell or told from shared words alone is `model_judged` where the model confirms it, else unsupported.
 */
export function judgedClaims(
  claims: readonly Claim[],
  composition: Pick<Composition, 'judged'> | null,
): readonly Claim[] {
  const verdicts = new Map((composition?.judged ?? []).map(({ claim_id, supported }) => [claim_id, supported]));
  if (verdicts.size === 0) return claims;
  return claims.map((claim) => {
    const supported = verdicts.get(claim.claim_id);
    if (supported === undefined || claim.label === 'quoted') return claim;
    if (!supported) return { ...claim, label: 'unsupported' };
    // A number that the quote does not hold is no matter of judgement.
    if (claim.label === 'unsupported' && saysOtherNumber(claim)) return claim;
    return claim.label === 'numeric_match' ? claim : { ...claim, label: 'model_judged' };
  });
}

function saysOtherNumber({ text, quote, heading }: Claim): boolean {
  return supportOf(text, quote, heading).disagrees.includes('number');
}
