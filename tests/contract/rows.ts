/** What the contract's tests write: small valid rows. */

import { createHash } from 'node:crypto';
import { NO_BUDGET } from '../../src/core/budget.ts';
import { type CallRecord, NO_USAGE, type Spent } from '../../src/core/call.ts';
import type { Claim, PassageRead } from '../../src/core/claim.ts';
import { Fault, type ErrorRecord } from '../../src/core/errors.ts';
import type { WorkflowEvent } from '../../src/core/event.ts';
import { taskId } from '../../src/core/ids.ts';
import type { Json } from '../../src/core/json.ts';
import type { Layout, Source } from '../../src/core/source.ts';
import type { StepSpec } from '../../src/core/step.ts';
import { UNSAID } from '../../src/core/workflow.ts';
import type {
  Admission,
  Approval,
  BeginStep,
  Claimed,
  ClaimRequest,
  Erasure,
  Finish,
  Hold,
  ReserveCall,
  RetentionRule,
  SettleCall,
  SettleStep,
  Store,
  StoreText,
  Submission,
  WorkflowQuery,
} from '../../src/store/store.ts';

export const ROOM: Admission = { max_active: 50, max_queued: 1000 };
export const LEASE_MS = 10_000;
/** A renewal by a process that worked all the time. */
export const ERROR: ErrorRecord = new Fault('STEP_TIMEOUT', 'took too long').toRecord();

/** The id that number `n` gives; ids sort as their numbers do. */
export function idOf(n: number): string {
  return taskId(Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? n : 0)));
}

export function submission(n: number, change: Partial<Submission> = {}): Submission {
  return {
    task_id: idOf(n),
    owner: 'local',
    orchestrator_type: 'beltalowda',
    task: `question ${n}`,
    title: null,
    config: {
      ...UNSAID,
      roots: [{ path: '/documents', label: 'documents' }],
      agents: null,
      domains: null,
      context: null,
      model: 'extractive',
      max_concurrent_agents: 10,
      timeout_minutes: 60,
    },
    idempotency_key: null,
    input_hash: `hash-${n}`,
    resumed_from: null,
    trace: null,
    ...change,
  };
}

export function request(change: Partial<ClaimRequest> = {}): ClaimRequest {
  return { holder: 'one', lease_ms: LEASE_MS, max_active: 50, dead: [], expired_by: Infinity, ...change };
}

/** Renews leases whose holder worked all the time, unless said otherwise. */
export function beat(store: Store, holds: readonly Hold[], idle_ms = 0): Promise<readonly string[]> {
  return store.workflows.heartbeat(
    holds.map((hold) => ({ ...hold, idle_ms })),
    LEASE_MS,
  );
}

/** Takes a lease that must be there to take. */
export async function take(store: Store, change: Partial<ClaimRequest> = {}): Promise<Claimed> {
  const claimed = await store.workflows.claim(request(change));
  if (claimed === null) throw new Error('there was nothing to claim');
  return claimed;
}

/** The last events there are, in order. */
export async function latest(store: Store, task_id: string, limit = 1): Promise<readonly WorkflowEvent[]> {
  return (await store.events.list(task_id, { after: 0, limit: 1000 })).slice(-limit);
}

/** A workflow under way. */
export async function running(store: Store, n = 1): Promise<Hold> {
  await store.workflows.create(submission(n), ROOM);
  return (await take(store, { task_id: idOf(n) })).hold;
}

export function spec(step_id: string, change: Partial<StepSpec> = {}): StepSpec {
  return {
    step_id,
    kind: 'agent',
    phase: 'researching',
    agent_id: 'belter-1',
    input: { b: 1, a: [1, 'two', null] },
    timeout_ms: 1000,
    ...change,
  };
}

export function intent(step_id: string, change: Partial<BeginStep> = {}): BeginStep {
  return { spec: spec(step_id), idempotency_key: `key-${step_id}`, events: [], ...change };
}

export function outcome(step_id: string, change: Partial<SettleStep> = {}): SettleStep {
  return { step_id, output: { found: 3 }, evidence: {}, events: [], ...change };
}

export function end(change: Partial<Finish> = {}): Finish {
  return {
    status: 'completed',
    error: null,
    result: { task_id: idOf(1), report: 'text' },
    execution_time: 1.25,
    total_cost: 0,
    event: { completeness: 'full' },
    ...change,
  };
}

export const APPROVAL: Approval = { step_id: 'approval', output: { subtasks: null }, phase: 'researching', events: [] };
export const ERASURE: Erasure = { kind: 'deleted', reason: 'no longer needed' };
/** Retention with every rule off. */
export const RULE: RetentionRule = { completed_before: null, keep_newest: null, max_bytes: null };

export function query(change: Partial<WorkflowQuery> = {}): WorkflowQuery {
  return {
    owner: 'local',
    status: null,
    orchestrator_type: null,
    words: null,
    since: null,
    until: null,
    limit: 100,
    before: null,
    ...change,
  };
}

