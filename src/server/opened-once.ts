/** What edges need once, opened when it is first needed. */

import type { Orchestrator } from '../core/views.ts';

/** Opens at the first call. A failed opening is tried again by the next: the disk may have room, the lock may be gone. */
export function openedOnce(open: () => Promise<Orchestrator>): {
  get(): Promise<Orchestrator>;
  close(): Promise<void>;
} {
  let current: Promise<Orchestrator> | null = null;
  const get = (): Promise<Orchestrator> => {
    current ??= open().catch((thrown: unknown) => {
      current = null;
      throw thrown;
    });
    return current;
  };
  return { get, close: async () => (await current)?.close() };
}
