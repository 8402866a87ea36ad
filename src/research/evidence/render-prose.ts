/** A model's paragraphs as a reader sees them: marks become numbers, what is not borne out says so, nothing becomes markup. */

import type { Claim } from '../../core/claim.ts';
import { escapeLine, escapeMarkdown, withoutAddresses } from './markdown.ts';
import {
  type Evidence,
  isUnsupported,
  marksIn,
  paragraphsOf,
  type Sentence,
  sentencesOf,
  withoutMarks,
} from './prose.ts';
import { withTrueMarks, withTrueQuotations } from './quotations.ts';

export const UNSUPPORTED = '(unsupported)';

export interface Prose {
  readonly text: string;
  /** Claims a reader need not be told again: cited by a sentence that is borne out, or not borne out and marked so like it. */
  readonly told: readonly string[];
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
  const told = new Set<string>();
  const paragraphs = paragraphsOf(prose).map((paragraph) => {
    const { text, misquotes } = withTrueQuotations(paragraph, parts.evidence);
    const within = marksIn(paragraph);
    return sentencesOf(text)
      .map((sentence, at) => {
        const isBorneOut =
          !misquotes(sentence.text) &&
          !isUnsupported(sentence, within, parts.evidence) &&
          !restsOnUnsupported(sentence, within, parts);
        if (!isBorneOut) unsupported += 1;
        for (const id of sentence.marks) {
          if (isBorneOut !== (parts.claims.get(id)?.label === 'unsupported')) told.add(id);
        }
        return sentenceText(sentence, { parts, isBorneOut, isFirst: at === 0 });
      })
      .join(' ');
  });
  return { text: paragraphs.join('\n\n'), told: [...told], unsupported };
}

/** Whether all that the sentence cites, or its paragraph where it cites nothing itself, is not borne out. */
function restsOnUnsupported({ marks }: Sentence, within: readonly string[], { claims }: ProseParts): boolean {
  const cited = marks.length > 0 ? marks : within;
  return cited.length > 0 && cited.every((id) => claims.get(id)?.label === 'unsupported');
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

/** What is wrong with a piece of prose as it was rendered; empty when it says what was written, and leads nowhere. */
export function renderedProblems(prose: string, text: string): readonly string[] {
  const problems: string[] = [];
  const cited = text.replaceAll(/(?<!\\)\[\d+\]/g, ' ');
  // A quotation mark may end what would be an address without it, and the other way round.
  const written = [prose, withTrueMarks(prose, () => false).text];
  if (!written.some((each) => wordsOf(cited) === wordsOf(withoutAddresses(withoutMarks(each)))))
    problems.push('the words changed as it was cited');
  const read = text.replaceAll(/\\(?=[^\s\p{L}\p{N}])/gu, '');
  if (withoutAddresses(read) !== read) problems.push('it holds an address that no source has');
  return problems;
}

/** Words alone: punctuation, escapes and the note on what is not borne out are left away. */
function wordsOf(text: string): string {
  return text
    .replaceAll(UNSUPPORTED, ' ')
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}
