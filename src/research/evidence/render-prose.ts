/** A model's paragraphs as a reader sees them: marks become numbers, what is not borne out says so, nothing becomes markup. */

import type { Claim } from '../../core/claim.ts';
import { escapeLine, escapeMarkdown, withoutAddresses } from './markdown.ts';
import { type Evidence, isUnsupported, marksIn, paragraphsOf, type Sentence, sentencesOf } from './prose.ts';

export const UNSUPPORTED = '(unsupported)';

export interface Prose {
  readonly text: string;
  /** Claims that it cites. */
  readonly cited: readonly string[];
  /** Sentences that say what their claims do not, or cite only such as are unsupported. */
  readonly unsupported: number;
}

export interface ProseParts {
  readonly claims: ReadonlyMap<string, Claim>;
  readonly evidence: Evidence;
  /** The number of a claim's source: numbered by first use, over the whole text. */
  readonly number: (claim: Claim) => number;
}

/** Throws a RangeError where prose names a claim that does not exist: what is stored was resolved before. */
export function renderProse(prose: string, parts: ProseParts): Prose {
  let unsupported = 0;
  const paragraphs = paragraphsOf(prose).map((paragraph) =>
    sentencesOf(paragraph)
      .map((sentence, at) => {
        const isBorneOut =
          !isUnsupported(sentence, paragraph, parts.evidence) && !citesOnlyUnsupported(sentence, parts);
        if (!isBorneOut) unsupported += 1;
        return sentenceText(sentence, { parts, isBorneOut, isFirst: at === 0 });
      })
      .join(' '),
  );
  return { text: paragraphs.join('\n\n'), cited: marksIn(prose), unsupported };
}

function citesOnlyUnsupported({ marks }: Sentence, { claims }: ProseParts): boolean {
  return marks.length > 0 && marks.every((id) => claims.get(id)?.label === 'unsupported');
}

const CLOSING = /[.!?]["”’)]*$/;

function sentenceText(
  { text, marks }: Sentence,
  how: { readonly parts: ProseParts; readonly isBorneOut: boolean; readonly isFirst: boolean },
): string {
  const plain = withoutAddresses(text);
  const [closing = ''] = CLOSING.exec(plain) ?? [];
  const words = plain.slice(0, plain.length - closing.length);
  const numbers = [...new Set(marks.map((id) => how.parts.number(known(how.parts.claims, id))))];
  const behind = [numbers.map((number) => `[${number}]`).join(''), how.isBorneOut ? '' : UNSUPPORTED];
  const said = how.isFirst ? escapeLine(words) : escapeMarkdown(words);
  return [said, ...behind].filter((part) => part !== '').join(' ') + escapeMarkdown(closing);
}

export function known(claims: ReadonlyMap<string, Claim>, claim_id: string): Claim {
  const claim = claims.get(claim_id);
  if (claim === undefined) throw new RangeError(`the composition names claim ${claim_id}, which does not exist`);
  return claim;
}

/** The words of prose without what the citation pass adds; equal before and after it, or the pass changed what was written. */
export function wordsSaid(text: string): string {
  return text
    .replaceAll(/\[\[[^\][]*\]\]|(?<!\\)\[\d+\]/g, ' ')
    .replaceAll(UNSUPPORTED, ' ')
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}
