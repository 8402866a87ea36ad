/** Rows and happenings for tests of what becomes of them. */

import { type CallRecord, NO_USAGE } from '../../../src/core/call.ts';
import type { ErrorRecord } from '../../../src/core/errors.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { StepRecord } from '../../../src/core/step.ts';
import type { OtlpSettings, Telemetry } from '../../../src/core/telemetry.ts';
import type { Workflow } from '../../../src/core/workflow.ts';
import { id, submission } from '../../support/engine-node.ts';

const BEGAN = '2026-01-01T00:00:00.000Z';
const ENDED = '2026-01-01T00:00:02.500Z';
export const OF = { task_id: id(7), trace: null };
/** What nobody but the workflow is to see. */
export const SECRET = 'Zanzibar';

const ERROR: ErrorRecord = new Fault('PROVIDER_LIMITED', `asked about ${SECRET}`).toRecord();

export function workflow(change: Partial<Workflow> = {}): Workflow {
  const { config, orchestrator_type, owner } = submission(7);
  return {
    ...OF,
    owner,
    config,
    orchestrator_type,
    task: `What of ${SECRET}?`,
    title: SECRET,
    status: 'completed',
    phase: 'done',
    created_at: BEGAN,
    started_at: BEGAN,
    completed_at: ENDED,
    deadline_at: null,
    error: null,
    stop: null,
    lease: null,
    resumed: 0,
    resumed_from: null,
    version: 9,
    ...change,
  };
}

export function step(change: Partial<StepRecord> = {}): StepRecord {
  return {
    step_id: 'agent:belter-3',
    kind: 'agent',
    agent_id: 'belter-3',
    status: 'succeeded',
    input: { objective: SECRET },
    output: { found: SECRET },
    error: null,
    attempts: 2,
    failures: 1,
    available_at: null,
    started_at: BEGAN,
    completed_at: ENDED,
    adopted_from: null,
    ...change,
  };
}

export function failedStep(change: Partial<StepRecord> = {}): StepRecord {
  return step({ status: 'failed', output: null, error: ERROR, ...change });
}

export function call(change: Partial<CallRecord> = {}): CallRecord {
  return {
    call_id: 'agent:belter-3/turn-1#1',
    step_id: 'agent:belter-3',
    agent_id: 'belter-3',
    key: 'turn-1',
    kind: 'model',
    name: 'mistral/large',
    request_hash: 'h',
    share: 'research',
    status: 'succeeded',
    output: { text: `${SECRET} is an island` },
    error: null,
    reserved: { tokens: 100, microusd: 1000 },
    spent: {
      usage: { ...NO_USAGE, input_tokens: 70, cached_tokens: 20, output_tokens: 30, reasoning_tokens: 5 },
      microusd: 2500,
    },
    estimated: false,
    started_at: BEGAN,
    completed_at: ENDED,
    adopted_from: null,
    ...change,
  };
}

export function failedCall(change: Partial<CallRecord> = {}): CallRecord {
  return call({ status: 'failed', output: null, error: ERROR, ...change });
}

export const REQUEST = {
  system: `You know ${SECRET}`,
  messages: [{ role: 'user', text: `Tell of ${SECRET}`, tool_uses: [], opaque: null }],
};

export function otlp(change: Partial<OtlpSettings> = {}): OtlpSettings {
  return {
    url: 'http://127.0.0.1:9/v1/traces',
    protocol: 'http/protobuf',
    headers: {},
    compression: 'none',
    timeout_ms: 5000,
    resource: [['service.name', 'tested']],
    sampler: { parent: true, ratio: 1 },
    queue: { most: 10, batch: 4, delay_ms: 1000 },
    content: false,
    ...change,
  };
}

/** Each kind of happening, once or twice. */
export function tellEverything(telemetry: Pick<Telemetry, 'tell'>): void {
  telemetry.tell({ kind: 'workflow_begun', workflow: workflow(), resumed: false, at: Date.UTC(2026, 0, 1, 0, 0, 4) });
  telemetry.tell({ kind: 'workflow_begun', workflow: workflow(), resumed: true, at: Date.UTC(2026, 0, 1, 0, 0, 9) });
  telemetry.tell({ kind: 'workflow_ended', workflow: workflow(), left: [] });
  telemetry.tell({ kind: 'step_ended', of: OF, step: step() });
  telemetry.tell({ kind: 'step_ended', of: OF, step: step({ adopted_from: 'wf_earlier' }) });
  telemetry.tell({ kind: 'attempt_failed', of: OF, step: failedStep(), began: 1, at: 2 });
  telemetry.tell({ kind: 'call_ended', of: OF, call: call(), request: null });
  telemetry.tell({ kind: 'call_ended', of: OF, call: failedCall(), request: null });
  telemetry.tell({ kind: 'call_ended', of: OF, call: call({ kind: 'tool', name: 'fetch_page' }), request: null });
  telemetry.tell({ kind: 'found', of: OF, steps: [step()], calls: [call()] });
  telemetry.tell({ kind: 'waited', limiter: 'provider', ms: 1500 });
  telemetry.tell({ kind: 'stored', verb: 'steps.settle', ms: 2, code: null });
  telemetry.tell({ kind: 'stored', verb: 'steps.settle', ms: 2, code: 'STORE_FULL' });
  telemetry.tell({ kind: 'event_read', ms: 12 });
  telemetry.tell({ kind: 'delivery', outcome: 'dead' });
  telemetry.tell({ kind: 'webhook_disabled' });
  telemetry.tell({ kind: 'agent_silent' });
}
