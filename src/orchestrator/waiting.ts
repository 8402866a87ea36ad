/** Waiting for a workflow to change or end, without missing what happens between a look and the next. */

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { StatusView, WaitOptions } from '../core/views.ts';
import { awaitsApproval, isTerminal, type Workflow } from '../core/workflow.ts';
import { isHeld } from '../engine/engine.ts';
import type { ListedWorkflow, Store } from '../store/store.ts';

export interface WaitParts {
  readonly store: Pick<Store, 'workflows'>;
  readonly bus: Bus;
  readonly clock: Clock;
  /** What is shown to a client that waits. */
  readonly view: (task_id: string) => Promise<StatusView>;
}

/** Longest silence towards a waiting client. */
const HEARTBEAT_MS = 10_000;

/** Whether it should be worked on and nobody does: the process that did is gone, and no other has taken it up. */
export function isInterrupted(
  workflow: Omit<ListedWorkflow, 'stop'> & { readonly stop: unknown },
  now: number,
): boolean {
  return workflow.status === 'running' && !awaitsApproval(workflow) && !isHeld(workflow, now);
}

/**
 * Resolves at the end of the workflow, at a version above `since_version` or, where that is not given, when it waits for a
 * person; at the time limit, or when aborted.
 */
export async function waitFor(parts: WaitParts, task_id: string, wait: WaitOptions): Promise<void> {
  const { store, clock, bus } = parts;
  let seen = clock.now();
  let until = seen + (wait.wait_ms ?? 0);
  let told = { version: -1, at: seen };
  for (;;) {
    const heard = nextHint({ bus, clock, task_id, signal: wait.signal });
    try {
      const workflow = await store.workflows.get(task_id);
      const back = Math.max(0, seen - clock.now());
      // A clock that is set back makes no wait longer than was asked for.
      until -= back;
      told = { ...told, at: told.at - back };
      seen = clock.now();
      const left = until - seen;
      if (workflow === null || isOver(workflow, wait) || left <= 0) return;
      // By the clock, not by the lack of hints: those about other workflows must not keep a client in silence.
      if (workflow.version !== told.version || clock.now() - told.at >= HEARTBEAT_MS) {
        told = { version: workflow.version, at: clock.now() };
        wait.progress?.(await parts.view(task_id));
      }
      await heard.within(Math.min(left, told.at + HEARTBEAT_MS - clock.now()));
    } finally {
      heard.cancel();
    }
  }
}

function isOver(workflow: Workflow, { since_version, signal }: WaitOptions): boolean {
  const arrived = since_version === undefined ? awaitsApproval(workflow) : workflow.version > since_version;
  return isTerminal(workflow.status) || arrived || signal?.aborted === true;
}

/** Listens from before the state is read, so that no change falls between reading and waiting. */
function nextHint(on: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly task_id: string;
  readonly signal: AbortSignal | undefined;
}) {
  let settle: (() => void) | null = null;
  let early = false;
  const hear = (): void => {
    early = true;
    settle?.();
  };
  const unsubscribe = on.bus.subscribe(on.task_id, hear);
  on.signal?.addEventListener('abort', hear);
  const cancel = (): void => {
    unsubscribe();
    on.signal?.removeEventListener('abort', hear);
  };
  return {
    cancel,
    /** Resolves when a hint comes or came, else after `ms`. */
    within: (ms: number): Promise<void> =>
      new Promise<void>((resolve) => {
        const stopTimer = on.clock.after(ms, resolve);
        settle = () => {
          stopTimer();
          resolve();
        };
        if (early) settle();
      }),
  };
}
