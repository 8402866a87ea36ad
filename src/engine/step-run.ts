/** One attempt of one step: intent, body under its time limit, outcome. Tells its caller what the journal now holds. */

import { type Clock, iso } from '../core/clock.ts';
import { type ErrorRecord, Fault, toFault } from '../core/errors.ts';
import { retryDelay, STEP_RETRY } from '../core/retry.ts';
import type { Journal, StepOutcome, StepRecord, StepSpec } from '../core/step.ts';
import type { Telemetry, Traced } from '../core/telemetry.ts';
import type { Ahead, FailStep, Hold, Store } from '../store/store.ts';
import { type Caller, mayPass, StepCalls } from './calls.ts';
import type { StepKind } from './definition.ts';
import { adoptable, type Earlier, type EarlierOutcome } from './earlier.ts';
import { isStoreFault, persist, type Weather } from './persist.ts';
import { heardIn, progressOf, pulseOf } from './progress.ts';
import type { Settlements } from './settlements.ts';
import type { Watchdog } from './watchdog.ts';

export interface StepParts {
  readonly store: Pick<Store, 'steps' | 'calls' | 'events'>;
  readonly clock: Clock;
  /** In [0, 1): jitter for retries. */
  readonly random: () => number;
  readonly weather: Weather;
  readonly settlements: Settlements;
  readonly watchdog: Watchdog;
  readonly telemetry: Telemetry;
  /** The workflow, to whoever is told of it. */
  readonly of: Traced;
  /** Told that an attempt is recorded as begun. */
  readonly begun: (step: StepRecord) => void;
  /** Told after each durable change, and of failures nobody waits for. */
  readonly changed: () => void;
  readonly failed: (thrown: unknown) => void;
}

export interface Attempt {
  readonly hold: Hold;
  readonly journal: Journal;
  readonly spec: StepSpec;
  readonly kind: StepKind;
  readonly signal: AbortSignal;
  /** Tells the body to bring home what it has. */
  readonly landing: AbortSignal;
  readonly earlier: Earlier;
  /** Whether the pattern still names the step: else it is not to be begun, now or after bad weather. */
  readonly wanted: () => boolean;
  /** Told of the outcome in its own transaction, so that what follows from it is begun in the same one. */
  readonly ahead: Ahead<StepRecord>;
}

/** Milliseconds until the step may be tried again; not above 0 when it may be now. */
export function dueIn(recorded: StepRecord | undefined, now: number): number {
  // Begun later than now: the clock was set back meanwhile, and the time of the next attempt says nothing.
  const past = recorded?.available_at == null || Date.parse(recorded.started_at) > now;
  return past ? 0 : Date.parse(recorded.available_at) - now;
}

/** Returns the step as recorded, or null when it has no outcome: it was aborted from outside, or is not wanted any more. */
export async function attemptStep(parts: StepParts, attempt: Attempt): Promise<StepRecord | null> {
  const { store, weather } = parts;
  const { hold, spec, kind } = attempt;
  const bought = adoptable(spec, attempt.journal, attempt.earlier);
  const adopted = bought === null ? null : await adopt(parts, attempt, bought);
  if (adopted !== null) return adopted;
  const idempotency_key = idempotencyKey(attempt);
  const intent = { spec, idempotency_key, events: kind.events(spec, { kind: 'started' }) };
  const begun = await persist(async () => (attempt.wanted() ? store.steps.begin(hold, intent) : null), weather);
  if (begun === null) return attempt.wanted() ? recordedStep(parts, attempt) : null;
  parts.begun(begun);
  // Calls of the attempt before were given up with it: there may be room again.
  if (begun.attempts > 1) parts.settlements.tell();
  parts.changed();
  const began = parts.clock.now();
  if (attempt.signal.aborted) return null;
  const ended = await runBody(parts, attempt, begun);
  if (ended.kind === 'aborted') return null;
  const recorded =
    ended.kind === 'failed'
      ? await recordFailure(parts, attempt, { begun, fault: ended.fault })
      : await recordOutcome(parts, attempt, { begun, outcome: ended.outcome });
  tellOf(parts, recorded, began);
  return recorded;
}

