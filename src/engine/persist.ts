/** Writing through bad weather: a full disk or a long lock delays an outcome that was paid for, it does not lose it. */

import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';

const WEATHER: ReadonlySet<string> = new Set(['STORE_FULL', 'STORE_LOCKED', 'STORE_UNAVAILABLE']);
/** Not the work's doing: the store refuses, the lease is gone, or the process stops. Another attempt elsewhere can succeed. */
export function isStoreFault(thrown: unknown): boolean {
  if (!(thrown instanceof Fault)) return false;
  return thrown.code.startsWith('STORE_') || thrown.code === 'LEASE_LOST' || thrown.code === 'SHUTTING_DOWN';
}

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 5000;

export interface Weather {
  readonly clock: Clock;
  /** Ends the waiting: the process stops, or the lease is lost. */
  readonly signal: AbortSignal;
  readonly waiting: (fault: Fault) => void;
}

/** Repeats a store verb until it succeeds, fails for good, or `signal` aborts; then rejects with the verb's own Fault. */
export async function persist<T>(verb: () => Promise<T>, weather: Weather): Promise<T> {
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      return await verb();
    } catch (thrown) {
      if (!(thrown instanceof Fault) || !WEATHER.has(thrown.code) || weather.signal.aborted) throw thrown;
      weather.waiting(thrown);
      await pause(wait, weather);
      wait = Math.min(MAX_WAIT_MS, wait * 2);
    }
  }
}

/** Waits so long, or until the signal aborts. */
export function pause(ms: number, until: Pick<Weather, 'clock' | 'signal'>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      until.signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = until.clock.after(ms, done);
    until.signal.addEventListener('abort', done, { once: true });
  });
}
