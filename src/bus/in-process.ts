/** The bus of one process, which also listens for other processes on the same file by polling a cheap change counter. */

import type { Clock } from '../core/clock.ts';
import type { Bus } from './bus.ts';

export interface InProcessBusOptions {
  readonly clock: Clock;
  /** A number that differs after another process wrote (`Store.changes`). */
  readonly changes: () => number;
  /** Called when the counter cannot be read; polling goes on. */
  readonly failed: (thrown: unknown) => void;
  readonly pollMs?: number;
}

/** Well below the 250 ms in which a cancel from another process must reach a running call. */
const POLL_MS = 100;

export function inProcessBus(options: InProcessBusOptions): Bus {
  const { clock, changes, failed } = options;
  const listeners = new Map<string | null, Set<(task_id: string | null) => void>>();
  const pollMs = options.pollMs ?? POLL_MS;
  let seen: number | null = null;
  let stopPolling: (() => void) | null = null;

  const poll = (): void => {
    stopPolling = null;
    if (listeners.size === 0) {
      // Whoever comes next starts from what it reads then: a change from before it came is no news to it.
      seen = null;
      return;
    }
    try {
      const current = changes();
      const moved = seen !== null && current !== seen;
      seen = current;
      if (moved) for (const key of Array.from(listeners.keys())) call(key, null);
    } catch (thrown) {
      failed(thrown);
    }
    stopPolling ??= clock.after(pollMs, poll);
  };
  const call = (key: string | null, task_id: string | null): void => {
    // A copy: a listener may subscribe or leave while it is called.
    for (const heard of Array.from(listeners.get(key) ?? [])) heard(task_id);
  };

  return {
    publish: (task_id) => {
      call(task_id, task_id);
      call(null, task_id);
    },
    subscribe: (task_id, heard) => {
      const set = listeners.get(task_id) ?? new Set();
      set.add(heard);
      listeners.set(task_id, set);
      if (stopPolling === null) poll();
      return () => {
        set.delete(heard);
        if (set.size === 0 && listeners.get(task_id) === set) listeners.delete(task_id);
      };
    },
    close: () => {
      listeners.clear();
      stopPolling?.();
      stopPolling = null;
    },
  };
}
