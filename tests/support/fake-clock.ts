/** A clock that tests move by hand. Nothing that waits on it takes real time. */

import type { Clock } from '../../src/core/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Turns of the event loop after each timer: a group commit takes one, a chain of verbs takes one each. */
const TURNS = 20;

export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fire: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order, fire };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** When the next timer fires, or null when none waits. */
  get next(): number | null {
    return this.#earliest(Infinity)?.at ?? null;
  }

  /**
   * Moves time on by `ms`: fires what falls due, also what is set meanwhile, in order of time and then of registration,
   * and lets promises and immediates run before, between and after.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let due = this.#earliest(end); due !== undefined; due = this.#earliest(end)) {
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
      await this.settle();
    }
    this.#now = end;
  }

  /** Moves time only, firing nothing: what a process sees that was paused. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Lets promises, immediates and finished I/O run, without moving time. */
  async settle(turns: number = TURNS): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  #earliest(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}
