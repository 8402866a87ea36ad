/** How long answers are waited for: not at all, for what is recorded alone; as usual; or as long as a provider asks. */

import type { Calls } from '../../core/call.ts';
import { Fault } from '../../core/errors.ts';

/** Whether there is time to sit out so many milliseconds, and for what comes after. */
export type Waits = (ms: number) => boolean;

export class Unrecorded extends Error {}

/** Who buys nothing: rejects with Unrecorded where an answer would have to be. */
export function recordedOnly(calls: Calls): Calls {
  return {
    make: async (call) => {
      if ((await calls.recorded(call)) === undefined) throw new Unrecorded();
      // The way every call is taken over: what a workflow before paid for is in this one's journal, should that one be erased.
      return calls.make(call);
    },
    recorded: (call) => calls.recorded(call),
  };
}

/** Who waits as long as a provider asks, where there is time for it. */
export function patient(calls: Calls, waits: Waits): Calls {
  return { make: (call) => calls.make({ ...call, waits }), recorded: (call) => calls.recorded(call) };
}

/** Whether it failed for now alone, and there is time until it may be asked again. */
export function isWorthWaiting(thrown: unknown, waits: Waits): boolean {
  return thrown instanceof Fault && thrown.retryable && thrown.retryAfterMs !== null && waits(thrown.retryAfterMs);
}
