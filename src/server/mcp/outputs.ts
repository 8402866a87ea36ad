/**
 * The answers of tools and resources as schemas: the views of core/views.ts and core/listing.ts, field for field (a test
 * keeps them equal). What a view holds beyond them never leaves.
 */

import { z } from 'zod';
import { SUPPORT_LABELS } from '../../core/claim.ts';
import { DOMAINS } from '../../core/source.ts';
import { ORCHESTRATOR_TYPES, PHASES, STATUSES } from '../../core/workflow.ts';

const money = z.number().min(0).nullable();
const amount = z.int().min(0);
const time = z.string().nullable();

export const errorOutput: z.ZodObject = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  retryable: z.boolean(),
});

const spend = z.object({ cost_usd: money, tokens: amount, model_calls: amount });

const state = {
  status: z.enum(STATUSES),
  phase: z.enum(PHASES),
  orchestrator_type: z.enum(ORCHESTRATOR_TYPES),
};

const model = { model: z.string(), model_note: z.string() };

const start = z.object({
  task_id: z.string().optional(),
  ...state,
  created_at: time,
  estimate: z.object({
    agents: amount,
    model_calls: amount,
    tokens: amount,
    cost_usd: money,
    minutes: z.number().min(0),
  }),
  poll_after_seconds: z.number().min(0),
  version: amount,
  queue_position: amount.optional(),
  interrupted: z.string().optional(),
  resumed_from: z.string().optional(),
  ...model,
});

const agent = z.object({
  agent_id: z.string(),
  role: z.string(),
  domain: z.string().optional(),
  objective: z.string(),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']),
  activity: z.string(),
  last_activity_at: time,
  started_at: time,
  completed_at: time,
  attempts: amount,
  claims: amount.nullable(),
  tokens: amount,
  cost_usd: money,
  error: errorOutput.optional(),
});

const event = z.object({
  task_id: z.string(),
  seq: amount,
  event_type: z.string(),
  timestamp: z.string(),
  agent_id: z.string().optional(),
  data: z.record(z.string(), z.unknown()),
});

const subtask = z.object({
  agent_id: z.string().optional(),
  objective: z.string(),
  queries: z.array(z.string()).optional(),
  domain: z.enum(DOMAINS).optional(),
  sources: z.array(z.string()).optional(),
});

const trace = z.object({
  traceparent: z.string(),
  tracestate: z.string().optional(),
  baggage: z.string().optional(),
});

export const statusOutput: z.ZodObject = z.object({
  task_id: z.string(),
  ...state,
  task: z.string(),
  version: amount,
  progress: z.number().min(0).max(1),
  agents: z.array(agent),
  spend,
  budget: z.object({ max_minutes: z.number().min(0) }),
  queue_position: amount.optional(),
  interrupted: z.literal(true).optional(),
  resumed: amount,
  resumed_from: z.string().optional(),
  plan: z.array(subtask).optional(),
  trace: trace.optional(),
  created_at: z.string(),
  started_at: time,
  completed_at: time,
  recent_events: z.array(event),
  poll_after_seconds: z.number().min(0),
  ...model,
  error: errorOutput.optional(),
});

const source = z.object({
  number: amount,
  source_id: z.string(),
  title: z.string(),
  location: z.string(),
  places: z.array(z.string()),
  uri: z.string(),
  accessed_at: z.string(),
  sha256: z.string(),
});

const citations = z.object({
  total: amount,
  quoted: amount,
  supported: amount,
  unsupported: amount,
  by_label: z.object(Object.fromEntries(SUPPORT_LABELS.map((name) => [name, amount]))),
});

const claim = z.object({
  claim_id: z.string(),
  text: z.string(),
  source_id: z.string(),
  quote: z.string(),
  start: amount,
  end: amount,
  label: z.enum(SUPPORT_LABELS),
  agent_id: z.string(),
  location: z.string(),
});

export const resultOutput: z.ZodObject = z.object({
  task_id: z.string(),
  status: state.status,
  completeness: z.enum(['full', 'partial']).nullable(),
  missing: z.array(z.object({ what: z.string(), why: z.string() })),
  title: z.string().nullable(),
  summary: z.string().nullable(),
  sections: z.array(z.object({ id: z.string(), heading: z.string(), chars: amount })),
  text: z.string(),
  next_cursor: z.string().optional(),
  sources: z.array(source),
  skipped: z.array(z.object({ location: z.string(), reason: z.string() })),
  citations: citations.nullable(),
  claims: z.array(claim).optional(),
  ...model,
  spend,
  execution_time: z.number().min(0).nullable(),
  documents: z.array(z.object({ uri: z.string(), name: z.string(), mime_type: z.string() })),
  poll_after_seconds: z.number().min(0).optional(),
  error: errorOutput.optional(),
});

/** `result`: only as the end of a task of the tasks extension. */
export const startOutput: z.ZodObject = start.extend({
  result: resultOutput.optional().describe('At the end of a task: what get_result answers'),
});

/** A workflow that has ended, as its task hands it over: how it was estimated is of no interest any more. */
export const endedOutput: z.ZodObject = start.partial({ estimate: true }).extend({
  result: resultOutput,
  error: errorOutput.optional(),
});

export const eventsOutput: z.ZodObject = z.object({
  task_id: z.string(),
  status: state.status,
  events: z.array(event),
});

export const cancelOutput: z.ZodObject = z.object({
  task_id: z.string(),
  status: state.status,
  kept: z.object({ claims: amount, sources: amount, steps: amount }),
});

const summary = z.object({
  task_id: z.string(),
  title: z.string().nullable(),
  task: z.string(),
  ...state,
  created_at: z.string(),
  completed_at: time,
  completeness: z.enum(['full', 'partial']).nullable(),
  resumed_from: z.string().optional(),
  interrupted: z.literal(true).optional(),
  match: z.string().optional(),
});

export const listOutput: z.ZodObject = z.object({
  workflows: z.array(summary),
  next_cursor: z.string().optional(),
});

const figures = {
  total_workflows: amount,
  success_rate: z.number().min(0).max(1).nullable(),
  avg_execution_time: z.number().min(0).nullable(),
  total_cost_usd: money,
};

const ranked = z.object({
  task_id: z.string(),
  title: z.string().nullable(),
  orchestrator_type: state.orchestrator_type,
  status: state.status,
  execution_time: z.number().min(0),
  cost_usd: money,
});

export const analyticsOutput: z.ZodObject = z.object({
  since: time,
  until: time,
  totals: z.object({ ...figures, by_status: z.object(Object.fromEntries(STATUSES.map((name) => [name, amount]))) }),
  by_pattern: z.array(z.object({ orchestrator_type: state.orchestrator_type, ...figures })),
  by_model: z.array(z.object({ model: z.string(), ...figures })),
  by_day: z.array(z.object({ day: z.string(), ...figures })),
  slowest: z.array(ranked),
  most_expensive: z.array(ranked),
  failures: z.array(z.object({ code: z.string(), count: amount, last_task_id: z.string(), last_at: z.string() })),
});
