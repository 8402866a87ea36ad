/** Work that goes on without an answer of a model: what was collected is written up all the same, and the report says what it lacks. */

import { Fault } from '../../core/errors.ts';
import { type Asker, FAILED_FOR_GOOD } from './ask.ts';

export type Answered<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** In words for the report. */
  | { readonly kind: 'unanswered'; readonly why: string; readonly exhausted: boolean };

/** An answer, or why there is none: the cap, or models that failed for good. Rejects where the step itself has to end. */
export async function answerOrWhy<T>(asker: Asker, answer: () => Promise<T>): Promise<Answered<T>> {
  try {
    return { kind: 'answered', value: await answer() };
  } catch (thrown) {
    if (asker.signal.aborted || !(thrown instanceof Fault)) throw thrown;
    const exhausted = thrown.code === 'BUDGET_EXHAUSTED';
    if (!exhausted && !FAILED_FOR_GOOD.has(thrown.code)) throw thrown;
    return { kind: 'unanswered', why: thrown.message, exhausted };
  }
}
