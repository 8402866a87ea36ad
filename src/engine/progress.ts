/** What an attempt of a step tells while it works: its progress, in events, and its signs of life, to the watchdog. */

import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/errors.ts';
import type { EventDraft } from '../core/event.ts';
import { STEP_RETRY } from '../core/retry.ts';
import type { Journal, StepRecord, StepSpec } from '../core/step.ts';
import type { Hold, Store } from '../store/store.ts';
import type { Weather } from './persist.ts';
import type { Pulse, Watched } from './pulse.ts';
import type { Watchdog } from './watchdog.ts';

/** Least time between two progress events of a step, so that a chatty agent does not flood the log. */
const PROGRESS_MS = 250;

interface TellingParts {
  readonly store: Pick<Store, 'events'>;
  readonly clock: Clock;
  readonly watchdog: Watchdog;
  readonly changed: () => void;
  readonly failed: (thrown: unknown) => void;
}

interface Teller {
  readonly hold: Hold;
  readonly spec: StepSpec;
}

export function progressOf(
  parts: TellingParts,
  teller: Teller,
  { signal, pulse }: { readonly signal: AbortSignal; readonly pulse: Pulse },
): (activity: string) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (activity) => {
    if (signal.aborted) return;
    pulse.heard();
    const now = parts.clock.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    tell(parts, teller, { activity });
  };
}

/** Has the attempt watched, until the pulse's end. */
export function pulseOf(
  parts: TellingParts,
  teller: Teller & { readonly journal: Pick<Journal, 'stop'> },
  under: { readonly begun: StepRecord } & Pick<Watched, 'giveUp' | 'signal'>,
): Pulse {
  const { hold, spec, journal } = teller;
  return parts.watchdog.watch({
    task_id: hold.task_id,
    step_id: spec.step_id,
    agent_id: spec.agent_id,
    again: journal.stop === null && under.begun.failures + 1 < STEP_RETRY.attempts,
    tell: (data) => tell(parts, teller, data),
    giveUp: under.giveUp,
    signal: under.signal,
  });
}

/** Who waits for the store is not silent: the run itself says what holds it up. */
export function heardIn(weather: Weather, pulse: Pulse): Weather {
  const waiting = (fault: Fault): void => {
    pulse.heard();
    weather.waiting(fault);
  };
  return { ...weather, waiting };
}

function tell({ store, changed, failed }: TellingParts, { hold, spec }: Teller, data: EventDraft['data']): void {
  const of = spec.agent_id === null ? {} : { agent_id: spec.agent_id };
  store.events.append(hold, [{ event_type: 'agent_progress', ...of, data }]).then(changed, failed);
}
