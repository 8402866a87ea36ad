/** The answers of `/analytics` as schemas, typed by their views like those of the tools. */

import { z } from 'zod';
import type {
  CostFigures,
  CostsView,
  OwnedWorkflow,
  PerformanceFigures,
  PerformanceView,
  SummaryView,
  WorkflowsView,
} from '../../core/analytics.ts';
import type { Percentiles } from '../../core/quantiles.ts';
import { STATUSES } from '../../core/workflow.ts';
import { analyticsOutput, rankedOutput, workflowFigures } from '../mcp/analytics-outputs.ts';
import { counts, type SchemaOf } from '../mcp/outputs.ts';

const amount = z.int().min(0);
const usd = z.number().min(0).nullable();
const seconds = z.number().min(0).nullable();
const { since, until, totals, by_pattern, by_model, by_day, failures } = analyticsOutput.shape;
const range = { since, until };
const by_status = counts(STATUSES);
const orchestrator_type = by_pattern.element.shape.orchestrator_type;
const next_cursor = z.string().optional();

const percentiles: SchemaOf<Percentiles> = z.object({
  p50: z.number().min(0),
  p90: z.number().min(0),
  p95: z.number().min(0),
  p99: z.number().min(0),
});
const distribution = { execution_time: percentiles.nullable(), cost_usd: percentiles.nullable() };
const owned: SchemaOf<OwnedWorkflow> = rankedOutput.extend({ owner: z.string().optional() });
const owners = z.array(z.object({ owner: z.string(), ...workflowFigures })).optional();

export const summaryOutput: SchemaOf<SummaryView> = z.object({
  ...range,
  total_workflows: totals.shape.total_workflows,
  success_rate: totals.shape.success_rate,
  avg_execution_time: seconds,
  total_cost: usd,
  by_status,
  ...distribution,
  by_owner: owners,
});

export const workflowsOutput: SchemaOf<WorkflowsView> = z.object({
  ...range,
  active_workflows: amount,
  completed_workflows: amount,
  recent_24h: amount,
  recent_task_ids: z.array(z.string()),
  next_cursor,
  by_status,
  by_pattern,
  by_model,
  by_day,
  by_owner: owners,
  failures,
});

const cost = {
  total_cost_usd: usd,
  average_cost_usd: usd,
  workflow_count: amount,
} satisfies SchemaOf<CostFigures>['shape'];

export const costsOutput: SchemaOf<CostsView> = z.object({
  ...range,
  ...cost,
  by_pattern: z.array(z.object({ orchestrator_type, ...cost })),
  by_model: z.array(z.object({ model: z.string(), ...cost })),
  by_day: z.array(z.object({ day: z.string(), ...cost })),
  by_owner: z.array(z.object({ owner: z.string(), ...cost })).optional(),
  most_expensive: z.array(owned),
  next_cursor,
});

const measured = {
  results: amount,
  avg_execution_time: seconds,
  ...distribution,
} satisfies SchemaOf<PerformanceFigures>['shape'];

export const performanceOutput: SchemaOf<PerformanceView> = z.object({
  ...range,
  relative_error: z.number(),
  ...measured,
  by_pattern: z.array(z.object({ orchestrator_type, ...measured })),
  by_model: z.array(z.object({ model: z.string(), ...measured })),
  by_day: z.array(z.object({ day: z.string(), ...measured })),
  by_owner: z.array(z.object({ owner: z.string(), ...measured })).optional(),
  slowest: z.array(owned),
  next_cursor,
});
