/** How each pattern of core/patterns.ts works: its decider, and how many syntheses that many agents lead to at most. */

import type { OrchestratorType } from '../../core/patterns.ts';
import type { Decide } from '../../core/step.ts';
import { beltalowda, drummersFor } from './beltalowda.ts';
import { swarm } from './swarm.ts';

export const DECIDERS: Readonly<Record<OrchestratorType, Decide>> = { beltalowda, swarm };

export const SYNTHESES: Readonly<Record<OrchestratorType, (agents: number) => number>> = {
  beltalowda: (agents) => drummersFor(agents) + 1,
  swarm: () => 1,
};
