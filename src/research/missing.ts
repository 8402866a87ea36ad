/** What was asked for and is not in the report, with the reasons; and what was looked for in vain. */

import { PATTERNS } from '../core/patterns.ts';
import type { Subtask } from '../core/plan.ts';
import type { Missing } from '../core/report.ts';
import type { Journal, StepRecord } from '../core/step.ts';
import type { Stop } from '../core/workflow.ts';
import type { End } from '../engine/engine.ts';
import {
  agentOutput,
  agentStepId,
  compositionOutput,
  mergedOutput,
  planMissing,
  planOutput,
  settled,
  synthesesOf,
} from './journal.ts';
import { agentsWithFindings, choiceOutput, critiqueOutput, roundsOf, subtasksOf } from './judgements.ts';
import { brokenStep } from './patterns/sequential.ts';

/** What was asked for and is not in the report, with the reason; empty exactly when the report is whole. */
export function whatIsMissing(journal: Journal, end: Pick<End, 'status' | 'error'>): readonly Missing[] {
  const plan = planOutput(journal);
  const stop = journal.stop;
  const why = stop === null ? (end.error?.message ?? notReached(journal)) : stopReason(stop);
  if (plan === null) return [{ what: 'the research', why }];
  const subtasks = subtasksOf(journal);
  const agents = subtasks.flatMap(({ agent_id, objective }) => {
    const step = journal.steps.get(agentStepId(agent_id));
    if (!settled(step)) return [{ what: objective, why }];
    return step.status === 'failed' ? [{ what: objective, why: step.error?.message ?? 'the agent failed' }] : [];
  });
  const reached = compositionOutput(journal) !== null || agents.length === subtasks.length;
  const merged = failedOf(journal, 'synthesis', (step) => `the synthesis by ${step.agent_id ?? step.step_id}`);
  const judged = failedOf(journal, 'critique', (step) => `the ${step.step_id.replace(':', ' of ').replace('-', ' ')}`);
  const found = agentsWithFindings(journal).length > 0;
  const cut = stop !== null && found && !reached ? [{ what: 'the synthesis of the findings', why }] : [];
  const written = compositionOutput(journal)?.missing ?? [];
  const missing = [
    ...planMissing(plan),
    ...(choiceOutput(journal)?.cut ?? []).map((reason) => ({ what: 'the choice of the branch', why: reason })),
    ...agents,
    ...shortened(journal, subtasks),
    ...judged,
    ...merged,
    ...unmerged(journal),
    ...written,
    ...cut,
  ];
  // Stopped after the last step and before the end: nothing is lost, but a stopped workflow never claims to be whole.
  return stop !== null && missing.length === 0 ? [{ what: 'the regular end of the workflow', why }] : missing;
}

function notReached(journal: Journal): string {
  const broken = PATTERNS[journal.workflow.orchestrator_type].in_order ? brokenStep(journal) : null;
  return broken === null ? 'not reached' : `not begun, because it builds on “${broken}”, which failed`;
}

function failedOf({ steps }: Journal, kind: string, what: (step: StepRecord) => string): readonly Missing[] {
  const failed = [...steps.values()].filter((step) => step.kind === kind && step.status === 'failed');
  return failed.map((step) => ({ what: what(step), why: step.error?.message ?? 'it failed' }));
}

/** What Drummers could not merge as they should have. */
function unmerged(journal: Journal): readonly Missing[] {
  return synthesesOf(journal, 'merge').flatMap(({ agent_id }) =>
    (mergedOutput(journal, agent_id ?? '')?.cut ?? []).map((why) => ({
      what: `the merging by ${agent_id ?? ''}`,
      why,
    })),
  );
}

/** What agents could not do, or do without: a reason that several have is said once. */
function shortened(journal: Journal, subtasks: readonly Subtask[]): readonly Missing[] {
  const objectives = new Map<string, string[]>();
  for (const { agent_id, objective } of subtasks) {
    for (const why of new Set(agentOutput(journal, agent_id)?.cut)) {
      objectives.set(why, [...(objectives.get(why) ?? []), objective]);
    }
  }
  return [...objectives].map(([why, [first = '', ...others]]) => ({
    what: others.length === 0 ? first : `${others.length + 1} of ${subtasks.length} objectives`,
    why,
  }));
}

function stopReason(stop: Stop): string {
  if (stop.kind === 'deadline') return stop.reason ?? 'the time limit was reached';
  return stop.reason === null ? 'cancelled' : `cancelled: ${stop.reason}`;
}

/** What agents looked for in vain. Of the whole question only where nobody found anything: else the report answers it. */
export function gapsOf(journal: Journal): readonly string[] {
  // A later round may have found what an earlier one did not: the last critique knows.
  const judged = critiqueOutput(journal, roundsOf(journal).length);
  if (judged !== null) return judged.holds ? [] : judged.missing;
  const found = agentsWithFindings(journal).length > 0;
  const whole = journal.workflow.task.trim();
  const subtasks = subtasksOf(journal).filter(({ objective }) => !found || objective !== whole);
  return [...new Set(subtasks.flatMap(({ agent_id }) => agentOutput(journal, agent_id)?.gaps ?? []))];
}
