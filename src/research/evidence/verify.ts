/**
 * Code, not an agent, decides what a quote is. A quote is located in the stored text or the claim is refused; the support
 * label is computed from the span, whatever the agent called it.
 */

import type { Claim, SupportLabel } from '../../core/claim.ts';
import { locate, mask, placeAt, type Source, type StoredText } from '../../core/source.ts';
import { words } from '../../core/words.ts';

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
    const label = supportLabel(claim, mask(stored.text, stored.layout.blanks, span));
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

const NUMBER = /\d+(?:[.,]\d+)*/g;
/** Share of a claim's words that must stand in the span for `lexical`. */
const LEXICAL_SHARE = 0.5;

/** How far the visible text of the span supports the claim's wording. `model_judged` is never given here. */
export function supportLabel(claim: Pick<Claim, 'text' | 'heading'>, span: string): SupportLabel {
  if (isQuoted(claim, span)) return 'quoted';
  const numbers = claim.text.match(NUMBER) ?? [];
  const inSpan = new Set(span.match(NUMBER));
  const said = stemsOf(claim.text);
  const held = new Set(stemsOf(span));
  const shared = said.filter((stem) => held.has(stem)).length;
  if (numbers.length > 0) {
    if (!numbers.every((number) => inSpan.has(number))) return 'unsupported';
    if (shared > 0) return 'numeric_match';
  }
  return said.length > 0 && shared / said.length >= LEXICAL_SHARE ? 'lexical' : 'unsupported';
}

function stemsOf(text: string): readonly string[] {
  return words(text).flatMap((word) => (word.stop ? [] : [word.stem]));
}

/** Whether the wording is what a reader sees in the span, word for word: only then may it stand in quotation marks. */
export function isVerbatim(claim: Pick<Claim, 'text' | 'start' | 'end'>, stored: StoredText): boolean {
  const seen = words(mask(stored.text, stored.layout.blanks, { start: claim.start, end: claim.end }));
  const said = words(claim.text);
  return seen.length > 0 && seen.length === said.length && seen.every(({ stem }, n) => stem === said[n]?.stem);
}

/**
 * Whether the wording is the span itself. Words of the span must all be there, in their order; what stands between them
 * may only come from the heading, which is how a table row is made readable: `city: Berlin; population: 3.7`.
 */
function isQuoted(claim: Pick<Claim, 'text' | 'heading'>, span: string): boolean {
  const quoted = words(span).map((word) => word.stem);
  const labels = new Set(words(claim.heading).map((word) => word.stem));
  let next = 0;
  for (const { stem } of words(claim.text)) {
    if (stem === quoted[next]) next += 1;
    else if (!labels.has(stem)) return false;
  }
  return quoted.length > 0 && next === quoted.length;
}
