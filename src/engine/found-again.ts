/**
 * What whoever carries on with a workflow tells of it: its predecessor may have been killed between recording an outcome and
 * telling of it, and what it had under way was given up when the workflow was claimed.
 */

import type { CallRecord } from '../core/call.ts';
import type { StepRecord } from '../core/step.ts';
import type { Telemetry, Traced } from '../core/telemetry.ts';
import type { Store } from '../store/store.ts';

/**
 * How long before the last sign of life an outcome may have been recorded and not told: with a collector that answers, what
 * waits to be sent waits no longer. What was told after all is told a second time, in the same words.
 */
const UNTOLD_MS = 30_000;

interface FoundParts {
  readonly store: Pick<Store, 'steps' | 'calls'>;
  readonly telemetry: Telemetry;
  readonly log: (message: string, thrown: unknown) => void;
}

/** Waited for by nobody: the work goes on meanwhile. */
export function foundAgain(parts: FoundParts, of: Traced): void {
  found(parts, of).catch((thrown: unknown) => {
    parts.log(`${of.task_id}: what was under way could not be told`, thrown);
  });
}

async function found({ store, telemetry }: FoundParts, of: Traced): Promise<void> {
  const [steps, calls] = await Promise.all([store.steps.list(of.task_id), store.calls.list(of.task_id)]);
  const since = lastSign(steps, calls) - UNTOLD_MS;
  const late = ({ completed_at }: Pick<CallRecord, 'completed_at'>): boolean =>
    completed_at !== null && Date.parse(completed_at) >= since;
  telemetry.tell({ kind: 'found', of, steps: steps.filter(late), calls: calls.filter(late) });
}

/** When something was last recorded by whoever worked: calls given up at the claim were ended by the claim. */
function lastSign(steps: readonly StepRecord[], calls: readonly CallRecord[]): number {
  const made = calls.filter(({ error }) => error?.code !== 'CALL_INTERRUPTED');
  const times = [...steps, ...calls].map(({ started_at }) => started_at);
  const ends = [...steps, ...made].flatMap(({ completed_at }) => completed_at ?? []);
  return Math.max(0, ...[...times, ...ends].map((time) => Date.parse(time)));
}