export const LAYOUT: Layout = {
  place: 'line',
  headings: ['Title › Part'],
  passages: [{ start: 0, end: 5, place: 1, heading: 0 }],
  blanks: [[1, 2]],
  placeStarts: [0, 6],
};

export function textOf(text: string, change: Partial<StoreText> = {}): StoreText {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { sha256, format: 'markdown', text, layout: LAYOUT, stored_by: idOf(1), ...change };
}

export function source(source_id: string, text: StoreText, change: Partial<Source> = {}): Source {
  return {
    source_id,
    sha256: text.sha256,
    format: text.format,
    title: `Title of ${source_id}`,
    location: `documents/${source_id}.md`,
    uri: `file:///documents/${source_id}.md`,
    domain: 'technical',
    date: '2025-11',
    modified_at: '2025-11-02T00:00:00.000Z',
    accessed_at: '2026-01-01T00:00:00.000Z',
    characters: text.text.length,
    also_at: ['documents/copy.md'],
    ...change,
  };
}

export function claim(claim_id: string, change: Partial<Claim> = {}): Claim {
  return {
    claim_id,
    agent_id: 'belter-1',
    source_id: 's1',
    text: 'quote',
    quote: 'quote',
    start: 0,
    end: 5,
    label: 'quoted',
    location: 'documents/s1.md:1',
    heading: '',
    score: 1.5,
    objective: 'find it',
    ...change,
  };
}

export function passage(passage_id: string, change: Partial<PassageRead> = {}): PassageRead {
  return {
    passage_id,
    agent_id: 'belter-1',
    source_id: 's1',
    start: 0,
    end: 5,
    heading: '',
    location: 'documents/s1.md:1',
    score: 2.25,
    ...change,
  };
}

interface EndedChange {
  readonly submission?: Partial<Submission>;
  readonly finish?: Partial<Finish>;
  /** What its sources hold. */
  readonly texts?: readonly string[];
}

/** A workflow that read one text, or these, quoted the first once and ended. Returns its id. */
export async function ended(store: Store, n = 1, change: EndedChange = {}): Promise<string> {
  await store.workflows.create(submission(n, change.submission), ROOM);
  const { hold } = await take(store, { task_id: idOf(n) });
  const texts = (change.texts ?? [`quote and more of ${n}`]).map((text) => textOf(text, { stored_by: hold.task_id }));
  await Promise.all(texts.map((text) => store.texts.put(text)));
  const sources = texts.map((text, at) => source(`s${at + 1}`, text));
  const agent = 'agent:belter-1';
  await store.steps.begin(hold, intent('collect', { spec: spec('collect', { kind: 'collect', agent_id: null }) }));
  await store.steps.settle(hold, outcome('collect', { evidence: { sources } }));
  await store.steps.begin(hold, intent(agent));
  const evidence = { passages: [passage('belter-1.p1')], claims: [claim('belter-1.1')] };
  await store.steps.settle(hold, outcome(agent, { evidence }));
  await store.workflows.finish(hold, end({ result: reportOf('text'), ...change.finish }));
  return hold.task_id;
}

/** A result whose report says this. */
export function reportOf(text: string): Json {
  return { report: { text } };
}

/** A call of a model that may take 100 tokens and 1,000 micro-dollars, from no budget. */
export function reservation(change: Partial<ReserveCall> = {}): ReserveCall {
  return {
    step_id: 'agent:belter-1',
    agent_id: 'belter-1',
    key: 'turn-1',
    kind: 'model',
    name: 'vendor/model',
    request_hash: 'hash-of-turn-1',
    share: 'research',
    most: { tokens: 100, microusd: 1000 },
    budget: NO_BUDGET,
    round: 0,
    attempts: 3,
    earlier: [],
    ...change,
  };
}

/** What a call took that a vendor counted: so many tokens in all, ten micro-dollars each. */
export function spent(tokens: number): Spent {
  return { usage: { ...NO_USAGE, input_tokens: tokens - 1, output_tokens: 1 }, microusd: tokens * 10 };
}

export function settlement(call_id: string, change: Partial<SettleCall> = {}): SettleCall {
  const outcome = { kind: 'succeeded', output: { text: 'answer' } } as const;
  return { call_id, outcome, spent: spent(30), budget: NO_BUDGET, ...change };
}

/** A call that is to be under way. */
export async function begun(store: Store, hold: Hold, change: Partial<ReserveCall> = {}): Promise<CallRecord> {
  const reserved = await store.calls.reserve(hold, reservation(change));
  if (reserved.kind !== 'begun') throw new Error(`the call is ${reserved.kind}`);
  return reserved.call;
}

/** A workflow under way with a step that makes calls. */
export async function calling(store: Store, n = 1): Promise<Hold> {
  const hold = await running(store, n);
  await store.steps.begin(hold, intent('agent:belter-1'));
  return hold;
}
