/** One event as one line: `12:03:04 belter-2 started: How does WAL work?` */

import type { EventType, WorkflowEvent } from '../../core/event.ts';
import type { StatusView } from '../../core/views.ts';
import { count } from './phrases.ts';
import { oneLine } from './width.ts';

/** The line, without its end, in the time of this machine's zone; null for an event that says nothing to a person. */
export function eventLine(event: WorkflowEvent, view: StatusView): string | null {
  const words = sentence(event, view);
  return words === null ? null : `${timeOfDay(event.timestamp)} ${oneLine(words)}`;
}

function timeOfDay(timestamp: string): string {
  const time = new Date(timestamp);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** What is said of the workflow as a whole. Agents' own events are told with their names. */
const WORDS: Record<Exclude<EventType, AgentEvent>, string> = {
  workflow_start: 'started',
  workflow_resumed: 'carried on where it was left',
  decomposition_start: 'planning',
  decomposition_complete: 'plan ready',
  plan_awaiting_approval: 'the plan waits for approval',
  source_found: 'source read',
  synthesis_start: 'writing up',
  synthesis_complete: 'report written',
  document_generation_start: 'making documents',
  document_generation_complete: 'documents made',
  budget_warning: 'budget nearly used',
  budget_exhausted: 'budget used up',
  workflow_complete: 'done',
  workflow_error: 'failed',
  workflow_cancelled: 'stopped',
};

type AgentEvent = 'agent_start' | 'agent_progress' | 'agent_complete' | 'agent_error';

function isAgentEvent(type: EventType): type is AgentEvent {
  return type.startsWith('agent_');
}

function sentence(event: WorkflowEvent, view: StatusView): string | null {
  if (isAgentEvent(event.event_type)) return agentSentence(event, view);
  return withDetail(WORDS[event.event_type], event);
}

function agentSentence(event: WorkflowEvent, view: StatusView): string | null {
  const id = event.agent_id ?? 'an agent';
  const agent = view.agents.find((candidate) => candidate.agent_id === event.agent_id);
  if (event.event_type === 'agent_start')
    return agent === undefined ? `${id} started` : `${id} started: ${agent.objective}`;
  if (event.event_type === 'agent_error') return withDetail(`${id} failed`, event);
  if (event.event_type === 'agent_complete') {
    const claims = event.data['claims'] ?? agent?.claims;
    return typeof claims === 'number' ? `${id} done: ${count(claims, 'claim')}` : `${id} done`;
  }
  const said = detail(event);
  return said === null ? null : `${id}: ${said}`;
}

function withDetail(words: string, event: WorkflowEvent): string {
  const said = detail(event);
  return said === null ? words : `${words}: ${said}`;
}

const DETAIL_KEYS = ['message', 'activity', 'location', 'reason'] as const;

/** What the event says in words, wherever its kind keeps that. */
function detail(event: WorkflowEvent): string | null {
  for (const key of DETAIL_KEYS) {
    const said = event.data[key];
    if (typeof said === 'string' && said !== '') return said;
  }
  const error = event.data['error'];
  if (error === null || typeof error !== 'object' || !('message' in error)) return null;
  const said = error['message'];
  return typeof said === 'string' ? said : null;
}
