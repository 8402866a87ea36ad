/**
 * What an ended workflow can count on when it is gone on from. One that ended before it began its work has nothing in its own
 * journal, and yet has read its sources and has its plan: those that it would have taken over.
 */

import { isDeepStrictEqual } from 'node:util';
import { isBrought, type Source } from '../core/source.ts';
import type { StepRecord } from '../core/step.ts';
import { planLimit, type Workflow, type WorkflowConfig } from '../core/workflow.ts';
import { corpusOf, planOf } from '../research/research.ts';
import type { Store } from '../store/store.ts';

export interface Held {
  /** What it recorded itself. */
  readonly own: readonly StepRecord[];
  /** The same; of one without a plan the steps of the nearest before it that has the plan it would have taken over, if any has. */
  readonly steps: readonly StepRecord[];
  /** Whether the reading that it goes by was done, here or before. */
  readonly read: boolean;
  /** What the nearest that read any sources collected, itself included; null where none did. */
  readonly collected: readonly Source[] | null;
}

type LineStore = Pick<Store, 'workflows' | 'steps' | 'sources' | 'calls'>;

export async function heldBy(store: LineStore, workflow: Workflow): Promise<Held> {
  const own = await store.steps.list(workflow.task_id);
  const frame = planFrame(workflow.config);
  const isSamePlan = ({ config }: Workflow): boolean => isDeepStrictEqual(planFrame(config), frame);
  let planned = planOf(own) === null ? null : own;
  let reader: Workflow | null = null;
  for (let at: Workflow | null = workflow; at !== null; at = await before(store, at)) {
    const steps = at === workflow ? own : await store.steps.list(at.task_id);
    if (reader === null && corpusOf(steps) !== null) reader = at;
    if (planned === null && planOf(steps) !== null && isSamePlan(at)) planned = steps;
    if (reader !== null && planned !== null) break;
  }
  const collected = reader === null ? null : await store.sources.list(reader.task_id);
  return {
    own,
    steps: planned ?? own,
    read: reader?.config.reread === workflow.config.reread,
    collected: collected?.filter((source) => !isBrought(source)) ?? null,
  };
}

/** Null also where the one before was erased: what is further back cannot be reached by anybody then. */
async function before(store: LineStore, { resumed_from }: Workflow): Promise<Workflow | null> {
  return resumed_from === null ? null : store.workflows.get(resumed_from);
}

/** What decides in a line whether a plan is another one; of a given plan the numbers decide nothing. */
function planFrame({ reread, earlier, plan, agents, carried_agents }: WorkflowConfig): object {
  const sized = plan === null ? { agents, most: planLimit({ agents, carried_agents }) } : null;
  return { reread, earlier, plan, sized };
}

/** Whether anything would be lost with this workflow that the ones before it do not have. */
export async function broughtSomething(store: LineStore, { task_id }: Workflow): Promise<boolean> {
  const steps = await store.steps.list(task_id);
  return planOf(steps) !== null || steps.some(isOwn) || (await store.calls.list(task_id)).some(isOwn);
}

function isOwn({ status, adopted_from }: Pick<StepRecord, 'status' | 'adopted_from'>): boolean {
  return status === 'succeeded' && adopted_from === null;
}
