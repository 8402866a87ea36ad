/** Agents in the order a person follows them: who collects, who merges, who writes. Folded to the lines there are. */

import { type Work, workOf } from '../../core/patterns.ts';
import type { AgentStatus, AgentView } from '../../core/views.ts';

/** Agents of one kind of work. */
export interface Group {
  readonly label: string;
  readonly agents: readonly AgentView[];
}

/** One line below a group: an agent, or the number of agents it stands for. */
export type Leaf = { readonly agent: AgentView } | { readonly folded: string };

const LABELS: Readonly<Record<Work, string>> = { research: 'Agents', merge: 'Drummers', write: 'Writers' };

/** Groups in the order of the work. A Swarm's domains are one group: they work side by side. */
export function groups(agents: readonly AgentView[]): Group[] {
  return ['Belters', LABELS.research, LABELS.merge, LABELS.write]
    .map((label) => ({ label, agents: agents.filter((agent) => labelOf(agent) === label) }))
    .filter((group) => group.agents.length > 0);
}

function labelOf({ role }: AgentView): string {
  return role === 'belter' ? 'Belters' : LABELS[workOf(role)];
}

/** Shorter beginnings are no trouble to read. */
const SHARED_LEAST = 16;

/**
 * Objectives told apart: where several begin with the same words (the question, usually), those are left out of them, so
 * that what is their own is in sight in a narrow column. In the same order.
 */
export function tellApart(objectives: readonly string[], ellipsis: string): string[] {
  return objectives.map((objective, index) => {
    const others = objectives.filter((other, at) => at !== index && other !== objective);
    const shared = Math.min(
      ...others.map((other) => sharedStart(objective, other)).filter((length) => length >= SHARED_LEAST),
    );
    if (shared === Infinity) return objective;
    const cut = objective.lastIndexOf(' ', shared - 1) + 1;
    const rest = objective.slice(cut);
    return cut < SHARED_LEAST || rest === '' ? objective : `${ellipsis} ${rest}`;
  });
}

function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

/** The state of several as one: at work while any is, done when all have settled. */
export function overall(agents: readonly AgentView[]): AgentStatus {
  const has = (status: AgentStatus): boolean => agents.some((agent) => agent.status === status);
  if (has('running')) return 'running';
  if (has('pending')) return has('completed') || has('failed') ? 'running' : 'pending';
  if (has('completed')) return 'completed';
  return has('failed') ? 'failed' : 'cancelled';
}

/** What a person wants to see first when not all fit. */
const URGENCY: Record<AgentStatus, number> = { running: 0, failed: 1, pending: 2, cancelled: 3, completed: 4 };

/** At most `room` lines (at least one) for these agents, in their order; the last tells what was left out. */
export function leaves(agents: readonly AgentView[], room: number): Leaf[] {
  if (agents.length <= room) return agents.map((agent) => ({ agent }));
  const shown = new Set(
    agents
      .map((agent, index) => ({ agent, index }))
      .sort((a, b) => URGENCY[a.agent.status] - URGENCY[b.agent.status] || a.index - b.index)
      .slice(0, Math.max(0, room - 1))
      .map(({ agent }) => agent),
  );
  const hidden = agents.filter((agent) => !shown.has(agent));
  return [...agents.filter((agent) => shown.has(agent)).map((agent) => ({ agent })), { folded: foldedWords(hidden) }];
}

const FOLDED_WORDS = [
  ['completed', 'done'],
  ['running', 'at work'],
  ['pending', 'waiting'],
  ['failed', 'failed'],
  ['cancelled', 'stopped'],
] as const;

function foldedWords(hidden: readonly AgentView[]): string {
  const parts = FOLDED_WORDS.flatMap(([status, word]) => {
    const amount = hidden.filter((agent) => agent.status === status).length;
    return amount === 0 ? [] : [`${amount} ${word}`];
  });
  return `${hidden.length} more: ${parts.join(', ')}`;
}
