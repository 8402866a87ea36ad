/** Events: what happened to a workflow, in order, durable before anyone sees them. */

import type { Json } from './json.ts';

export const EVENT_TYPES = [
  'workflow_start',
  'decomposition_start',
  'decomposition_complete',
  'plan_awaiting_approval',
  'agent_start',
  'agent_progress',
  'agent_complete',
  'agent_error',
  'source_found',
  'synthesis_start',
  'synthesis_complete',
  'document_generation_start',
  'document_generation_complete',
  'budget_warning',
  'budget_exhausted',
  'workflow_resumed',
  'workflow_complete',
  'workflow_error',
  'workflow_cancelled',
] as const;

/**
 * The link behind the terminal event of a workflow whose content was erased. Its stream is shown to nobody any more, so
 * clients never meet it; the audit does.
 */
type ErasureEvent = 'workflow_erased';
export type EventType = (typeof EVENT_TYPES)[number] | ErasureEvent;

/** What a writer says; the store adds number and time. */
export interface EventDraft {
  readonly event_type: EventType;
  readonly agent_id?: string | undefined;
  readonly data: { readonly [key: string]: Json | undefined };
}

/** The envelope every reader gets. `seq` counts from 1 within its workflow, without a gap. */
export interface WorkflowEvent extends EventDraft {
  readonly task_id: string;
  readonly seq: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly timestamp: string;
}

const TERMINAL: ReadonlySet<EventType> = new Set(['workflow_complete', 'workflow_error', 'workflow_cancelled']);

/** Exactly one terminal event ends each workflow's stream. */
export function isTerminalEvent(type: EventType): boolean {
  return TERMINAL.has(type);
}
