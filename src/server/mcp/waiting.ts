/** Waiting for a workflow inside a call, and telling the client how far it is meanwhile. */

import type { ProgressNotification } from '@modelcontextprotocol/server';
import type { AgentView, StatusView, WaitOptions } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import type { Call } from './tool.ts';

/** Smallest step between two notifications: a client may drop one whose progress did not grow. */
const LEAST_STEP = 1e-6;
/** Leaves room for those steps below 1, which only the end reaches. */
const CEILING = 0.999;
/** How soon the same sentence may be repeated: well within the 15 s in which a client wants to hear something. */
const REPEAT_MS = 9000;

/** Options for a wait of `seconds`, or none when there is nothing to wait for. */
export function waitFor(call: Call, seconds: number, sinceVersion?: number): WaitOptions | undefined {
  if (seconds === 0) return undefined;
  return {
    wait_ms: seconds * 1000,
    since_version: sinceVersion,
    signal: call.signal,
    ...(call.progress !== undefined && { progress: call.progress }),
  };
}

/** A reporter for one call: strictly increasing progress out of 1, with a sentence. `now` in milliseconds, from anywhere. */
export function progressReporter(
  token: string | number,
  notify: (notification: ProgressNotification) => Promise<void>,
  now: () => number = () => performance.now(),
): (view: StatusView) => void {
  let last = -LEAST_STEP;
  let told = '';
  let toldAt = Number.NEGATIVE_INFINITY;
  return (view) => {
    const message = progressSentence(view);
    // Nothing new to say: say it again only to show that somebody is there.
    if (message === told && view.progress <= last && now() - toldAt < REPEAT_MS) return;
    told = message;
    toldAt = now();
    last = Math.max(Math.min(view.progress, CEILING), last + LEAST_STEP);
    const params = { progressToken: token, progress: last, total: 1, message };
    notify({ method: 'notifications/progress', params }).catch(connectionGone);
  };
}

/** A notification that cannot be sent means that the client left; the call's signal tells the wait. */
function connectionGone(): void {}

/** `3 of 5 agents done; belter-4: reading 12 passages` */
export function progressSentence(view: StatusView): string {
  if (isTerminal(view.status)) return view.status;
  if (view.queue_position !== undefined) return `waiting in the queue at position ${view.queue_position}`;
  if (view.agents.length === 0) return preparing(view);
  const done = view.agents.filter((agent) => agent.status !== 'pending' && agent.status !== 'running').length;
  const counted = `${done} of ${view.agents.length} agents done`;
  const busy = latest(view.agents.filter((agent) => agent.status === 'running'));
  if (busy === undefined) return `${counted}; ${view.phase}`;
  return `${counted}; ${busy.agent_id}: ${busy.activity}`;
}

/** Before there are agents: what is being read or indexed. */
function preparing(view: StatusView): string {
  const told = view.recent_events.findLast((event) => event.event_type === 'agent_progress');
  const activity = told?.data['activity'];
  return typeof activity === 'string' ? `${view.phase}: ${activity}` : view.phase;
}

function latest(agents: readonly AgentView[]): AgentView | undefined {
  return agents.reduce<AgentView | undefined>((best, agent) => {
    if (best === undefined) return agent;
    return (agent.last_activity_at ?? '') > (best.last_activity_at ?? '') ? agent : best;
  }, undefined);
}
