/** What the orchestrator may ask of a recorded journal, without knowing which step holds it. */

import type { Json } from '../core/json.ts';
import type { Plan, Subtask } from '../core/plan.ts';
import { type StepRecord, stepsById } from '../core/step.ts';
import {
  type AgentOutput,
  APPROVAL,
  type ApprovalOutput,
  asJson,
  collectOutput,
  PLAN,
  planInput,
  planOutput,
} from './journal.ts';

/** The plan that holds, edits included; null before there is one. */
export function planOf(steps: readonly StepRecord[]): Plan | null {
  return planOutput({ steps: stepsById(steps) });
}

/** Whether a person approved the plan, as it was or edited. */
export function planApproved(steps: readonly StepRecord[]): boolean {
  return steps.some((step) => step.step_id === APPROVAL && step.status === 'succeeded');
}

/** Whether a person changed the plan when approving it. */
export function planEdited(steps: readonly StepRecord[]): boolean {
  const approval = steps.find((step) => step.step_id === APPROVAL);
  return approval !== undefined && (approval.output as ApprovalOutput | null)?.subtasks != null;
}

/**
 * Steps that ended before they were done: their outcome holds `cut`, the reasons why. `approved`: whether a person approved the
 * plan in an earlier workflow; approved or given it is done, whatever it was made from. So it is where agents found something:
 * what they found they found for the plan there was.
 */
export function cutSteps(
  steps: readonly StepRecord[],
  { approved }: { readonly approved: boolean },
): readonly string[] {
  const done = steps.filter(({ status }) => status === 'succeeded');
  const found = done.some(({ kind, output }) => kind === 'agent' && ((output as AgentOutput | null)?.claims ?? 0) > 0);
  const planned = approved || found || planApproved(steps);
  return done
    .filter(({ output }) => wasCut(output))
    .filter((step) => step.kind !== 'plan' || (!planned && planInput(step).given === null))
    .map(({ step_id }) => step_id);
}

function wasCut(output: Json): boolean {
  if (output === null || typeof output !== 'object' || !('cut' in output)) return false;
  return Array.isArray(output['cut']) && output['cut'].length > 0;
}

/** Whether a workflow that goes on from these makes its plan anew. */
export function planCut(steps: readonly StepRecord[], before: { readonly approved: boolean }): boolean {
  return cutSteps(steps, before).includes(PLAN);
}

/** The outcome of an approval: null leaves the plan as it is. */
export function approvalOf(subtasks: readonly Subtask[] | null): Json {
  return asJson({ subtasks } satisfies ApprovalOutput);
}

/** Names the searchable content of the sources; null before they are collected. */
export function corpusOf(steps: readonly StepRecord[]): string | null {
  return collectOutput({ steps: stepsById(steps) })?.corpus_id ?? null;
}
