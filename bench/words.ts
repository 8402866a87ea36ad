/** Text as people write it, as far as an index can tell: words whose frequencies follow Zipf's law, in sentences and paragraphs. */

import type { Random } from '../tests/support/random.ts';

const VOCABULARY = 50_000;
const SYLLABLES =
  'ba be bo ca ce co da de do fa fe ga go ha he ho ka la le lo ma me mo na ne no pa pe po ra re ro sa se so ta te to va ve'.split(
    ' ',
  );

/** The word of a rank: short for common ranks, and the same in every run. */
export function wordOf(rank: number): string {
  let rest = rank + SYLLABLES.length;
  let word = '';
  while (rest > 0) {
    word += SYLLABLES[rest % SYLLABLES.length] ?? '';
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return word;
}

/** Ranks drawn by Zipf's law: the chance of a rank falls with its number. */
function zipfRank(random: Random): number {
  // The inverse of the distribution's continuous form, which is close enough and needs no table.
  return Math.floor(VOCABULARY ** random.next()) - 1;
}

export function sentence(random: Random, length: number): string {
  const words = Array.from({ length }, () => wordOf(zipfRank(random))).join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** A Markdown document of about so many characters: headings, and paragraphs of a few sentences. */
export function document(random: Random, characters: number): string {
  const parts = [`# ${sentence(random, 4).slice(0, -1)}`];
  let length = 0;
  while (length < characters) {
    if (parts.length % 7 === 6) parts.push(`## ${sentence(random, 3).slice(0, -1)}`);
    const sentences = Array.from({ length: 3 + random.below(4) }, () => sentence(random, 8 + random.below(12)));
    const paragraph = sentences.join(' ');
    length += paragraph.length;
    parts.push(paragraph);
  }
  return `${parts.join('\n\n')}\n`;
}
