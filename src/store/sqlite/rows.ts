/** Rows as SQLite returns them, and as the rest of the program knows them. JSON columns are text here, values there. */

import type { CallRecord, Usage } from '../../core/call.ts';
import type { Claim } from '../../core/claim.ts';
import { type ErrorRecord, Fault } from '../../core/errors.ts';
import type { EventType, WorkflowEvent } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import type { Domain, Source, SourceFormat } from '../../core/source.ts';
import type { StepRecord } from '../../core/step.ts';
import type { Trace } from '../../core/trace.ts';
import type { Spending } from '../calls.ts';
import type { ListedWorkflow } from '../selection.ts';
import {
  type OrchestratorType,
  type Phase,
  type Status,
  type Stop,
  UNSAID,
  type Workflow,
  type WorkflowConfig,
} from '../../core/workflow.ts';

export interface WorkflowRow {
  task_id: string;
  orchestrator_type: OrchestratorType;
  task: string;
  status: Status;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  config: string;
  owner: string;
  title: string | null;
  phase: Phase;
  deadline_at: string | null;
  idempotency_key: string | null;
  input_hash: string;
  stop: string | null;
  error: string | null;
  error_record: string | null;
  resumed: number;
  last_seq: number;
  fence: number;
  lease_holder: string | null;
  lease_expires_at: string | null;
  resumed_from: string | null;
  trace: string | null;
  /** Goes into every hash over content; empty once the content is erased. */
  salt: string;
  genesis: string;
  /** Hash of the last event, or `genesis`. */
  head: string;
  /** Hash of the list in `seals`, from the end on. */
  seal: string | null;
  erased_at: string | null;
}

/** In SQL: whether a workflow can be read, and so worked on. */
export const INTACT = "json_valid(config) AND json_valid(coalesce(stop, '0')) AND json_valid(coalesce(trace, '0'))";

/** In SQL: in the queue. One that is to stop waits for nothing any more. */
export const WAITING = "status = 'pending' AND stop IS NULL";

export interface StepRow {
  task_id: string;
  step_id: string;
  kind: string;
  agent_id: string | null;
  status: StepRecord['status'];
  input: string;
  output: string | null;
  error: string | null;
  attempts: number;
  failures: number;
  available_at: string | null;
  started_at: string;
  completed_at: string | null;
  adopted_from: string | null;
}

/** A step of which not everything was read. */
export type GlancedStepRow = Omit<StepRow, 'input'> & { readonly input: string | null };

export interface CallRow extends Usage {
  task_id: string;
  call_id: string;
  step_id: string;
  agent_id: string | null;
  key: string;
  round: number;
  kind: CallRecord['kind'];
  name: string;
  request_hash: string;
  share: CallRecord['share'];
  status: CallRecord['status'];
  reserved_tokens: number;
  reserved_microusd: number | null;
  microusd: number | null;
  estimated: 0 | 1;
  started_at: string;
  completed_at: string | null;
  adopted_from: string | null;
  error: string | null;
  output: string | null;
}

export type SpendingRow = Omit<Spending, 'usage' | 'reserved'> &
  Usage & { reserved_tokens: number; reserved_microusd: number };

export interface EventRow {
  task_id: string;
  seq: number;
  event_type: EventType;
  event_data: string;
  timestamp: string;
  agent_id: string | null;
}

export interface SourceRow {
  task_id: string;
  source_id: string;
  sha256: string;
  format: SourceFormat;
  title: string;
  location: string;
  uri: string;
  domain: Domain;
  date: string | null;
  modified_at: string;
  accessed_at: string;
  characters: number;
  also_at: string;
}

export type ClaimRow = Claim;

const DAMAGED_ROW =
  'Run `beltalowda db check`: it names the row. Other workflows are not touched by it. Nothing was changed.';
/** What nobody can read, nobody can work on; a cancel ends it as it stands (stop.ts). */
const DAMAGED_WORKFLOW =
  'Nobody can go on with it, and it takes no place of its owner: cancel it where it has not ended; `beltalowda export` gives the report it has, if any; then delete it. `beltalowda db check` names the row. Other workflows are not touched by it. Nothing was changed.';

/** What a stored JSON column holds. Throws STORE_CORRUPT, with the workflow it belongs to. */
export function stored(task_id: string, text: string, hint = DAMAGED_ROW): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Fault(
      'STORE_CORRUPT',
      `a row of ${task_id} holds ${JSON.stringify(text.slice(0, 40))} where JSON should be`,
      { hint, cause: thrown },
    );
  }
}

