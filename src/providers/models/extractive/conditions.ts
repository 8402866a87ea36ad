/** Conditions without a language model: their telling words, and which sentences bear them out. */

import { stems } from '../../../core/words.ts';
import { keyWords } from './themes.ts';
import { shared, stemSet } from './text.ts';
import { WORDING } from './score.ts';

/** Words by which a condition speaks of the research and not of its subject. */
const ABOUT_RESEARCH = stemSet(
  'document documents source sources material text report finding findings answer answered question questions found find known ' +
    'say says said state states stated show shows shown mention mentions mentioned name named tell told cover covered give given ' +
    'least most every each all any some enough clear true hold holds case condition until both one two three',
);

/** How much of a condition's telling words a single sentence must hold to bear it out. */
const BORNE_OUT = 2 / 3;
const DENIAL = /\b(?:not|no|never|none|without|cannot|nor|neither)\b|n['’]t\b/giu;

/** The words that say what a condition is about, as written, each once. None where it is only about the research. */
export function tellingWords(condition: string): readonly string[] {
  return keyWords(condition).filter((word) =>
    stems(word).some((stem) => !ABOUT_RESEARCH.has(stem) && !WORDING.has(stem)),
  );
}

/** Those of the words of which no text holds every part. */
export function notIn(words: readonly string[], texts: readonly string[]): readonly string[] {
  const held = stemSet(texts.join('\n'));
  return words.filter((word) => stems(word).some((stem) => !held.has(stem)));
}

/**
 * How far a sentence bears a condition out, 0 to 1; 0 below the least that counts, where a number differs, and where only
 * one of the two denies.
 */
export function bearsOut(condition: string, sentence: string, around: string): number {
  if (denies(condition) !== denies(sentence)) return 0;
  const asked = stemSet(tellingWords(condition).join(' '));
  const said = stemSet(`${sentence} ${around}`);
  const figures = [...asked].filter((stem) => /\p{N}/u.test(stem));
  const own = stemSet(sentence);
  if (asked.size === 0 || figures.some((figure) => !own.has(figure))) return 0;
  const part = shared(asked, said) / asked.size;
  return part >= BORNE_OUT ? part : 0;
}

/** Twice denied is said. */
function denies(text: string): boolean {
  return (text.match(DENIAL) ?? []).length % 2 === 1;
}
