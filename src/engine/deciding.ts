/** What a pattern is asked beside its decisions: what may begin before they are durable, and what may come home at a stop. */

import type { Journal, StepSpec } from '../core/step.ts';
import type { Definition } from './definition.ts';
import type { RunParts } from './run-parts.ts';

/**
 * Steps the pattern names that were never begun. Whatever else it says, and a defect of it, can wait: it is asked again once
 * the journal is durable.
 */
export function newlyNamed(definition: Pick<Definition, 'decide' | 'kinds'>, journal: Journal): readonly StepSpec[] {
  try {
    const decision = definition.decide[journal.workflow.orchestrator_type](journal);
    if (decision.kind !== 'run') return [];
    return decision.steps.filter(
      ({ step_id, kind }) => !journal.steps.has(step_id) && definition.kinds[kind] !== undefined,
    );
  } catch {
    return [];
  }
}

/** Steps to wait for at a stop: none where the pattern cannot say, for what it decides after the stop does not need them. */
export function comingHome(
  { definition, log }: Pick<RunParts, 'definition' | 'log'>,
  journal: Journal,
): readonly StepSpec[] {
  try {
    return definition.landing(journal);
  } catch (thrown) {
    log(`${journal.workflow.task_id}: the pattern could not tell what may come home`, thrown);
    return [];
  }
}
