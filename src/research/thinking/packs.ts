/** Claims as a model is shown them, and how many at a time: prompts are bounded whatever the agents brought. */

import type { Claim } from '../../core/claim.ts';
import type { Source } from '../../core/source.ts';
import { endOf } from './frame.ts';

/** Longest statement and quote shown. */
const MOST_STATEMENT = 300;
const MOST_QUOTE = 500;

/** `[belter-1.2] The statement`: all that deciding about claims takes. */
export function statementLine({ claim_id, text }: Claim): string {
  return `[${claim_id}] ${short(text, MOST_STATEMENT)}`;
}

/** With the quote: all that judging takes. */
export function quoteLines(claim: Claim): string {
  return `${statementLine(claim)}\n  quote: ${short(claim.quote, MOST_QUOTE)}`;
}

/** With the quote, the source's title and its date: all that writing about them takes. */
export function evidenceLines(claim: Claim, source: Source | undefined): string {
  const from = [source?.title ?? '', source?.date ?? ''].filter((part) => part !== '').join(', ');
  const doubt = claim.label === 'unsupported' ? ' (unsupported)' : '';
  return [
    `${statementLine(claim)}${doubt}`,
    `  quote: ${short(claim.quote, MOST_QUOTE)}`,
    `  source: ${short(from, 160)}`,
  ].join('\n');
}

/** Items in order, cut into parts that are shown in at most so many characters each. */
export function packed<T>(items: readonly T[], shown: (item: T) => string, most: number): readonly (readonly T[])[] {
  const packs: T[][] = [];
  let room = 0;
  for (const item of items) {
    const size = shown(item).length + 1;
    const last = packs.at(-1);
    if (last === undefined || size > room) {
      packs.push([item]);
      room = most - size;
    } else {
      last.push(item);
      room -= size;
    }
  }
  return packs;
}

function short(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, endOf(line, most))}…`;
}
