/** An orchestrator that plays given views: the command line's port, not our engine. */

import type { AuditView, DeleteView, ReplayView } from '../../../../src/core/audit.ts';
import { Fault } from '../../../../src/core/errors.ts';
import type { WorkflowEvent } from '../../../../src/core/event.ts';
import type { AnalyticsRequest, AnalyticsView, ListRequest, ListView } from '../../../../src/core/listing.ts';
import type {
  AgentView,
  CancelView,
  Orchestrator,
  ResultOptions,
  ResultView,
  ResumeRequest,
  StartRequest,
  StartView,
  StatusView,
} from '../../../../src/core/views.ts';

export const ID = 'wf_00000000000000000000000001';

export function agentView(agent_id: string, changes: Partial<AgentView> = {}): AgentView {
  return {
    agent_id,
    role: agent_id.split('-')[0] ?? agent_id,
    objective: `Objective of ${agent_id}`,
    status: 'pending',
    activity: '',
    last_activity_at: null,
    started_at: null,
    completed_at: null,
    attempts: 1,
    claims: null,
    tokens: 0,
    cost_usd: 0,
    ...changes,
  };
}

export function statusView(changes: Partial<StatusView> = {}): StatusView {
  return {
    task_id: ID,
    status: 'running',
    phase: 'researching',
    orchestrator_type: 'beltalowda',
    task: 'How does WAL work?',
    version: 1,
    progress: 0.5,
    agents: [],
    spend: { cost_usd: 0, tokens: 0, model_calls: 0 },
    budget: { max_minutes: 60 },
    resumed: 0,
    created_at: '2026-03-01T12:00:00.000Z',
    started_at: '2026-03-01T12:00:01.000Z',
    completed_at: null,
    recent_events: [],
    poll_after_seconds: 1,
    model: 'extractive',
    model_note: 'extractive: no language model was used',
    ...changes,
  };
}

export function resultView(changes: Partial<ResultView> = {}): ResultView {
  return {
    task_id: ID,
    status: 'completed',
    completeness: 'full',
    missing: [],
    title: 'WAL',
    summary: 'It works.',
    sections: [],
    text: '# WAL\n\nIt works. [1]\n',
    sources: [],
    skipped: [],
    citations: {
      total: 1,
      quoted: 1,
      supported: 1,
      unsupported: 0,
      by_label: { quoted: 1, numeric_match: 0, lexical: 0, model_judged: 0, unsupported: 0 },
    },
    model: 'extractive',
    model_note: 'extractive: no language model was used',
    spend: { cost_usd: 0, tokens: 0, model_calls: 0, by_model: [], by_agent: [] },
    execution_time: 2.5,
    documents: [],
    ...changes,
  };
}

export const DONE: StatusView = statusView({
  status: 'completed',
  phase: 'done',
  version: 9,
  progress: 1,
  completed_at: '2026-03-01T12:00:04.000Z',
});
export const STOPPED: StatusView = { ...DONE, status: 'cancelled' };
export const WAITING: StatusView = statusView({
  phase: 'awaiting_approval',
  plan: [
    { agent_id: 'belter-1', objective: 'How WAL is written', queries: ['WAL write', 'log'] },
    { agent_id: 'belter-2', objective: 'How WAL is read', queries: ['WAL read'], sources: ['s1'] },
  ],
});

