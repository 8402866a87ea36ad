/** A clock that can be set, as a machine's can: timers go by the time that really passes. */

import { FakeClock } from './fake-clock.ts';

export class SettableClock extends FakeClock {
  #ahead = 0;

  override now(): number {
    return super.now() + this.#ahead;
  }

  set(ms: number): void {
    this.#ahead += ms;
  }
}
