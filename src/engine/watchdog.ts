/**
 * The watchdog of one process: looks at every attempt under way, names the agent that has been silent too long, and has its
 * step begun again where naming it was not enough.
 */

import type { Clock } from '../core/clock.ts';
import { Pulse, type Silence, type Watched } from './pulse.ts';

/** Unless told otherwise. A model that reasons, or is loaded first, is named then and left alone: its own limits are longer. */
export const SILENCE_MS = 60_000;
/**
 * Most that passes between two looks of a process that is awake. What is more was sleep, a blocked event loop or a clock that
 * was set: signs that came meanwhile wait to be heard, so nothing is judged before the next look.
 */
const AWAKE_MS = 3000;

interface WatchdogParts {
  readonly clock: Clock;
  readonly silence_ms: number;
  readonly log: (message: string) => void;
  /** Told of each silence, for whoever counts them. */
  readonly silent: (silence: Silence) => void;
}

export class Watchdog {
  readonly #parts: WatchdogParts;
  readonly #pulses = new Set<Pulse>();
  #looked: number;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
    this.#looked = parts.clock.now();
  }

  /** From now on, until the pulse's `end`. */
  watch(watched: Watched): Pulse {
    const { clock, silence_ms } = this.#parts;
    const pulse: Pulse = new Pulse(
      {
        clock,
        silence_ms,
        silent: (silence) => this.#told(silence),
        ended: () => this.#pulses.delete(pulse),
      },
      watched,
    );
    this.#pulses.add(pulse);
    return pulse;
  }

  /** To be called about once a second. */
  look(): void {
    const now = this.#parts.clock.now();
    const passed = now - this.#looked;
    this.#looked = now;
    const awake = passed >= 0 && passed <= AWAKE_MS;
    for (const pulse of Array.from(this.#pulses)) {
      pulse.passed(Math.min(Math.max(0, passed), AWAKE_MS));
      if (awake) pulse.judge();
    }
  }

  #told(silence: Silence): void {
    const { kind, task_id, step_id, silent_ms } = silence;
    const what = kind === 'named' ? 'is silent' : 'stays silent, so its attempt is given up';
    this.#parts.log(`${task_id}: ${step_id} ${what}, no sign of it for ${Math.round(silent_ms / 1000)} s`);
    this.#parts.silent(silence);
  }
}
