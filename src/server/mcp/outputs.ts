/**
 * The answers of tools and resources as schemas. Each is typed by its view in core: a member that is missing here or of
 * another type is an error of the compiler. What a view holds beyond its schema never leaves.
 */

import { z } from 'zod';
import { SUPPORT_LABELS } from '../../core/claim.ts';
import type { ErrorCode, ErrorRecord } from '../../core/errors.ts';
import type { EventType, WorkflowEvent } from '../../core/event.ts';
import type { ListView, WorkflowSummary } from '../../core/listing.ts';
import type { Course } from '../../core/pattern-inputs.ts';
import type { SubtaskEdit } from '../../core/plan.ts';
import type { Citations, ReportSource } from '../../core/report.ts';
import { DOMAINS } from '../../core/source.ts';
import type { BudgetView, Estimate, Spend, SpendReport } from '../../core/spend.ts';
import type { Trace } from '../../core/trace.ts';
import type {
  AgentView,
  CancelView,
  EventsView,
  EvidenceClaim,
  ResultView,
  StartView,
  StatusView,
} from '../../core/views.ts';
import type { StartedWebhook } from '../../core/webhook.ts';
import { type OrchestratorType, PHASES, STATUSES } from '../../core/workflow.ts';

/** A schema with every member of `V`, optional ones too. Nested shapes need theirs: a missing optional member fits any. */
export type SchemaOf<V> = z.ZodObject<{ readonly [K in keyof Required<V>]: z.core.$ZodType<V[K]> }>;

export const money = z.number().min(0).nullable();
export const amount = z.int().min(0);
export const time = z.string().nullable();

export function counts<Name extends string>(names: readonly Name[]): z.ZodObject<Record<Name, z.ZodInt>> {
  return z.object(Object.fromEntries(names.map((name) => [name, amount])) as Record<Name, z.ZodInt>);
}

export const errorOutput: SchemaOf<ErrorRecord> = z.object({
  // Shown as it was stored: another release may know more of them. So with the types of events.
  code: z.string<ErrorCode>(),
  message: z.string(),
  hint: z.string(),
  retryable: z.boolean(),
});

const spend = z.object({
  cost_usd: money,
  tokens: amount,
  model_calls: amount,
  estimated: z.literal(true).optional(),
}) satisfies SchemaOf<Spend>;

const spendReport: SchemaOf<SpendReport> = spend.extend({
  by_model: z.array(spend.extend({ model: z.string() })),
  by_agent: z.array(spend.extend({ agent_id: z.string() })),
});

const budget: SchemaOf<BudgetView> = z.object({
  max_cost_usd: z.number().min(0).optional(),
  max_tokens: amount.optional(),
  max_minutes: z.number().min(0),
});

export const state = {
  status: z.enum(STATUSES),
  phase: z.enum(PHASES),
  // As submitted; the request's schema lists them.
  orchestrator_type: z.string<OrchestratorType>(),
};

const model = { model: z.string(), model_note: z.string() };

const estimate: SchemaOf<Estimate> = z.object({
  agents: amount,
  model_calls: amount,
  tokens: amount,
  cost_usd: money,
  minutes: z.number().min(0),
  note: z.string().optional(),
});

const webhook: SchemaOf<StartedWebhook> = z.object({ webhook_id: z.string(), secret: z.string().optional() });

const start = z.object({
  task_id: z.string().optional(),
  ...state,
  created_at: time,
  estimate,
  poll_after_seconds: z.number().min(0),
  version: amount,
  queue_position: amount.optional(),
  broken_off: z.string().optional(),
  resumed_from: z.string().optional(),
  webhook: webhook.optional(),
  ...model,
});

const agent: SchemaOf<AgentView> = z.object({
  agent_id: z.string(),
  role: z.string(),
  domain: z.enum(DOMAINS).optional(),
  objective: z.string(),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']),
  activity: z.string(),
  last_activity_at: time,
  silent_since: z.string().optional(),
  started_at: time,
  completed_at: time,
  attempts: amount,
  claims: amount.nullable(),
  tokens: amount,
  cost_usd: money,
  error: errorOutput.optional(),
});