const NO_FIGURES: AnalyticsView = {
  since: null,
  until: null,
  totals: {
    total_workflows: 0,
    success_rate: null,
    avg_execution_time: null,
    total_cost_usd: 0,
    by_status: { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
  },
  by_pattern: [],
  by_model: [],
  by_day: [],
  slowest: [],
  most_expensive: [],
  failures: [],
};

const SOUND: AuditView = {
  task_id: ID,
  sound: true,
  head: 'ab'.repeat(32),
  events: 12,
  sealed_rows: 40,
  state: 'sealed',
  findings: [],
};

const SAME: ReplayView = {
  task_id: ID,
  same: true,
  decisions: [{ steps: ['collect'] }, { steps: ['plan'] }, { steps: ['agent:belter-1', 'agent:belter-2'] }],
  status: 'completed',
  recorded: 'cd'.repeat(32),
  replayed: 'cd'.repeat(32),
  differences: [],
};

const GONE: DeleteView = {
  task_id: ID,
  erased: {
    events: 12,
    steps: 9,
    calls: 0,
    sources: 4,
    passages: 300,
    claims: 17,
    results: 1,
    texts: 3,
    text_bytes: 1_234_567,
  },
  head: 'ef'.repeat(32),
};

interface Script {
  /** Views in order; the last one holds until a cancel. Without a terminal one, status waits. */
  readonly views?: readonly StatusView[];
  readonly result?: ResultView | ((options: ResultOptions) => ResultView);
  readonly started?: Partial<StartView>;
  readonly startFault?: Fault;
  /** What resume answers; the same workflow unless told. */
  readonly resumed?: Partial<StartView>;
  readonly list?: ListView;
  readonly events?: readonly WorkflowEvent[];
  readonly analytics?: AnalyticsView;
  readonly audit?: AuditView;
  readonly replay?: ReplayView;
  /** What the commands about one workflow, beyond status, reject with. */
  readonly fault?: Fault;
  readonly cancelFault?: Fault;
  /** A close that never ends. */
  readonly hangs?: boolean;
  /** Whether a cancel ends the workflow; otherwise it stays under way. */
  readonly stubborn?: boolean;
}

export interface ScriptedOrchestrator extends Orchestrator {
  readonly calls: string[];
  readonly requests: StartRequest[];
  readonly resumes: ResumeRequest[];
  readonly results: ResultOptions[];
  readonly lists: (ListRequest | AnalyticsRequest)[];
  /** Resolves when a status call waits for a change. */
  waiting(): Promise<void>;
}

export function scriptedOrchestrator(script: Script = {}): ScriptedOrchestrator {
  const views = [...(script.views ?? [DONE])];
  const calls: string[] = [];
  const requests: StartRequest[] = [];
  const resumes: ResumeRequest[] = [];
  const results: ResultOptions[] = [];
  const lists: (ListRequest | AnalyticsRequest)[] = [];
  const answer = <View>(call: string, view: View): Promise<View> => {
    calls.push(call);
    return script.fault === undefined ? Promise.resolve(view) : Promise.reject(script.fault);
  };
  const waits = Promise.withResolvers<void>();
  let wake: ((view: StatusView) => void) | null = null;
  return {
    calls,
    requests,
    resumes,
    results,
    lists,
    waiting: () => waits.promise,
    start: (request, caller) => {
      calls.push(`start as ${caller.owner}`);
      requests.push(request);
      if (script.startFault !== undefined) return Promise.reject(script.startFault);
      return Promise.resolve(startView(script.started));
    },
    status: (_id, _caller, wait) => {
      const [view, ...rest] = views;
      if (view === undefined) return Promise.reject(new Fault('NOT_FOUND', 'no such workflow'));
      if (wait?.wait_ms === undefined) return Promise.resolve(view);
      const next = rest[0];
      if (next !== undefined) {
        views.shift();
        return Promise.resolve(next);
      }
      const { promise, resolve } = Promise.withResolvers<StatusView>();
      wake = resolve;
      wait.signal?.addEventListener('abort', () => resolve(view), { once: true });
      waits.resolve();
      return promise;
    },
    result: (_id, _caller, options = {}) => {
      results.push(options);
      const { result = resultView() } = script;
      return Promise.resolve(typeof result === 'function' ? result(options) : result);
    },
    cancel: (task_id, _caller, request): Promise<CancelView> => {
      calls.push(`cancel ${request?.reason} ${request?.finalize}`);
      if (script.cancelFault !== undefined) return Promise.reject(script.cancelFault);
      if (script.stubborn !== true) wake?.(STOPPED);
      return Promise.resolve({ task_id, status: 'cancelled', kept: { claims: 1, sources: 1, steps: 1 } });
    },
    resume: (task_id, _caller, request = {}) => {
      calls.push('resume');
      resumes.push(request);
      return script.fault === undefined
        ? Promise.resolve(startView({ task_id, ...script.resumed }))
        : Promise.reject(script.fault);
    },
    list: (_caller, request = {}) => {
      lists.push(request);
      return answer('list', script.list ?? { workflows: [] });
    },
    analytics: (_caller, request = {}) => {
      lists.push(request);
      return answer('analytics', script.analytics ?? NO_FIGURES);
    },
    events: (task_id, _caller, { after = 0 } = {}) => {
      const status = views[0]?.status ?? 'completed';
      // As durable as the view it belongs to: those of its version.
      const there = (script.events ?? []).filter(({ seq }) => seq > after && seq <= (views[0]?.version ?? 0));
      return Promise.resolve({ task_id, status, events: there });
    },
    source: () => Promise.reject(new Fault('NOT_FOUND', 'no command asks for it')),
    document: (_id, name) =>
      answer(`document ${name}`, { name, mime_type: 'text/markdown', text: '# WAL\n\nIt works. [1]\n' }),
    taskIds: () => Promise.resolve([ID]),
    audit: () => answer('audit', script.audit ?? SOUND),
    replay: () => answer('replay', script.replay ?? SAME),
    delete: (_id, _caller, reason) => answer(`delete ${reason}`, GONE),
    probe: () => answer('probe', undefined),
    watch: () => () => undefined,
    recover: () => undefined,
    close: () => {
      calls.push('close');
      return script.hangs === true ? Promise.withResolvers<void>().promise : Promise.resolve();
    },
  };
}

function startView(changes: Partial<StartView> = {}): StartView {
  return {
    task_id: ID,
    status: 'pending',
    phase: 'queued',
    orchestrator_type: 'beltalowda',
    created_at: '2026-03-01T12:00:00.000Z',
    estimate: { agents: 4, model_calls: 6, tokens: 0, cost_usd: 0, minutes: 1 },
    poll_after_seconds: 1,
    version: 1,
    model: 'extractive',
    model_note: 'extractive: no language model was used',
    ...changes,
  };
}
