/** The pulse of an attempt that nobody looks at, for calls that no engine makes. */

import type { Clock } from '../../src/core/clock.ts';
import type { Pulse } from '../../src/engine/pulse.ts';
import { Watchdog } from '../../src/engine/watchdog.ts';

export function unwatched(clock: Clock, signal: AbortSignal): Pulse {
  const watchdog = new Watchdog({ clock, silence_ms: 60_000, log: () => {}, silent: () => {} });
  return watchdog.watch({
    task_id: 'wf',
    step_id: 'step',
    agent_id: null,
    again: false,
    tell: () => {},
    giveUp: () => {},
    signal,
  });
}
