/** Outcomes that another model made earlier in the line of a workflow: another model's name alone makes them no other work. */

import type { Json } from '../core/json.ts';
import type { OrchestratorType } from '../core/patterns.ts';
import type { Decide } from '../core/step.ts';

/** These deciders, each with what former models finished fit to be taken over. Where its own model finished it, that comes first. */
export function withFormerModels(deciders: Readonly<Record<OrchestratorType, Decide>>) {
  const each = Object.entries(deciders).map(([type, decide]) => [type, withFormer(decide)] as const);
  return Object.fromEntries(each) as Record<OrchestratorType, Decide>;
}

function withFormer(decide: Decide): Decide {
  return (journal) => {
    const decision = decide(journal);
    const { former_models } = journal.workflow.config;
    if (decision.kind !== 'run' || former_models.length === 0) return decision;
    const steps = decision.steps.map((spec) => ({ ...spec, fits: madeBy(former_models, spec.input) }));
    return { ...decision, steps };
  };
}

function madeBy(models: readonly string[], input: Json): readonly Json[] {
  if (input === null || typeof input !== 'object' || !('model' in input)) return [];
  return models.map((model) => ({ ...input, model }));
}
