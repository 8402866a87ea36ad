/** Who may still bring home what they noted when a workflow is stopped. */

import type { Decide, Journal, StepSpec } from '../core/step.ts';
import { synthesesOf } from './journal.ts';

/**
 * Agents under way, as the pattern would go on with them were there no stop. None once a synthesis has begun: it was given the
 * agents it is to read, and would not read those that come later.
 */
export function comingHome(journal: Journal, decide: Decide): readonly StepSpec[] {
  if (synthesesOf(journal, 'merge').length + synthesesOf(journal, 'write').length > 0) return [];
  const decision = decide({ ...journal, stop: null });
  if (decision.kind !== 'run') return [];
  return decision.steps.filter(
    ({ step_id, kind }) => kind === 'agent' && journal.steps.get(step_id)?.status === 'running',
  );
}
