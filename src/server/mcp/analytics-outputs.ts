/** Schemas of figures over many workflows. */

import { z } from 'zod';
import type { AnalyticsView, RankedWorkflow } from '../../core/listing.ts';
import { STATUSES } from '../../core/workflow.ts';
import { amount, counts, money, type SchemaOf, state, time } from './outputs.ts';

export const workflowFigures = {
  total_workflows: amount,
  success_rate: z.number().min(0).max(1).nullable(),
  avg_execution_time: z.number().min(0).nullable(),
  total_cost_usd: money,
};

export const rankedOutput = z.object({
  task_id: z.string(),
  title: z.string().nullable(),
  orchestrator_type: state.orchestrator_type,
  status: state.status,
  execution_time: z.number().min(0),
  cost_usd: money,
}) satisfies SchemaOf<RankedWorkflow>;

export const analyticsOutput = z.object({
  since: time,
  until: time,
  totals: z.object({ ...workflowFigures, by_status: counts(STATUSES) }),
  by_pattern: z.array(z.object({ orchestrator_type: state.orchestrator_type, ...workflowFigures })),
  by_model: z.array(z.object({ model: z.string(), ...workflowFigures })),
  by_day: z.array(z.object({ day: z.string(), ...workflowFigures })),
  slowest: z.array(rankedOutput),
  most_expensive: z.array(rankedOutput),
  failures: z.array(z.object({ code: z.string(), count: amount, last_task_id: z.string(), last_at: z.string() })),
}) satisfies SchemaOf<AnalyticsView>;
