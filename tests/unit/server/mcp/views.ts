/** A whole view of each kind: every member is present, so that a schema which forgets one is found out. */

import type { Spend } from '../../../../src/core/spend.ts';
import type {
  AnalyticsView,
  ListView,
  RankedWorkflow,
  WorkflowFigures,
  WorkflowSummary,
} from '../../../../src/core/listing.ts';
import type { SubtaskEdit } from '../../../../src/core/plan.ts';
import type { Trace } from '../../../../src/core/trace.ts';
import type {
  AgentView,
  Caller,
  CancelView,
  DocumentView,
  EventsView,
  ResultView,
  SourceView,
  StartView,
  StatusView,
} from '../../../../src/core/views.ts';

export const TASK_ID = 'wf_0123456789abcdefghjkmnpqrs';
/** The workflow that TASK_ID goes on from. */
export const OLDER = 'wf_0123456789abcdefghjkmnpqrv';
export const CALLER: Caller = { owner: 'local', trusted: false };

const AT = '2026-01-02T03:04:05.678Z';

const note = {
  model: 'extractive',
  model_note: 'no language model was used; set BELTALOWDA_MODEL to use one',
};

const error = {
  code: 'STEP_TIMEOUT',
  message: 'agent:belter-2 took longer than 180 s.',
  hint: 'Narrow the task.',
  retryable: true,
} as const;

export const START: Required<StartView> = {
  task_id: TASK_ID,
  status: 'pending',
  phase: 'queued',
  orchestrator_type: 'beltalowda',
  created_at: AT,
  estimate: { agents: 8, model_calls: 12, tokens: 30_000, cost_usd: 0, minutes: 3 },
  poll_after_seconds: 5,
  version: 1,
  queue_position: 2,
  broken_off: 'wf_0123456789abcdefghjkmnpqrt',
  resumed_from: OLDER,
  webhook: { webhook_id: 'wh_00', secret: 'whsec_c2hvd24gdGhpcyBvbmNlLCBhbmQgbmV2ZXIgYWdhaW4=' },
  ...note,
};

const AGENT: Required<AgentView> = {
  agent_id: 'belter-1',
  role: 'belter',
  domain: 'technical',
  objective: 'How does a write-ahead log recover?',
  status: 'running',
  activity: 'reading 12 passages',
  last_activity_at: AT,
  silent_since: AT,
  started_at: AT,
  completed_at: null,
  attempts: 2,
  claims: 3,
  tokens: 1200,
  cost_usd: 0.0123,
  error,
};

const PLANNED: Required<SubtaskEdit> = {
  agent_id: 'belter-1',
  objective: 'How does a write-ahead log recover?',
  name: 'Recovery',
  queries: ['write-ahead log recovery'],
  domain: 'technical',
  sources: ['s1'],
  boundaries: 'no other engine',
  expected: 'the steps in order',
};

export const TRACE: Required<Trace> = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'user=7',
};

const SPEND: Required<Spend> = { cost_usd: 0.05, tokens: 2400, model_calls: 3, estimated: true };

export const STATUS: Required<StatusView> = {
  task_id: TASK_ID,
  status: 'running',
  phase: 'researching',
  orchestrator_type: 'beltalowda',
  task: 'How do databases recover?',
  version: 17,
  progress: 0.42,
  agents: [AGENT, { ...AGENT, agent_id: 'belter-2', status: 'completed', completed_at: AT }],
  spend: SPEND,
  budget: { max_cost_usd: 1.5, max_tokens: 100_000, max_minutes: 60 },
  queue_position: 1,
  interrupted: true,
  resumed: 1,
  resumed_from: OLDER,
  plan: [PLANNED],
  trace: TRACE,
  created_at: AT,
  started_at: AT,
  completed_at: null,
  recent_events: [
    {
      task_id: TASK_ID,
      seq: 17,
      event_type: 'agent_progress',
      timestamp: AT,
      agent_id: 'belter-1',
      data: { read: 12, nested: { list: [1, 'two', null] } },
    },
  ],
  poll_after_seconds: 3,
  ...note,
  error,
};

