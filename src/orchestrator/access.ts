/** Who may see what: a workflow for its owner, and for nobody else a sign that it exists. */

import { Fault } from '../core/errors.ts';
import { isTaskId } from '../core/ids.ts';
import type { Caller } from '../core/views.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Store } from '../store/store.ts';

/**
 * The workflow, if it is the caller's. Unknown, malformed and foreign ids cannot be told apart: NOT_FOUND. One's own that was
 * erased says so, and when: EXPIRED or DELETED.
 */
export async function find(store: Pick<Store, 'workflows'>, task_id: string, caller: Caller): Promise<Workflow> {
  const workflow = isTaskId(task_id) ? await store.workflows.get(task_id) : null;
  if (workflow?.owner === caller.owner) return workflow;
  const tombstone = isTaskId(task_id) && workflow === null ? await store.workflows.tombstone(task_id) : null;
  if (tombstone === null || tombstone.owner !== caller.owner) throw unknown(task_id);
  const { kind, created_at, reason } = tombstone;
  const how = kind === 'expired' ? 'expired' : 'was deleted';
  throw new Fault(kind === 'expired' ? 'EXPIRED' : 'DELETED', `${task_id} ${how} on ${created_at} (${reason})`);
}

/** Whether the id is, or was, the caller's. Throws NOT_FOUND when not. */
export async function findErasedToo(store: Pick<Store, 'workflows'>, task_id: string, caller: Caller): Promise<void> {
  const known = isTaskId(task_id)
    ? ((await store.workflows.get(task_id)) ?? (await store.workflows.tombstone(task_id)))
    : null;
  if (known?.owner !== caller.owner) throw unknown(task_id);
}

export function unknown(task_id: string): Fault {
  return new Fault('NOT_FOUND', `no workflow has the task_id ${JSON.stringify(task_id.slice(0, 64))}`);
}