function storedOrNull(task_id: string, text: string | null, hint?: string): unknown {
  return text === null ? null : stored(task_id, text, hint);
}

export function configOf(task_id: string, config: string): WorkflowConfig {
  return { ...UNSAID, ...(stored(task_id, config, DAMAGED_WORKFLOW) as WorkflowConfig) };
}

export function stopOf({ task_id, stop }: Pick<WorkflowRow, 'task_id' | 'stop'>): Stop | null {
  return storedOrNull(task_id, stop, DAMAGED_WORKFLOW) as Stop | null;
}

export function toWorkflow(row: WorkflowRow): Workflow {
  return {
    ...toListed(row),
    config: configOf(row.task_id, row.config),
    error: storedOrNull(row.task_id, row.error_record) as ErrorRecord | null,
    stop: stopOf(row),
    trace: storedOrNull(row.task_id, row.trace, DAMAGED_WORKFLOW) as Trace | null,
  };
}

/** The columns that stand for themselves: one damaged row must not take the list of all away. */
export function toListed(row: WorkflowRow): ListedWorkflow {
  return {
    task_id: row.task_id,
    owner: row.owner,
    orchestrator_type: row.orchestrator_type,
    task: row.task,
    title: row.title,
    status: row.status,
    phase: row.phase,
    created_at: row.created_at,
    started_at: row.started_at,
    completed_at: row.completed_at,
    deadline_at: row.deadline_at,
    stop: row.stop,
    lease:
      row.lease_holder === null || row.lease_expires_at === null
        ? null
        : { holder: row.lease_holder, expires_at: row.lease_expires_at },
    resumed: row.resumed,
    resumed_from: row.resumed_from,
    version: row.last_seq,
  };
}

export function toStep(row: GlancedStepRow): StepRecord {
  return {
    step_id: row.step_id,
    kind: row.kind,
    agent_id: row.agent_id,
    status: row.status,
    input: storedOrNull(row.task_id, row.input) as Json,
    output: storedOrNull(row.task_id, row.output) as Json,
    error: storedOrNull(row.task_id, row.error) as ErrorRecord | null,
    attempts: row.attempts,
    failures: row.failures,
    available_at: row.available_at,
    started_at: row.started_at,
    completed_at: row.completed_at,
    adopted_from: row.adopted_from,
  };
}

export function toCall(row: CallRow): CallRecord {
  return {
    call_id: row.call_id,
    step_id: row.step_id,
    agent_id: row.agent_id,
    key: row.key,
    kind: row.kind,
    name: row.name,
    request_hash: row.request_hash,
    share: row.share,
    status: row.status,
    output: storedOrNull(row.task_id, row.output) as Json,
    error: storedOrNull(row.task_id, row.error) as ErrorRecord | null,
    reserved: { tokens: row.reserved_tokens, microusd: row.reserved_microusd },
    spent: { usage: usageOf(row), microusd: row.microusd },
    estimated: row.estimated === 1,
    started_at: row.started_at,
    completed_at: row.completed_at,
    adopted_from: row.adopted_from,
  };
}

function usageOf({ input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens }: Usage): Usage {
  return { input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens };
}

export function toSpending(row: SpendingRow): Spending {
  const { agent_id, kind, name, share, calls, running, failed, estimated, unpriced, adopted, microusd } = row;
  const reserved = { tokens: row.reserved_tokens, microusd: row.reserved_microusd };
  const counts = { calls, running, failed, estimated, unpriced, adopted };
  return { agent_id, kind, name, share, ...counts, usage: usageOf(row), microusd, reserved };
}

export function toEvent(row: EventRow): WorkflowEvent {
  return {
    task_id: row.task_id,
    seq: row.seq,
    event_type: row.event_type,
    timestamp: row.timestamp,
    ...(row.agent_id === null ? {} : { agent_id: row.agent_id }),
    data: stored(row.task_id, row.event_data) as { [key: string]: Json },
  };
}

export function toSource(row: SourceRow): Source {
  return {
    source_id: row.source_id,
    sha256: row.sha256,
    format: row.format,
    title: row.title,
    location: row.location,
    uri: row.uri,
    domain: row.domain,
    date: row.date,
    modified_at: row.modified_at,
    accessed_at: row.accessed_at,
    characters: row.characters,
    also_at: stored(row.task_id, row.also_at) as string[],
  };
}