function tellOf({ telemetry, of, clock }: StepParts, step: StepRecord, began: number): void {
  if (step.status === 'running') telemetry.tell({ kind: 'attempt_failed', of, step, began, at: clock.now() });
  else telemetry.tell({ kind: 'step_ended', of, step });
}

function idempotencyKey({ hold, spec }: Attempt): string {
  return `${hold.task_id}/${spec.step_id}`;
}

async function recordedStep({ store, weather }: StepParts, { hold, spec }: Attempt): Promise<StepRecord | null> {
  const recorded = await persist(() => store.steps.list(hold.task_id), weather);
  return recorded.find((step) => step.step_id === spec.step_id) ?? null;
}

/**
 * Takes over what an earlier workflow has bought: readers see it begin and end, each event saying where it comes from. Null
 * when it is gone, because that workflow was erased meanwhile: then the step runs like any other.
 */
async function adopt(parts: StepParts, attempt: Attempt, bought: EarlierOutcome): Promise<StepRecord | null> {
  const { store, weather } = parts;
  const { hold, kind } = attempt;
  const { from, step } = bought;
  const spec = { ...attempt.spec, input: step.input };
  const told = [
    ...kind.events(spec, { kind: 'started' }),
    ...kind.events(spec, { kind: 'succeeded', output: step.output }),
  ];
  const events = told.map((event) => ({ ...event, data: { ...event.data, adopted_from: from } }));
  const idempotency_key = idempotencyKey(attempt);
  const adopted = await persist(
    async () => (attempt.wanted() ? store.steps.adopt(hold, { spec, idempotency_key, from, events }) : null),
    weather,
  );
  if (adopted === null) return attempt.wanted() ? recordedStep(parts, attempt) : null;
  parts.telemetry.tell({ kind: 'step_ended', of: parts.of, step: adopted });
  parts.changed();
  return adopted;
}

/** An outcome the store cannot take (a claim twice, a source nobody collected) is a failed attempt, not the end of the run. */
async function recordOutcome(
  parts: StepParts,
  attempt: Attempt,
  success: { readonly begun: StepRecord; readonly outcome: StepOutcome },
): Promise<StepRecord> {
  const { hold, spec, kind } = attempt;
  const { begun, outcome } = success;
  try {
    const events = [...(outcome.events ?? []), ...kind.events(spec, { kind: 'succeeded', output: outcome.output })];
    const { output, evidence = {} } = outcome;
    const settled = await persist(
      () => parts.store.steps.settle(hold, { step_id: spec.step_id, output, evidence, events }, attempt.ahead),
      parts.weather,
    );
    parts.changed();
    return settled;
  } catch (thrown) {
    if (isStoreFault(thrown)) throw thrown;
    return recordFailure(parts, attempt, { begun, fault: mayPass(thrown) });
  }
}

type Ended =
  | { readonly kind: 'succeeded'; readonly outcome: StepOutcome }
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'aborted' };

/** Races the body against its time limit and the signal: a body that does not listen must not hold its place. */
async function runBody(parts: StepParts, attempt: Attempt, begun: StepRecord): Promise<Ended> {
  const { spec, signal, landing, kind, journal } = attempt;
  // One signal for both, and not `AbortSignal.any`: Node keeps such a signal, and all that a listener on it reaches, for as
  // long as the listener is there, and what listeners a body leaves behind is the body's affair.
  const either = new AbortController();
  const cancelTimer = parts.clock.after(spec.timeout_ms, () => {
    either.abort(new Fault('STEP_TIMEOUT', `${spec.step_id} took longer than ${spec.timeout_ms / 1000} s`));
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    either.signal.addEventListener('abort', () => reject(either.signal.reason as Error), { once: true });
  });
  const withdraw = (): void => {
    either.abort(signal.reason);
  };
  signal.addEventListener('abort', withdraw, { once: true });
  const asking = followed([either.signal, landing]);
  const pulse = pulseOf(parts, attempt, { begun, signal: either.signal, giveUp: (fault) => either.abort(fault) });
  const weather = heardIn(parts.weather, pulse);
  const under = { begun, signal: either.signal, landing: asking.signal, pulse };
  const calls = callsOf({ ...parts, weather }, attempt, under);
  const context = {
    journal,
    // The input as recorded: an attempt after a takeover does the same work as the first.
    spec: { ...spec, input: begun.input },
    attempt: begun.attempts,
    idempotency_key: idempotencyKey(attempt),
    signal: either.signal,
    landing,
    progress: progressOf(parts, attempt, { signal: either.signal, pulse }),
    calls,
    persist: <T>(verb: () => Promise<T>): Promise<T> => persist(verb, { ...weather, signal: either.signal }),
  };
  // Called inside an async function: a body that throws before its first await must not leave `aborted` unwatched.
  const body = async (): Promise<StepOutcome> => kind.run(context);
  try {
    return { kind: 'succeeded', outcome: await Promise.race([body(), aborted]) };
  } catch (thrown) {
    // What brings nothing home is left as it is, like what was aborted: nobody failed.
    if (signal.aborted || landing.aborted) return { kind: 'aborted' };
    return { kind: 'failed', fault: pulse.blamed(mayPass(either.signal.aborted ? either.signal.reason : thrown)) };
  } finally {
    pulse.end();
    cancelTimer();
    signal.removeEventListener('abort', withdraw);
    if (calls.busy) {
      // What the body left behind is waited for no longer than what was aborted.
      either.abort(new Error(`${spec.step_id} has ended`));
      await calls.settled();
    }
    asking.release();
  }
}

