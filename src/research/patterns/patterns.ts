/** The list of patterns. A new one is one file and one line here. */

import type { Decide } from '../../core/step.ts';
import type { OrchestratorType } from '../../core/workflow.ts';
import { beltalowda } from './beltalowda.ts';
import { swarm } from './swarm.ts';

export const PATTERNS: Readonly<Record<OrchestratorType, Decide>> = { beltalowda, swarm };
