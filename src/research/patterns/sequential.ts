/**
 * Sequential: named steps in order. No sources yet: collect them. The plan is the caller's steps as they stand. Each step is
 * researched once the one before it has succeeded, and is shown what the earlier ones found. One that fails ends the
 * sequence: what would build on it is not begun. Then Camina writes a section for each step.
 */

import type { Plan } from '../../core/plan.ts';
import type { Decide, Journal } from '../../core/step.ts';
import { agentStepId, planOutput, settled, succeeded } from '../journal.ts';
import { agentStep, nobodyFinished, run, untilPlanned, writtenBy } from './steps.ts';

export const sequential: Decide = (journal) => {
  const beginning = untilPlanned(journal, { made: planOfSteps(journal) });
  if (beginning !== null) return beginning;
  const subtasks = planOutput(journal)?.subtasks ?? [];
  const ids = subtasks.map(({ agent_id }) => agent_id);
  const steps = subtasks.map((subtask, at) => agentStep(journal, subtask, ids.slice(0, at)));
  const next = steps.find(({ step_id }) => !succeeded(journal.steps.get(step_id)));
  const isOpen = next !== undefined && !settled(journal.steps.get(next.step_id));
  if (isOpen && journal.stop === null) return run([next]);
  return nobodyFinished(journal, steps) ?? writtenBy(journal, 'camina');
};

function planOfSteps({ workflow }: Journal): Plan | null {
  const { inputs } = workflow.config;
  if (inputs?.kind !== 'sequential') return null;
  const subtasks = inputs.steps.map(({ name, objective }, at) => ({
    agent_id: `belter-${at + 1}`,
    name,
    objective,
    queries: [objective],
    domain: null,
  }));
  return { shape: 'survey', subtasks, missing: [] };
}

/** The step of the plan that failed, after which no other was begun. */
export function brokenStep(journal: Journal): string | null {
  const subtasks = planOutput(journal)?.subtasks ?? [];
  const broken = subtasks.find(({ agent_id }) => journal.steps.get(agentStepId(agent_id))?.status === 'failed');
  return broken === undefined ? null : (broken.name ?? broken.objective);
}
