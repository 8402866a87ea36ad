/** The steps of one run that are to be performed: handed to the dispatcher at once, or when their retry is due. */

import type { Clock } from '../core/clock.ts';
import type { StepRecord, StepSpec } from '../core/step.ts';
import type { Dispatcher } from './dispatch/dispatch.ts';
import { dueIn } from './step-run.ts';

interface ScheduleParts {
  readonly task_id: string;
  /** Most steps of the workflow at a time. */
  readonly limit: number;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
}

const NONE: ReadonlySet<string> = new Set();

export class Schedule {
  readonly #parts: ScheduleParts;
  readonly #specs = new Map<string, StepSpec>();
  readonly #timers = new Map<string, () => void>();

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  /** Whether nothing is to be performed, now or later. */
  get empty(): boolean {
    return this.#specs.size === 0;
  }

  get(step_id: string): StepSpec | undefined {
    return this.#specs.get(step_id);
  }

  /** Whether this very naming of the step still holds. */
  wants(spec: StepSpec): boolean {
    return this.#specs.get(spec.step_id) === spec;
  }

  has(step_id: string): boolean {
    return this.#specs.has(step_id);
  }

  /** The pattern names it. One that is under way already, or has an outcome, is left alone. */
  add(spec: StepSpec, recorded: StepRecord | undefined): void {
    if (this.#specs.has(spec.step_id) || (recorded !== undefined && recorded.status !== 'running')) return;
    const due = dueIn(recorded, this.#parts.clock.now());
    if (due <= 0) {
      this.now(spec);
      return;
    }
    this.#specs.set(spec.step_id, spec);
    this.#timers.set(
      spec.step_id,
      this.#parts.clock.after(due, () => this.now(spec)),
    );
  }

  /** Hands it out whenever its retry is due. */
  now(spec: StepSpec): void {
    const { task_id, limit, dispatcher } = this.#parts;
    const { step_id } = spec;
    this.#timers.delete(step_id);
    this.#specs.set(step_id, spec);
    dispatcher.dispatch({ task_id, step_id }, limit);
  }

  /** It has been performed, or is not wanted any more; another naming of the step stays. */
  drop(spec: StepSpec): void {
    if (this.wants(spec)) this.#specs.delete(spec.step_id);
  }

  /** Nothing scheduled so far is to run, but `kept`: what the pattern still wants, it names again. */
  forget(kept: ReadonlySet<string> = NONE): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    for (const step_id of this.#specs.keys()) if (!kept.has(step_id)) this.#specs.delete(step_id);
  }
}
