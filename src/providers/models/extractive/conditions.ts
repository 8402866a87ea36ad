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

/** How much of a condition's telling words must stand in a sentence together with its heading and title, and in it alone. */
const BORNE_OUT = 0.75;
const IN_SENTENCE = 0.6;
const MORE = /\b(?:more|over|above|beyond|exceeds?|exceeded|longer|greater|higher|at least|rose|increased)\b/iu;
const LESS = /\b(?:less|fewer|under|below|within|shorter|smaller|lower|at most|up to|fell|decreased)\b/iu;
const DENIAL = /\b(?:not|no|never|none|without|cannot|nor|neither|false)\b|n['’]t\b/giu;

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
 * one of the two denies. `around`: its heading and title.
 */
export function bearsOut(condition: string, sentence: string, around: string): number {
  if (denies(condition) !== denies(sentence) || !comparesAlike(condition, sentence)) return 0;
  const asked = stemSet(tellingWords(condition).join(' '));
  const own = stemSet(sentence);
  if (asked.size === 0 || [...asked].some((stem) => /\p{N}/u.test(stem) && !own.has(stem))) return 0;
  const alone = shared(asked, own) / asked.size;
  const together = shared(asked, stemSet(`${sentence} ${around}`)) / asked.size;
  return together >= BORNE_OUT && alone >= IN_SENTENCE ? (together + alone) / 2 : 0;
}

/** Parts of a condition of which their words alone say too little: what denies or compares amounts has an opposite in the same words. */
export function strictParts(condition: string): readonly string[] {
  const parts = condition.split(/[,;]\s|\band\b/iu).map((part) => part.trim());
  return parts.filter((part) => (denies(part) || comparesAmounts(part)) && tellingWords(part).length > 0);
}

/** Words such as “over” and “within” compare only where there is something to compare with. */
function comparesAmounts(part: string): boolean {
  return (MORE.test(part) || LESS.test(part)) && /\p{N}|\bthan\b/u.test(part);
}

/** A condition that compares is borne out by what compares in the same direction; amounts themselves are not reckoned with. */
function comparesAlike(condition: string, sentence: string): boolean {
  return [MORE, LESS].every((words) => !words.test(condition) || words.test(sentence));
}

/** Twice denied is said. */
function denies(text: string): boolean {
  return (text.match(DENIAL) ?? []).length % 2 === 1;
}
