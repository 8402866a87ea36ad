/**
 * How a run comes down: from the stop on, steps that may bring home what they have are told to, and waited for a while. Nothing
 * is bought meanwhile, so it is the same whether the report is still to be written or not.
 */

import type { Clock } from '../core/clock.ts';
import type { StepRecord, StepSpec } from '../core/step.ts';
import type { Spending } from '../store/store.ts';

/** How long a step under way may take to come home: it has all it needs, and asks nobody any more. */
export const GRACE_MS = 3_000;
/** The same where steps have to be begun again for it: tools are opened anew, and recorded calls gone through. */
export const REPLAY_GRACE_MS = 20_000;

const NOT_LANDING = new AbortController().signal;

interface LandingParts {
  readonly clock: Clock;
  /** Who has made calls: an agent that made none has nothing that was paid for, and is not waited for. */
  readonly spending: () => Promise<readonly Pick<Spending, 'agent_id'>[]>;
  /** Begins a step that nobody is at work on, to bring home what is recorded of it. */
  readonly begin: (spec: StepSpec) => void;
  /** Told when fewer are expected than before: the others are to be aborted. */
  readonly fewer: () => void;
}

interface Told {
  readonly steps: readonly StepSpec[];
  /** Steps with an attempt under way. */
  readonly under: ReadonlySet<string>;
  /** Steps as they are recorded. One with calls behind it may still be on its way through them. */
  readonly records: ReadonlyMap<string, Pick<StepRecord, 'attempts'>>;
  /** Whether there is a workflow before this one whose calls are taken over. */
  readonly goesOn: boolean;
}

export class Landing {
  readonly #parts: LandingParts;
  readonly #told = new AbortController();
  readonly #expected = new Set<string>();
  #begun = false;
  #release: (() => void) | null = null;

  constructor(parts: LandingParts) {
    this.#parts = parts;
  }

  /** Whether a stop was told of. There is one landing: what is still under way then was not to come home. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Steps that are waited for. */
  get expected(): ReadonlySet<string> {
    return this.#expected;
  }

  /** What a step that begins now is told by: one that the pattern names after the stop is no part of the landing. */
  signalOf(step_id: string): AbortSignal {
    return this.begun && !this.#expected.has(step_id) ? NOT_LANDING : this.#told.signal;
  }

  /** From here on these are waited for. They are told once all others are aborted, which hear of the landing, too. */
  expect(steps: readonly StepSpec[]): void {
    this.#begun = true;
    for (const { step_id } of steps) this.#expected.add(step_id);
  }

  /** Rejects where the store cannot be read. */
  async tell(reason: Error, { steps, under, records, goesOn }: Told): Promise<void> {
    this.#told.abort(reason);
    if (steps.length === 0) return;
    const isFresh = (step_id: string): boolean => under.has(step_id) && (records.get(step_id)?.attempts ?? 1) <= 1;
    const grace = !goesOn && steps.every(({ step_id }) => isFresh(step_id)) ? GRACE_MS : REPLAY_GRACE_MS;
    this.#release = this.#parts.clock.after(grace, () => {
      this.end();
      this.#parts.fewer();
    });
    const callers = new Set((await this.#parts.spending()).map(({ agent_id }) => agent_id));
    // They may all have come home meanwhile, and what follows be at work: that is not to be aborted.
    const before = this.#expected.size;
    for (const spec of steps.filter(({ step_id }) => this.#expected.has(step_id))) {
      if (spec.agent_id === null || !callers.has(spec.agent_id)) this.home(spec.step_id);
      else if (!under.has(spec.step_id)) this.#parts.begin(spec);
    }
    if (this.#expected.size < before) this.#parts.fewer();
  }

  /** It has come home, or will not. */
  home(step_id: string): void {
    this.#expected.delete(step_id);
    if (this.#expected.size === 0) this.end();
  }

  /** Nobody is waited for any more. */
  end(): void {
    this.#expected.clear();
    this.#release?.();
    this.#release = null;
  }
}
