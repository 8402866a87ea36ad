/** How each pattern of core/patterns.ts works: its decider, and how many agents and syntheses it leads to at most. */

import type { PatternInputs } from '../../core/pattern-inputs.ts';
import type { OrchestratorType } from '../../core/patterns.ts';
import type { Decide } from '../../core/step.ts';
import { beltalowda, drummersFor } from './beltalowda.ts';
import { conditional } from './conditional.ts';
import { iterative } from './iterative.ts';
import { sequential } from './sequential.ts';
import { swarm } from './swarm.ts';

export const DECIDERS: Readonly<Record<OrchestratorType, Decide>> = {
  beltalowda,
  swarm,
  sequential,
  conditional,
  iterative,
};

export const SYNTHESES: Readonly<Record<OrchestratorType, (agents: number) => number>> = {
  beltalowda: (agents) => drummersFor(agents) + 1,
  swarm: () => 1,
  sequential: () => 1,
  conditional: () => 1,
  iterative: () => 1,
};

/** Most agents that research, given how many a plan may name: what the inputs of a pattern make of it. */
export function mostResearchers(inputs: PatternInputs | null, planned: number): number {
  if (inputs === null) return planned;
  if (inputs.kind === 'sequential') return inputs.steps.length;
  if (inputs.kind === 'iterative') return planned * inputs.max_rounds;
  return Math.max(...inputs.branches.map(({ objectives }) => objectives.length));
}
