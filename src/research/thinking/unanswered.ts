/** Work that goes on without an answer of a model: what was collected is written up all the same, and the report says what it lacks. */

import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { type Asker, FAILED_FOR_GOOD } from './ask.ts';

/** Who asks as long as there is time: what is asked too late would end the step, and what was written with it. */
export interface HurriedAsker extends Asker {
  readonly isLate: () => boolean;
}

/**
 * Asks nothing in the last third of a step's time: it has to hold the answer of a slow model. A wait that a provider asks for is
 * sat out where it ends before. `timeout_ms`: the step's, from now.
 */
export function hurried(asker: Asker, clock: Clock, timeout_ms: number): HurriedAsker {
  const ends_at = clock.now() + Math.floor((timeout_ms * 2) / 3);
  return { ...asker, isLate: () => clock.now() >= ends_at, waits: (ms) => clock.now() + ms < ends_at };
}

export type Answered<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** `why`: in words for the report. `exhausted`: whatever else is asked ends the same way. */
  | { readonly kind: 'unanswered'; readonly why: string; readonly exhausted: boolean };

/** An answer, or why there is none: the time, the cap, or models that failed for good. Rejects where the step itself has to end. */
export async function answerOrWhy<T>(asker: HurriedAsker, answer: () => Promise<T>): Promise<Answered<T>> {
  asker.signal.throwIfAborted();
  if (asker.isLate()) return { kind: 'unanswered', why: 'the time for it was up', exhausted: true };
  try {
    return { kind: 'answered', value: await answer() };
  } catch (thrown) {
    if (asker.signal.aborted || !(thrown instanceof Fault)) throw thrown;
    const exhausted = thrown.code === 'BUDGET_EXHAUSTED';
    if (!exhausted && !FAILED_FOR_GOOD.has(thrown.code)) throw thrown;
    return { kind: 'unanswered', why: thrown.message, exhausted };
  }
}
