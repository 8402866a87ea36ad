/** What reads, thinks and writes in a workflow, in one sentence for people. */

import { EXTRACTIVE } from '../core/model-catalogue.ts';
import { MODEL_ROLES, type WorkflowConfig } from '../core/workflow.ts';

/** `used`: fallback models that answered in another's place. */
export function modelNote(
  { model, models, fallback_models }: Pick<WorkflowConfig, 'model' | 'models' | 'fallback_models'>,
  used: readonly string[] = [],
): string {
  const others = MODEL_ROLES.flatMap((role) => (models[role] === undefined ? [] : [`${role}: ${models[role]}`]));
  if (model === EXTRACTIVE && others.length === 0) {
    return `${EXTRACTIVE}: no language model was used; the report quotes its sources. For one that thinks, set BELTALOWDA_MODEL to provider/model; \`beltalowda doctor\` says what it needs.`;
  }
  const roles = others.length === 0 ? '' : ` (${others.join(', ')})`;
  const instead =
    used.length > 0
      ? `; ${used.join(' and ')} answered where it failed`
      : fallback_models.length > 0
        ? `; where it fails: ${fallback_models.join(', then ')}`
        : '';
  return `${model}${roles}${instead}. Quotes are checked against their sources by code.`;
}