/** Aborts with the first of these, whose listeners go with `release`. */
function followed(signals: readonly AbortSignal[]): { readonly signal: AbortSignal; readonly release: () => void } {
  const first = new AbortController();
  const follow = (): void => first.abort(signals.find(({ aborted }) => aborted)?.reason);
  if (signals.some(({ aborted }) => aborted)) follow();
  for (const signal of signals) signal.addEventListener('abort', follow, { once: true });
  return {
    signal: first.signal,
    release: () => {
      for (const signal of signals) signal.removeEventListener('abort', follow);
    },
  };
}

function callsOf(
  parts: StepParts,
  { hold, spec, journal, earlier }: Attempt,
  under: Pick<Caller, 'signal' | 'landing' | 'pulse'> & { readonly begun: StepRecord },
): StepCalls {
  const { step_id, agent_id } = spec;
  const { budget } = journal.workflow.config;
  return new StepCalls(parts, {
    hold,
    step_id,
    agent_id,
    budget,
    again: under.begun.attempts > 1,
    round: under.begun.failures,
    earlier: earlier.line,
    signal: under.signal,
    landing: under.landing,
    pulse: under.pulse,
  });
}

/** A failure that cannot be told as it is fails its step for good: it is that step's alone, and no end of what others do. */
async function recordFailure(
  parts: StepParts,
  attempt: Attempt,
  failure: { readonly begun: StepRecord; readonly fault: Fault },
): Promise<StepRecord> {
  parts.failed(failure.fault);
  try {
    return await fail(parts, attempt, failureOf(parts, attempt, failure));
  } catch (thrown) {
    if (isStoreFault(thrown)) throw thrown;
    const fault = toFault(thrown);
    parts.failed(fault);
    return fail(parts, attempt, { error: fault.toRecord(), available_at: null, events: [] });
  }
}

function failureOf(
  parts: StepParts,
  attempt: Attempt,
  { begun, fault }: { readonly begun: StepRecord; readonly fault: Fault },
): Omit<FailStep, 'step_id'> {
  const error: ErrorRecord = fault.toRecord();
  // After a stop nothing is tried twice: the workflow is to land, not to go on.
  const again = fault.retryable && attempt.journal.stop === null;
  const delay = again
    ? retryDelay(STEP_RETRY, begun.failures + 1, { random: parts.random(), retryAfterMs: fault.retryAfterMs })
    : null;
  const available_at = delay === null ? null : iso(parts.clock.now() + delay);
  const events = attempt.kind.events(attempt.spec, { kind: 'failed', error, retry_at: available_at });
  return { error, available_at, events };
}

async function fail(parts: StepParts, attempt: Attempt, failure: Omit<FailStep, 'step_id'>): Promise<StepRecord> {
  const { hold, spec, ahead } = attempt;
  const step = { step_id: spec.step_id, ...failure };
  const failed = await persist(() => parts.store.steps.fail(hold, step, ahead), parts.weather);
  // Calls it left under way were given up with it: there may be room again.
  parts.settlements.tell();
  parts.changed();
  return failed;
}
