/**
 * The answers of the tools as schemas: the views of core/views.ts, field for field (a test keeps the two equal).
 * What a view holds beyond them never leaves.
 */

import { z } from 'zod';
import { SUPPORT_LABELS } from '../../core/claim.ts';
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

export const startOutput: z.ZodObject = z.object({
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
  resumed: amount,
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
  documents: z.array(z.object({ uri: z.string(), name: z.string() })),
  poll_after_seconds: z.number().min(0).optional(),
  error: errorOutput.optional(),
});

export const cancelOutput: z.ZodObject = z.object({
  task_id: z.string(),
  status: state.status,
  kept: z.object({ claims: amount, sources: amount, steps: amount }),
});
