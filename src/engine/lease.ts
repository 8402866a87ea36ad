/**
 * A run's lease as its process knows it. Each has its own moment up to which the run's time is accounted for: a leap of the
 * clock before a workflow was claimed is none of its time, whichever heartbeat finds it.
 */

import type { Claimed, Renewal } from '../store/store.ts';

/** How long a process may be silent before its workflows may be taken over. */
export const LEASE_MS = 10_000;
export const HEARTBEAT_MS = 3000;

export class Lease {
  readonly #hold: Claimed['hold'];
  /** Milliseconds since the epoch. */
  #accounted: number;

  constructor({ hold, claimed_at }: Claimed) {
    this.#hold = hold;
    this.#accounted = claimed_at;
  }

  isDue(now: number): boolean {
    return now < this.#accounted || now - this.#accounted >= HEARTBEAT_MS;
  }

  /** Whether the clock moved, since this lease was last renewed, by more than a process that works lets pass, or backwards. */
  isUnsettled(now: number): boolean {
    return now < this.#accounted || now - this.#accounted > LEASE_MS;
  }

  /** What its renewal records: asleep, stopped, or without a store to record anything in, that was no work. */
  renewal(now: number): Renewal {
    return { ...this.#hold, idle_ms: this.isUnsettled(now) ? now - this.#accounted : 0 };
  }

  renewed(now: number): void {
    this.#accounted = now;
  }
}
