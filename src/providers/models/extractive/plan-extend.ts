/** A plan that goes on from an earlier one: its subtasks stay as they are, and what else the material offers comes after. */

import { MAX_AGENTS } from '../../../core/limits.ts';
import { researcherRole } from '../../../core/patterns.ts';
import type { Plan, Subtask } from '../../../core/plan.ts';
import type { PlanRequest } from '../../providers.ts';
import { jaccard, stemSet } from './text.ts';

/** Objectives this close in words would have two agents look for the same; aspects of one question share most of theirs. */
const SAME_OBJECTIVE = 0.85;
/** How a swarm's objectives name their domain, which is compared by itself. */
const DOMAIN = / \(\w+ sources\)$/u;

/**
 * As many new subtasks as agents were asked for beyond the earlier ones, where the question and material carry so many; as many
 * as the question itself wants where the budget alone had kept the plan small.
 */
export async function extend(request: PlanRequest, anew: (request: PlanRequest) => Promise<Plan>): Promise<Plan> {
  const { most, ...asked } = request;
  const { earlier } = asked;
  const wanted = asked.agents ?? most ?? MAX_AGENTS;
  // Some of what a fresh plan names the earlier one has: asked for more, it has enough left.
  const agents = asked.agents === null ? null : Math.min(MAX_AGENTS, wanted + earlier.length);
  const fresh = await anew({ ...asked, earlier: [], agents });
  const subtasks = [...earlier];
  for (const subtask of fresh.subtasks) {
    if (subtasks.length >= wanted) break;
    if (subtasks.some((other) => isSame(other, subtask))) continue;
    subtasks.push({ ...subtask, agent_id: freeId(subtask, subtasks) });
  }
  return { ...fresh, subtasks };
}

function isSame(a: Subtask, b: Subtask): boolean {
  return a.domain === b.domain && jaccard(words(a), words(b)) >= SAME_OBJECTIVE;
}

function words({ objective }: Subtask): ReadonlySet<string> {
  return stemSet(objective.replace(DOMAIN, ''));
}

function freeId({ domain }: Subtask, taken: readonly Subtask[]): string {
  const role = researcherRole({ domain });
  for (let number = 1; ; number += 1) {
    const agent_id = `${role}-${number}`;
    if (!taken.some((other) => other.agent_id === agent_id)) return agent_id;
  }
}
