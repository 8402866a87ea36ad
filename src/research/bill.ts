/** What a result says of its calls: what each agent cost, what all of them did, and who answered in another's place. */

import { EXTRACTIVE } from '../core/model-catalogue.ts';
import { spendOf } from '../core/spend.ts';
import type { Journal } from '../core/step.ts';
import { MODEL_ROLES, modelOf } from '../core/workflow.ts';
import type { Model } from '../providers/providers.ts';
import type { Spending } from '../store/store.ts';
import { fallbacksUsed } from './journal.ts';

/** USD; null where a price is unknown. */
export interface Bill {
  readonly total: number | null;
  readonly of: (agent_id: string | null) => number | null;
}

/** A call still under way when the workflow ends is settled at its reservation. */
export function billOf(spending: readonly Spending[]): Bill {
  const settled = spending.map((row) => ({ ...row, microusd: row.microusd + row.reserved.microusd }));
  return {
    total: spendOf(settled).cost_usd,
    of: (agent_id) => spendOf(settled.filter((row) => row.agent_id === agent_id)).cost_usd,
  };
}

/** Which model played which role, and which fallbacks answered where one failed. */
export function modelsUsed({ steps, workflow: { config } }: Pick<Journal, 'steps' | 'workflow'>) {
  return {
    models: Object.fromEntries(MODEL_ROLES.map((role) => [role, modelOf(config, role)])),
    fallbacks_used: fallbacksUsed({ steps }),
  };
}

/** What wrote the report, as its header says it. `written`: a synthesis was reached; else code put in order what was found. */
export function stampOf(
  model: Pick<Model, 'name' | 'stamp'>,
  { written, fallbacks }: { readonly written: boolean; readonly fallbacks: readonly string[] },
): string {
  if (model.name === EXTRACTIVE) return model.stamp;
  if (!written) return 'findings of agents, put in order by code; every quote was found in its source by code';
  return fallbacks.length === 0 ? model.stamp : `${model.stamp}; ${fallbacks.join(' and ')} answered where it failed`;
}
