/** What patterns take beside a question, as arguments. Whose each is, and whether it is whole, the orchestrator checks. */

import { z } from 'zod';
import {
  DEFAULT_ROUNDS,
  MAX_BRANCHES,
  MAX_NAME,
  MAX_OBJECTIVES,
  MAX_ROUNDS,
  MAX_STEPS,
  MAX_TASK,
} from '../../core/limits.ts';
import { patternTaking } from '../../core/patterns.ts';
import { text } from './fields.ts';

const step = z.strictObject({ name: text(MAX_NAME), objective: text(MAX_TASK) });

const branch = z.strictObject({
  name: text(MAX_NAME),
  when: text(MAX_TASK).optional().describe('Left out: taken where no other applies'),
  objectives: z.array(text(MAX_TASK)).min(1).max(MAX_OBJECTIVES),
});

export const patternFields = {
  steps: z
    .array(step)
    .min(1)
    .max(MAX_STEPS)
    .optional()
    .describe(`Only with ${patternTaking('steps')}: in order, each sees what the earlier found`),
  branches: z
    .array(branch)
    .min(1)
    .max(MAX_BRANCHES)
    .optional()
    .describe(`Only with ${patternTaking('branches')}: the one whose condition holds is researched`),
  until: text(MAX_TASK)
    .optional()
    .describe(`Only with ${patternTaking('until')}: what the findings must show`),
  max_rounds: z
    .int()
    .min(1)
    .max(MAX_ROUNDS)
    .optional()
    .describe(`Only with ${patternTaking('max_rounds')}; default ${DEFAULT_ROUNDS}`),
};
