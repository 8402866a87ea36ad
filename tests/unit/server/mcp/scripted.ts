/** A scripted implementation of the Orchestrator port: what the edge asks is recorded, what it answers is set by the test. */

import { Fault } from '../../../../src/core/errors.ts';
import type {
  AgentView,
  Caller,
  CancelRequest,
  CancelView,
  Orchestrator,
  ResultOptions,
  ResultView,
  StartRequest,
  StartView,
  StatusView,
  WaitOptions,
} from '../../../../src/core/views.ts';

export const TASK_ID = 'wf_0123456789abcdefghjkmnpqrs';
export const CALLER: Caller = { owner: 'local', trusted_paths: false };

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

/** Every member of the view is present, so that a schema which forgets one is found out. */
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
  interrupted: 'wf_0123456789abcdefghjkmnpqrt',
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
  started_at: AT,
  completed_at: null,
  attempts: 2,
  claims: 3,
  tokens: 1200,
  cost_usd: 0.0123,
  error,
};

export const STATUS: Required<StatusView> = {
  task_id: TASK_ID,
  status: 'running',
  phase: 'researching',
  orchestrator_type: 'beltalowda',
  task: 'How do databases recover?',
  version: 17,
  progress: 0.42,
  agents: [AGENT, { ...AGENT, agent_id: 'belter-2', status: 'completed', completed_at: AT }],
  spend: { cost_usd: 0.05, tokens: 2400, model_calls: 3 },
  budget: { max_minutes: 60 },
  queue_position: 1,
  resumed: 1,
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
  spend: STATUS.spend,
  execution_time: 12.5,
  documents: [],
  poll_after_seconds: 5,
  error,
};

export const CANCELLED: Required<CancelView> = {
  task_id: TASK_ID,
  status: 'cancelled',
  kept: { claims: 12, sources: 4, steps: 5 },
};

/** A view without the members that are only sometimes there. */
export function without<T extends object, K extends keyof T>(view: T, ...keys: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(view).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

interface Asked {
  readonly method: string;
  readonly args: readonly unknown[];
}

export class ScriptedOrchestrator implements Orchestrator {
  readonly asked: Asked[] = [];
  /** How often the edge asked for what was interrupted to be taken up. */
  recovered = 0;
  /** Views a wait passes through; the last one is its answer. Null: waits until the signal aborts. */
  wait: StatusView[] | null = [STATUS];
  startView: StartView = START;
  resultView: ResultView = RESULT;
  failure: unknown = null;
  statusFailure: unknown = null;
  /** Resolves when a wait was given up. */
  readonly abandoned: Promise<void>;
  #abandon: () => void = () => undefined;

  constructor() {
    this.abandoned = new Promise((resolve) => {
      this.#abandon = resolve;
    });
  }

  async start(request: StartRequest, caller: Caller): Promise<StartView> {
    this.#ask('start', request, caller);
    return this.startView;
  }

  async status(task_id: string, caller: Caller, wait?: WaitOptions): Promise<StatusView> {
    this.#ask('status', task_id, caller, wait);
    if (this.statusFailure !== null) throw this.statusFailure;
    if (task_id !== TASK_ID) throw new Fault('NOT_FOUND', `no workflow ${task_id}`);
    if (wait === undefined) return STATUS;
    if (this.wait === null) return this.#untilAborted(wait);
    for (const view of this.wait) wait.progress?.(view);
    return this.wait.at(-1) ?? STATUS;
  }

  async result(task_id: string, caller: Caller, options?: ResultOptions): Promise<ResultView> {
    this.#ask('result', task_id, caller, options);
    return this.resultView;
  }

  async cancel(task_id: string, caller: Caller, request?: CancelRequest): Promise<CancelView> {
    this.#ask('cancel', task_id, caller, request);
    return CANCELLED;
  }

  async resume(): Promise<StatusView> {
    return STATUS;
  }

  recover(): void {
    this.recovered += 1;
  }

  async close(): Promise<void> {}

  #ask(method: string, ...args: unknown[]): void {
    this.asked.push({ method, args });
    if (this.failure !== null) throw this.failure;
  }

  #untilAborted(wait: WaitOptions): Promise<StatusView> {
    return new Promise((resolve) => {
      const abandon = (): void => {
        this.#abandon();
        resolve(STATUS);
      };
      if (wait.signal?.aborted === true) abandon();
      else wait.signal?.addEventListener('abort', abandon);
    });
  }
}
