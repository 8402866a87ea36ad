/** A clock that runs as fast as a test says, from one moment to the next: nothing is skipped, so nobody seems to have slept. */

import type { Clock } from '../../src/core/clock.ts';

/** Real milliseconds between two looks whether a timer is due. */
const LOOK_MS = 5;

export class SteeredClock implements Clock {
  #speed = 1;
  #looked = performance.now();
  #now = Date.UTC(2026, 0, 1);

  /** From now on so many times faster than real time. */
  run(speed: number): void {
    this.now();
    this.#speed = speed;
  }

  now(): number {
    const real = performance.now();
    this.#now += (real - this.#looked) * this.#speed;
    this.#looked = real;
    return Math.round(this.#now);
  }

  after(ms: number, fire: () => void): () => void {
    const at = this.now() + ms;
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const left = at - this.now();
      if (left <= 0) fire();
      else timer = setTimeout(look, Math.min(LOOK_MS, left / this.#speed));
    };
    timer = setTimeout(look, Math.min(LOOK_MS, Math.max(0, ms) / this.#speed));
    return () => clearTimeout(timer);
  }
}
