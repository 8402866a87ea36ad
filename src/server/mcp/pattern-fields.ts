/**
 * What patterns take beside a question, as arguments. The listed schema says little, because every conversation pays for it: how
 * many and how long, and whose each is, the orchestrator checks.
 */

import { z } from 'zod';
import { DEFAULT_ROUNDS } from '../../core/limits.ts';
import { patternTaking } from '../../core/patterns.ts';
import { storable } from './fields.ts';

const words = storable(z.string());

export const patternFields = {
  steps: z
    .array(z.object({ name: words, objective: words }))
    .optional()
    .describe(`Only ${patternTaking('steps')}`),
  branches: z
    .array(z.object({ name: words, when: words.optional(), objectives: z.array(words) }))
    .optional()
    .describe(`Only ${patternTaking('branches')}; one without when: otherwise`),
  until: words.optional().describe(`Only ${patternTaking('until')}: what findings must show`),
  max_rounds: z.int().min(1).optional().describe(`Default ${DEFAULT_ROUNDS}`),
};
