/** What the orchestrator may ask of a recorded journal, without knowing which step holds it. */

import type { Json } from '../core/json.ts';
import type { Plan, Subtask } from '../core/plan.ts';
import { type StepRecord, stepsById } from '../core/step.ts';
import { type AgentOutput, APPROVAL, type ApprovalOutput, asJson, collectOutput, PLAN, planOutput } from './journal.ts';

/** Whether a workflow that goes on from these makes its plan anew. */
export function planCut(steps: readonly StepRecord[]): boolean {
  return cutSteps(steps).includes(PLAN);
}

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

/** Steps that ended before they were done: their outcome holds the reasons, in `cut`, or of a report that is not all written in `missing`. */
export function cutSteps(steps: readonly StepRecord[]): readonly string[] {
  const done = steps.filter(({ status }) => status === 'succeeded');
  const cut = done.filter(
    ({ kind, output }) => holds(output, 'cut') || (kind === 'synthesis' && holds(output, 'missing')),
  );
  // What agents found they found for the plan there was: it stays.
  const found = done.some(({ kind, output }) => kind === 'agent' && ((output as AgentOutput | null)?.claims ?? 0) > 0);
  return cut.map(({ step_id }) => step_id).filter((step_id) => step_id !== PLAN || !found);
}

function holds(output: Json, name: 'cut' | 'missing'): boolean {
  if (output === null || typeof output !== 'object' || Array.isArray(output)) return false;
  const reasons = (output as { readonly [name: string]: Json })[name];
  return Array.isArray(reasons) && reasons.length > 0;
}

/** The outcome of an approval: null leaves the plan as it is. */
export function approvalOf(subtasks: readonly Subtask[] | null): Json {
  return asJson({ subtasks } satisfies ApprovalOutput);
}

/** Names the searchable content of the sources; null before they are collected. */
export function corpusOf(steps: readonly StepRecord[]): string | null {
  return collectOutput({ steps: stepsById(steps) })?.corpus_id ?? null;
}
