/** The time limit of one run: a moment on the clock that moves along with time in which nobody worked. */

import type { Clock } from '../core/clock.ts';
import type { Stop, Workflow } from '../core/workflow.ts';
import type { Store } from '../store/store.ts';
import { persist, type Weather } from './persist.ts';

/** Until the next look, where the moment was reached by a clock that cannot be trusted just then. */
const AGAIN_MS = 1000;

interface DeadlineParts {
  readonly clock: Clock;
  /** Whether the process has just slept, was stopped, or had its clock set: the next heartbeat postpones the moment. */
  readonly unsettled: () => boolean;
  readonly reached: () => void;
}

export class Deadline {
  readonly #parts: DeadlineParts;
  /** Milliseconds since the epoch; null where there is no limit. */
  #at: number | null;
  #cancel: (() => void) | null = null;

  constructor(at: string | null, parts: DeadlineParts) {
    this.#at = at === null ? null : Date.parse(at);
    this.#parts = parts;
  }

  arm(): void {
    if (this.#at !== null) this.#wait(Math.max(0, this.#at - this.#parts.clock.now()));
  }

  disarm(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Moves it by `ms`, also back where the clock was. */
  postpone(ms: number): void {
    if (this.#at === null) return;
    this.#at += ms;
    if (this.#cancel !== null) this.arm();
  }

  #wait(ms: number): void {
    const { clock, unsettled, reached } = this.#parts;
    this.#cancel?.();
    this.#cancel = clock.after(ms, () => {
      if (unsettled() || clock.now() < (this.#at ?? 0)) this.#wait(AGAIN_MS);
      else reached();
    });
  }
}

/** Records the wish to stop like any other. Returns what is recorded then: another wish may go further. */
export async function recordTimeIsUp(
  { workflows }: Pick<Store, 'workflows'>,
  { task_id, config }: Workflow,
  weather: Weather,
): Promise<Stop | null> {
  const reason = `the time limit of ${config.timeout_minutes} minutes was reached`;
  const wish: Stop = { kind: 'deadline', reason, finalize: true };
  const { stop } = await persist(() => workflows.requestStop(task_id, wish), weather);
  return stop;
}
