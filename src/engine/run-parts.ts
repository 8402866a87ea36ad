/** What a run works with: the engine's ports, and whom it tells. */

import type { Clock } from '../core/clock.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Store } from '../store/store.ts';
import type { Definition } from './definition.ts';
import type { Dispatcher } from './dispatch/dispatch.ts';
import type { Watchdog } from './watchdog.ts';

export interface RunParts {
  readonly store: Store;
  readonly definition: Definition;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly watchdog: Watchdog;
  readonly telemetry: Telemetry;
  /** Told after each durable change. */
  readonly changed: (task_id: string) => void;
  readonly log: (message: string, thrown: unknown) => void;
  /** Told once, when this process no longer works on the workflow: because it ended, or though it has not. */
  readonly ended: (how: 'finished' | 'left') => void;
}
