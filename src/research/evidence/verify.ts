/**
 * Code, not an agent, decides what a quote is. A quote is located in the stored text or the claim is refused; the support
 * label is computed from the span, whatever the agent called it.
 */

import type { Claim } from '../../core/claim.ts';
import { countLeading, locate, placeAt, type Source, type StoredText } from '../../core/source.ts';
import { supportLabel } from './support.ts';
import { type Passage, readsAs } from './verbatim.ts';

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
    const label = supportLabel(claim, passageOf(claim, stored), `${source.title}\n${claim.heading}`);
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

/** Whether the wording is what a reader sees in the span, character by character: only then may it stand in quotation marks. */
export function isVerbatim(claim: Pick<Claim, 'text' | 'start' | 'end'>, stored: StoredText): boolean {
  return readsAs(claim.text, passageOf(claim, stored));
}

/** The span of a claim as `supportLabel` reads it. */
export function passageOf({ start, end }: Pick<Claim, 'start' | 'end'>, { text, layout }: StoredText): Passage {
  // A source of hundreds of pages has as many blanks as words, and each of its claims asks for a few.
  const first = countLeading(layout.blanks, ([, to]) => to <= start);
  const beyond = countLeading(layout.blanks, ([from]) => from < end);
  const within = layout.blanks.slice(first, beyond);
  const blanks = within.map(([from, to]) => [Math.max(from - start, 0), Math.min(to, end) - start] as const);
  return { text: text.slice(start, end), blanks, isCut: isCut(text, { start, end }) };
}

const ROW_BEGINS = /^[ \t]*\|?[ \t]*"?$/;
const ROW_ENDS = /^"?[ \t]*\|?[ \t]*$/;
/** So much white space may a row be set in. */
const ROW_MARGIN = 16;

/** Whether the line goes on before the span or behind it, with more than the outer bars of a row. */
function isCut(text: string, { start, end }: Pick<Claim, 'start' | 'end'>): boolean {
  const before = `\n${text.slice(Math.max(0, start - ROW_MARGIN), start)}`.split('\n').at(-1) ?? '';
  const [after = ''] = text.slice(end, end + ROW_MARGIN).split(/[\r\n]/, 1);
  return !ROW_BEGINS.test(before) || !ROW_ENDS.test(after);
}
