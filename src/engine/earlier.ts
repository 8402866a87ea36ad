/** What the workflows before this one have bought already, and which of it a step may take over. */

import { toFault } from '../core/errors.ts';
import { canonical } from '../core/json.ts';
import type { Journal, StepRecord, StepSpec } from '../core/step.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Store } from '../store/store.ts';
import type { RunParts } from './run-parts.ts';

export interface Earlier {
  /** The workflows themselves, the nearest first. */
  readonly line: readonly string[];
  /** Outcomes by step, those of the nearest workflow first. */
  readonly outcomes: ReadonlyMap<string, readonly EarlierOutcome[]>;
}

export const NOTHING_EARLIER: Earlier = { line: [], outcomes: new Map() };

export interface EarlierOutcome {
  readonly from: string;
  readonly step: StepRecord;
}

/**
 * Longest line of workflows that each go on from the one before; nearer ones hold what they took over themselves. One that ended
 * before it began anything holds nothing, and is not counted.
 */
const MOST_WORKFLOWS = 16;

/**
 * Every succeeded step of the workflows this one goes on from. Those that were erased have nothing to give, and no more has one that
 * is damaged, which is told: the line ends there, and this workflow does anew what they would have given, within its own budget.
 */
export async function earlierOutcomes(
  store: Pick<Store, 'steps' | 'workflows'>,
  { task_id: own, resumed_from }: Pick<Workflow, 'task_id' | 'resumed_from'>,
  log: RunParts['log'],
): Promise<Earlier> {
  const line: string[] = [];
  const outcomes = new Map<string, EarlierOutcome[]>();
  let next = resumed_from;
  while (next !== null && line.length < MOST_WORKFLOWS) {
    const task_id: string = next;
    const found = await recorded(store, task_id, (damage) =>
      log(`${own}: does anew what ${task_id} would have given`, damage),
    );
    if (found === null) break;
    if (found.steps.length > 0) line.push(task_id);
    for (const step of found.steps) {
      if (step.status !== 'succeeded') continue;
      outcomes.set(step.step_id, [...(outcomes.get(step.step_id) ?? []), { from: task_id, step }]);
    }
    next = found.resumed_from;
  }
  return { line, outcomes };
}

interface Recorded {
  readonly steps: readonly StepRecord[];
  readonly resumed_from: string | null;
}

async function recorded(
  { steps, workflows }: Pick<Store, 'steps' | 'workflows'>,
  task_id: string,
  damaged: (thrown: unknown) => void,
): Promise<Recorded | null> {
  try {
    const workflow = await workflows.get(task_id);
    return workflow === null ? null : { steps: await steps.list(task_id), resumed_from: workflow.resumed_from };
  } catch (thrown) {
    if (toFault(thrown).code !== 'STORE_CORRUPT') throw thrown;
    damaged(thrown);
    return null;
  }
}

/**
 * The outcome this step may take over instead of running: of the same kind and of an input that fits, made from outcomes that were taken
 * over from the same workflow. Null for a step that has begun here.
 */
export function adoptable(spec: StepSpec, journal: Pick<Journal, 'steps'>, earlier: Earlier): EarlierOutcome | null {
  const outcomes = earlier.outcomes.get(spec.step_id);
  if (outcomes === undefined || journal.steps.has(spec.step_id)) return null;
  const inputs = new Set([spec.input, ...(spec.fits ?? [])].map(canonical));
  const fits = ({ from, step }: EarlierOutcome): boolean =>
    step.kind === spec.kind &&
    inputs.has(canonical(step.input)) &&
    (spec.after ?? []).every((step_id) => journal.steps.get(step_id)?.adopted_from === from);
  return outcomes.find(fits) ?? null;
}
