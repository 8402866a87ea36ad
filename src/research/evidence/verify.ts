/**
 * Code, not an agent, decides what a quote is. A quote is located in the stored text or the claim is refused; the support
 * label is computed from the span, whatever the agent called it.
 */

import type { Claim } from '../../core/claim.ts';
import { locate, mask, placeAt, type Source, type StoredText } from '../../core/source.ts';
import { words } from '../../core/words.ts';
import { supportLabel } from './support.ts';

export interface Verified {
  readonly claims: readonly Claim[];
  /** Claims whose quote does not stand where they say, or names a source nobody collected. */
  readonly rejected: readonly Claim[];
}

export type ReadText = (source: Source) => Promise<StoredText>;

/** Checks each claim against the stored text of its source; keeps their order. */
export async function verifyClaims(
  claims: readonly Claim[],
  sources: ReadonlyMap<string, Source>,
  read: ReadText,
): Promise<Verified> {
  const kept: Claim[] = [];
  const rejected: Claim[] = [];
  const texts = new Map<string, StoredText>();
  for (const claim of claims) {
    const source = sources.get(claim.source_id);
    if (source === undefined) {
      rejected.push(claim);
      continue;
    }
    const stored = texts.get(source.source_id) ?? (await read(source));
    texts.set(source.source_id, stored);
    if (!quoteStands(claim, stored.text)) {
      rejected.push(claim);
      continue;
    }
    const span = { start: claim.start, end: claim.end };
    const seen = mask(stored.text, stored.layout.blanks, span);
    const label = supportLabel(claim, seen, `${source.title}\n${claim.heading}`);
    kept.push({ ...claim, label, location: locate(source.location, placeAt(stored.layout, claim.start)) });
  }
  return { claims: kept, rejected };
}

/** Whether the quote says something and stands in the text exactly where the claim says. */
export function quoteStands(claim: Pick<Claim, 'quote' | 'start' | 'end'>, text: string): boolean {
  const { quote, start, end } = claim;
  // Negative offsets would count from the end of the text for `slice`, and point nowhere for a reader.
  const span = Number.isInteger(start) && start >= 0 && end === start + quote.length;
  return span && quote.trim() !== '' && text.startsWith(quote, start);
}

/** Whether the wording is what a reader sees in the span, word for word: only then may it stand in quotation marks. */
export function isVerbatim(claim: Pick<Claim, 'text' | 'start' | 'end'>, stored: StoredText): boolean {
  const seen = words(mask(stored.text, stored.layout.blanks, { start: claim.start, end: claim.end }));
  const said = words(claim.text);
  return seen.length > 0 && seen.length === said.length && seen.every(({ stem }, n) => stem === said[n]?.stem);
}
