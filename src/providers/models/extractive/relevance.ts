/** What a sentence must hold to be quoted at all. */

import type { Shape } from '../../../core/plan.ts';
import type { Hit } from '../../providers.ts';
import type { Absence } from './absence.ts';
import type { Candidate, Scored } from './candidates.ts';
import { type Coverage, coverageOf, type Surroundings, type Want } from './score.ts';
import { holdsAnswer, isExact } from './wording.ts';

const LEAST_COVERAGE: Readonly<Record<Shape, number>> = { fact: 0.5, comparison: 0.28, survey: 0.24 };
/** Who, when and where are asked of one event: half its words are another event's. */
const LEAST_FOR_NAMED = 0.62;
/** A fact's sentence holds so much of the question itself; title and heading may add the rest. */
const LEAST_OWN_OF_FACT = 0.2;
/** Of the words of a question for a fact so many must stand in the sentence, heading or title. */
const FACT_PART = 0.6;
const SURE_COVERAGE = 0.75;
/** Where words of the question stand nowhere in the material. */
const LEAST_WITH_ABSENT = 0.55;
/** Of the best coverage of thing and aspect a sentence must have so much. */
const ON_ASPECT = 0.8;
const DOUBTFUL_OWN = 0.5;
const DOUBTFUL_WHOLE = 0.68;
/** An agent with a theme of its own must still speak to the task: so much of its words, here or around. */
const LEAST_FOR_TASK = 0.3;
/** Share of the question's words that title and heading must hold for a sentence below them that holds none. */
const HEADED_PART = 0.66;
export function isRelevant(cover: Coverage, want: Want, shape: Shape): boolean {
  if (shape === 'fact' && cover.own < LEAST_OWN_OF_FACT) return false;
  const isNamed = want.answer === 'name' || want.answer === 'date' || want.answer === 'place';
  const least = shape === 'fact' && isNamed ? LEAST_FOR_NAMED : LEAST_COVERAGE[shape];
  if (!cover.focused || cover.whole < least) return false;
  // A list under the very heading asked for need not repeat its words.
  if (cover.own === 0 && shape !== 'survey') return false;
  if (cover.own === 0 && cover.matched < Math.max(2, Math.ceil(want.weights.size * HEADED_PART))) return false;
  // What an agent of its own looks into a sentence must name anyway.
  const few = want.weights.size < 3 || (shape === 'comparison' && want.focus.size > 0) ? 1 : 2;
  const words = shape === 'fact' ? Math.ceil(Math.max(1, want.subject) * FACT_PART) : few;
  return cover.matched >= words && (shape !== 'fact' || cover.named);
}

/** A word nobody mentions may be the one that matters: what is left must then be nearly all. */
export function isClose({ own, whole }: Coverage, { doubtful }: Pick<Absence, 'doubtful'>): boolean {
  return doubtful ? own >= DOUBTFUL_OWN && whole >= DOUBTFUL_WHOLE : whole >= LEAST_WITH_ABSENT;
}

/** Sentences that hold the kind of answer asked for; one that does not may stand only where nearly all words fit. */
export function withAnswer(
  scored: readonly Scored[],
  want: Want,
  around: (hit: Hit) => Surroundings,
): readonly Scored[] {
  const holding = scored.filter(({ candidate }) => holdsAnswer(candidate.text, want));
  const exact = want.answer === 'number' ? holding.filter(({ candidate }) => isExact(candidate.text, want)) : [];
  if (exact.length > 0) return exact;
  if (holding.length > 0 || want.answer === 'date' || want.answer === 'name') return holding;
  return scored.filter(({ candidate }) => coverageOf(candidate, want, around(candidate.hit)).whole >= SURE_COVERAGE);
}

/** Which of two is larger is told by what each is in the one respect asked about, not by all that is said of them. */
export function onAspect(scored: readonly Scored[], want: Want, around: (hit: Hit) => Surroundings): readonly Scored[] {
  const shares = scored.map((entry) => ({
    entry,
    share: holdsAnswer(entry.candidate.text, want)
      ? coverageOf(entry.candidate, want, around(entry.candidate.hit)).whole
      : 0,
  }));
  const least = ON_ASPECT * Math.max(0, ...shares.map(({ share }) => share));
  return shares.filter(({ share }) => share > 0 && share >= least).map(({ entry }) => entry);
}

export function speaksToTask({ own, whole, matched }: Coverage, { weights }: Want): boolean {
  return own > 0 && whole >= LEAST_FOR_TASK && matched >= Math.min(2, weights.size);
}

/** A paraphrase shares few words with its answer: of the best passages, what holds the very kind of value asked for. */
const NEAR_RANK = 0.6;
const NEAR_WHOLE = 0.3;

/** Whether a sentence may answer a question none answers in its own words, though the material holds them. */
export function isNear(
  { own, whole, matched, named, focused }: Coverage,
  { want, candidate, rank }: { readonly want: Want; readonly candidate: Candidate; readonly rank: number },
): boolean {
  const isTelling = want.answer === 'number' || want.answer === 'time' || want.answer === 'date';
  if (!isTelling || rank < NEAR_RANK || !named || !focused || own === 0) return false;
  return (
    whole >= NEAR_WHOLE &&
    matched >= Math.min(2, Math.ceil(want.weights.size / 2)) &&
    holdsAnswer(candidate.text, want) &&
    isExact(candidate.text, want)
  );
}
