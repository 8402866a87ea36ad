/** Which of a pattern's answers may be acted upon before the outcome they follow from is durable. */

import type { Journal, StepSpec } from '../core/step.ts';
import type { Definition } from './definition.ts';

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