export const eventOutput: SchemaOf<WorkflowEvent> = z.object({
  task_id: z.string(),
  seq: amount,
  event_type: z.string<EventType>(),
  timestamp: z.string(),
  agent_id: z.string().optional(),
  // Whatever its event tells: JSON by construction, and nobody's to check here.
  data: z.record(z.string(), z.any()),
});

const subtask: SchemaOf<SubtaskEdit> = z.object({
  agent_id: z.string().optional(),
  objective: z.string(),
  name: z.string().optional(),
  queries: z.array(z.string()).optional(),
  domain: z.enum(DOMAINS).optional(),
  sources: z.array(z.string()).optional(),
  boundaries: z.string().optional(),
  expected: z.string().optional(),
});

const trace: SchemaOf<Trace> = z.object({
  traceparent: z.string(),
  tracestate: z.string().optional(),
  baggage: z.string().optional(),
});

export const statusOutput: SchemaOf<StatusView> = z.object({
  task_id: z.string(),
  ...state,
  task: z.string(),
  version: amount,
  progress: z.number().min(0).max(1),
  agents: z.array(agent),
  spend,
  budget,
  queue_position: amount.optional(),
  interrupted: z.literal(true).optional(),
  resumed: amount,
  resumed_from: z.string().optional(),
  plan: z.array(subtask).optional(),
  trace: trace.optional(),
  created_at: z.string(),
  started_at: time,
  completed_at: time,
  recent_events: z.array(eventOutput),
  poll_after_seconds: z.number().min(0),
  ...model,
  error: errorOutput.optional(),
});

const source: SchemaOf<ReportSource> = z.object({
  number: amount,
  source_id: z.string(),
  title: z.string(),
  location: z.string(),
  places: z.array(z.string()),
  uri: z.string(),
  accessed_at: z.string(),
  sha256: z.string(),
});

const citations: SchemaOf<Citations> = z.object({
  total: amount,
  quoted: amount,
  supported: amount,
  unsupported: amount,
  by_label: counts(SUPPORT_LABELS),
});

const claim: SchemaOf<EvidenceClaim> = z.object({
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

const course: SchemaOf<Course> = z.object({
  branch: z.string().nullable().optional(),
  rounds: amount.optional(),
  why: z.string(),
});

export const resultOutput: SchemaOf<ResultView> = z.object({
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
  course: course.optional(),
  claims: z.array(claim).optional(),
  ...model,
  spend: spendReport,
  execution_time: z.number().min(0).nullable(),
  documents: z.array(z.object({ uri: z.string(), name: z.string(), mime_type: z.string() })),
  poll_after_seconds: z.number().min(0).optional(),
  error: errorOutput.optional(),
});

/** `result`: only as the end of a task of the tasks extension. */
export const startOutput: SchemaOf<StartView & { readonly result?: ResultView | undefined }> = start.extend({
  result: resultOutput.optional().describe('Of a task that ended: as get_result'),
});

interface EndedView extends Omit<StartView, 'estimate'> {
  readonly estimate?: Estimate | undefined;
  readonly result: ResultView;
  readonly error?: ErrorRecord | undefined;
}

/** A workflow that has ended, as its task hands it over: how it was estimated is of no interest any more. */
export const endedOutput: SchemaOf<EndedView> = start.partial({ estimate: true }).extend({
  result: resultOutput,
  error: errorOutput.optional(),
});

export const eventsOutput: SchemaOf<EventsView> = z.object({
  task_id: z.string(),
  status: state.status,
  events: z.array(eventOutput),
});

export const cancelOutput: SchemaOf<CancelView> = z.object({
  task_id: z.string(),
  status: state.status,
  kept: z.object({ claims: amount, sources: amount, steps: amount }),
});

const summary: SchemaOf<WorkflowSummary> = z.object({
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

export const listOutput: SchemaOf<ListView> = z.object({
  workflows: z.array(summary),
  next_cursor: z.string().optional(),
});
