/** Words shared by the live view, the plain lines and the status page. */

import { count } from '../../core/amount.ts';
import type { AgentView, StatusView } from '../../core/views.ts';
import type { Phase } from '../../core/workflow.ts';

const PHASE_WORDS: Record<Phase, string> = {
  queued: 'waiting in the queue',
  planning: 'planning',
  awaiting_approval: 'waiting for approval of the plan',
  researching: 'researching',
  synthesising: 'writing up',
  documenting: 'making documents',
  done: 'done',
};

/** `0:07`, `12:30`, `1:02:03`. */
export function clockTime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}

/** `0.8 s`, `42 s`, `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return rest === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}

/** Since when nobody has worked on a workflow that should be worked on; null where somebody does, or nobody has to. */
export function quietSince(view: StatusView): string | null {
  if (view.interrupted !== true) return null;
  return view.recent_events.at(-1)?.timestamp ?? view.started_at ?? view.created_at;
}

/** What the workflow does, for people. */
export function phaseWords(view: StatusView): string {
  if (view.interrupted === true) return 'interrupted: nobody works on it';
  if (view.status === 'completed') return 'done';
  if (view.status === 'failed') return 'failed';
  if (view.status === 'cancelled') return 'stopped';
  if (view.phase === 'queued' && view.queue_position !== undefined) {
    return `${PHASE_WORDS.queued}, position ${view.queue_position}`;
  }
  return PHASE_WORDS[view.phase];
}

/** Claims an agent has found, or '' while it has none to tell of. */
export function claimWords(agent: AgentView): string {
  return agent.claims === null || (agent.claims === 0 && agent.status !== 'completed')
    ? ''
    : count(agent.claims, 'claim');
}

/** Milliseconds since the epoch of an ISO time, or null. */
export function at(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}

/** `2026-03-01`, in the zone of this machine. */
export function localDay(time: string | number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `12:03:04`, in the zone of this machine. */
export function timeOfDay(time: string): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}
