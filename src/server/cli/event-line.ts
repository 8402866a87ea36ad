/** One event as one line: `12:03:04 belter-2 started: How does WAL work?` */

import { count } from '../../core/amount.ts';
import type { EventType, WorkflowEvent } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import type { StatusView } from '../../core/views.ts';
import { money } from './budget.ts';
import { timeOfDay } from './phrases.ts';
import { oneLine } from './width.ts';

/** The line, without its end, in the time of this machine's zone; null for an event that says nothing to a person. */
export function eventLine(event: WorkflowEvent, view: StatusView): string | null {
  const words = sentence(event, view);
  return words === null ? null : `${timeOfDay(event.timestamp)} ${oneLine(words)}`;
}

/** What happened, said of the agent whose event it is, or of the workflow. */
const WORDS: Record<EventType, { readonly whole: string; readonly agent?: string }> = {
  workflow_start: { whole: 'started' },
  workflow_resumed: { whole: 'carried on where it was left' },
  decomposition_start: { whole: 'planning' },
  decomposition_complete: { whole: 'plan ready' },
  plan_awaiting_approval: { whole: 'the plan waits for approval' },
  agent_start: { whole: 'an agent started', agent: 'started' },
  agent_progress: { whole: 'at work', agent: 'at work' },
  agent_complete: { whole: 'an agent is done', agent: 'done' },
  agent_error: { whole: 'failed', agent: 'failed' },
  source_found: { whole: 'sources read', agent: 'found a source' },
  synthesis_start: { whole: 'writing up', agent: 'started' },
  synthesis_complete: { whole: 'written up', agent: 'done' },
  document_generation_start: { whole: 'making documents' },
  document_generation_complete: { whole: 'documents made' },
  budget_warning: { whole: 'budget nearly used' },
  budget_exhausted: { whole: 'budget used up' },
  workflow_complete: { whole: 'done' },
  workflow_error: { whole: 'failed' },
  workflow_cancelled: { whole: 'stopped' },
  workflow_erased: { whole: 'erased' },
};

/** The same without the time, also of one that is no news: a record leaves nothing out. */
export function eventWords(event: WorkflowEvent, view: StatusView): string {
  return sentence(event, view) ?? [event.agent_id, WORDS[event.event_type].whole].filter(Boolean).join(' ');
}

function sentence(event: WorkflowEvent, view: StatusView): string | null {
  const { event_type: type, agent_id: id } = event;
  const said = detail(event, view);
  // Progress that says nothing is no news, and progress of the whole needs no name before it.
  if (type === 'agent_progress') return said === null || id === undefined ? said : `${id}: ${said}`;
  if (type === 'workflow_resumed' && event.data['approved'] === true) {
    return event.data['edited'] === true ? 'the plan is approved, as edited' : 'the plan is approved';
  }
  if (type === 'workflow_resumed' && event.data['phase'] === 'planning') return 'carried on; reading starts over';
  if (type === 'budget_exhausted') {
    const { share } = event.data;
    const part = typeof share === 'string' ? PARTS[share] : undefined;
    const words = part === undefined ? WORDS[type].whole : `the budget for ${part} is used up`;
    return said === null ? words : `${words}: ${said}`;
  }
  const { whole, agent } = WORDS[type];
  const retried = type === 'agent_error' && typeof event.data['retry_at'] === 'string' ? ', trying again' : '';
  const words = (id === undefined || agent === undefined ? whole : `${id} ${agent}`) + retried;
  return said === null ? words : `${words}: ${said}`;
}

/** What the shares of a budget are for. */
const PARTS: Readonly<Record<string, string>> = {
  plan: 'the plan',
  research: 'research',
  merge: 'merging',
  check: 'checking',
  write: 'writing',
};

/** What the event says beyond its kind, in words. */
function detail(event: WorkflowEvent, view: StatusView): string | null {
  const { event_type: type, data } = event;
  const agent = view.agents.find((candidate) => candidate.agent_id === event.agent_id);
  if (type === 'agent_start') return agent?.objective ?? null;
  if (type === 'agent_complete') {
    const claims = data['claims'] ?? agent?.claims;
    if (typeof claims !== 'number') return null;
    return claims === 0 ? 'nothing found' : count(claims, 'claim');
  }
  if (type === 'decomposition_complete') {
    return Array.isArray(data['agents']) ? count(data['agents'].length, 'objective') : null;
  }
  if (type === 'source_found' && typeof data['sources'] === 'number') {
    const skipped = typeof data['skipped'] === 'number' && data['skipped'] > 0 ? `, ${data['skipped']} skipped` : '';
    return `${data['sources']}${skipped}`;
  }
  if (type === 'budget_warning' || type === 'budget_exhausted') return budgetDetail(data) ?? message(data);
  return message(data);
}

/** `$0.81 of $1.00, 12,000 of 50,000 tokens`, of what is capped. */
function budgetDetail({ spent, budget }: WorkflowEvent['data']): string | null {
  const parts = [
    ['cost_usd', 'max_cost_usd', money],
    ['tokens', 'max_tokens', (amount: number) => count(amount, 'token')],
  ] as const;
  const told = parts.flatMap(([name, cap, words]) => {
    const [used, most] = [numberIn(spent, name), numberIn(budget, cap)];
    return used === null || most === null ? [] : [`${words(used)} of ${words(most)}`];
  });
  return told.length === 0 ? null : told.join(', ');
}

function numberIn(value: Json | undefined, name: string): number | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const found = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof found === 'number' ? found : null;
}

const DETAIL_KEYS = ['message', 'activity', 'location', 'reason'] as const;

/** The words of an event, wherever its kind keeps them. */
function message(data: WorkflowEvent['data']): string | null {
  for (const key of DETAIL_KEYS) {
    const said = data[key];
    if (typeof said === 'string' && said !== '') return said;
  }
  const error = data['error'];
  if (error === null || typeof error !== 'object' || !('message' in error)) return null;
  const said = error['message'];
  return typeof said === 'string' ? said : null;
}