export const RESULT: Required<ResultView> = {
  task_id: TASK_ID,
  status: 'completed',
  completeness: 'partial',
  missing: [{ what: 'belter-2', why: 'it timed out' }],
  title: 'Recovery',
  summary: 'Logs are replayed.',
  sections: [{ id: 'recovery', heading: 'Recovery', chars: 1234 }],
  text: '# Recovery\n\nThe log is replayed [1].\n',
  next_cursor: 'p2',
  sources: [
    {
      number: 1,
      source_id: 's1',
      title: 'WAL notes',
      location: 'notes/wal.md:12',
      places: ['notes/wal.md:12'],
      uri: 'file:///notes/wal.md',
      accessed_at: AT,
      sha256: 'ab'.repeat(32),
    },
  ],
  skipped: [{ location: 'notes/photo.jpg', reason: 'not text' }],
  course: { branch: 'recovery', rounds: 2, why: 'the condition holds' },
  citations: {
    total: 1,
    quoted: 1,
    supported: 1,
    unsupported: 0,
    by_label: { quoted: 1, numeric_match: 0, lexical: 0, model_judged: 0, unsupported: 0 },
  },
  claims: [
    {
      claim_id: 'belter-1.1',
      text: 'The log is replayed.',
      source_id: 's1',
      quote: 'the log is replayed',
      start: 10,
      end: 29,
      label: 'quoted',
      agent_id: 'belter-1',
      location: 'notes/wal.md:12',
    },
  ],
  ...note,
  spend: {
    ...SPEND,
    by_model: [{ model: 'vendor/large', ...SPEND }],
    by_agent: [{ agent_id: 'belter-1', ...SPEND }],
  },
  execution_time: 12.5,
  documents: [{ uri: `orchestrator://${TASK_ID}/documents/report.md`, name: 'report.md', mime_type: 'text/markdown' }],
  poll_after_seconds: 5,
  error,
};

export const CANCELLED: Required<CancelView> = {
  task_id: TASK_ID,
  status: 'cancelled',
  kept: { claims: 12, sources: 4, steps: 5 },
};

export const EVENTS: Required<EventsView> = { task_id: TASK_ID, status: 'running', events: STATUS.recent_events };

export const SOURCE: Required<SourceView> = {
  source_id: 's1',
  title: 'WAL notes',
  location: 'notes/wal.md',
  uri: 'file:///notes/wal.md',
  sha256: 'ab'.repeat(32),
  text: 'In short: the log is replayed.\r\n\u{1fa90} exactly as stored\n',
};

export const DOCUMENT: Required<DocumentView> = { name: 'report.md', mime_type: 'text/markdown', text: '# Recovery\n' };

const LISTED: Required<WorkflowSummary> = {
  task_id: TASK_ID,
  title: 'Recovery',
  task: 'How do databases recover?',
  status: 'completed',
  phase: 'done',
  orchestrator_type: 'beltalowda',
  created_at: AT,
  completed_at: AT,
  completeness: 'partial',
  resumed_from: OLDER,
  interrupted: true,
  match: 'the **log** is replayed',
};

export const LIST: Required<ListView> = {
  workflows: [
    LISTED,
    {
      ...LISTED,
      task_id: OLDER,
      title: null,
      status: 'running',
      phase: 'researching',
      completed_at: null,
      completeness: null,
    },
  ],
  next_cursor: 'l2',
};

const FIGURES: WorkflowFigures = {
  total_workflows: 3,
  success_rate: 0.5,
  avg_execution_time: 12.5,
  total_cost_usd: null,
};

const RANKED: Required<RankedWorkflow> = {
  task_id: TASK_ID,
  title: 'Recovery',
  orchestrator_type: 'beltalowda',
  status: 'completed',
  execution_time: 12.5,
  cost_usd: 0.05,
};

export const ANALYTICS: Required<AnalyticsView> = {
  since: '2026-01-01',
  until: null,
  totals: { ...FIGURES, by_status: { pending: 0, running: 1, completed: 1, failed: 1, cancelled: 0 } },
  by_pattern: [{ orchestrator_type: 'beltalowda', ...FIGURES }],
  by_model: [{ model: 'extractive', ...FIGURES }],
  by_day: [{ day: '2026-01-02', ...FIGURES }],
  slowest: [RANKED],
  most_expensive: [RANKED],
  failures: [{ code: 'STEP_TIMEOUT', count: 1, last_task_id: OLDER, last_at: AT }],
};

/** A view without the members that are only sometimes there. */
export function without<T extends object, K extends keyof T>(view: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(view).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}
