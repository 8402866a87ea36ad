/** Who may see what: a workflow for its owner, and for nobody else a sign that it exists. */

import { Fault, toFault } from '../core/errors.ts';
import { isTaskId } from '../core/ids.ts';
import type { Caller } from '../core/views.ts';
import type { Workflow } from '../core/workflow.ts';
import type { Store } from '../store/store.ts';

/**
 * The workflow, if it is the caller's. Unknown, malformed and foreign ids cannot be told apart: NOT_FOUND. One's own that was
 * erased says so, and when: EXPIRED or DELETED.
 */
export async function find(store: Pick<Store, 'workflows'>, task_id: string, caller: Caller): Promise<Workflow> {
  const workflow = isTaskId(task_id) ? await readable(store, task_id, caller) : null;
  if (workflow?.owner === caller.owner) return workflow;
  const tombstone = isTaskId(task_id) && workflow === null ? await store.workflows.tombstone(task_id) : null;
  if (tombstone === null || tombstone.owner !== caller.owner) throw unknown(task_id);
  const { kind, created_at, reason } = tombstone;
  const how = kind === 'expired' ? 'expired' : 'was deleted';
  throw new Fault(kind === 'expired' ? 'EXPIRED' : 'DELETED', `${task_id} ${how} on ${created_at} (${reason})`);
}

/**
 * The same, of what it takes to end or delete a workflow or to show what lies beside its row, and no more: a row that is damaged
 * elsewhere must not stay because nobody can read it, nor keep a report from being read.
 */
export async function findListed(
  store: Pick<Store, 'workflows'>,
  task_id: string,
  caller: Caller,
): Promise<Pick<Workflow, 'status'>> {
  const listed = isTaskId(task_id) ? await store.workflows.listed(task_id) : null;
  return listed?.owner === caller.owner ? listed : find(store, task_id, caller);
}

/** Whether the id is, or was, the caller's. Throws NOT_FOUND when not. */
export async function findErasedToo(store: Pick<Store, 'workflows'>, task_id: string, caller: Caller): Promise<void> {
  const known = isTaskId(task_id)
    ? ((await readable(store, task_id, caller)) ?? (await store.workflows.tombstone(task_id)))
    : null;
  if (known?.owner !== caller.owner) throw unknown(task_id);
}

/** That a row is damaged is told to its owner only: whoever else asks would hear that it exists. */
async function readable(store: Pick<Store, 'workflows'>, task_id: string, caller: Caller): Promise<Workflow | null> {
  try {
    return await store.workflows.get(task_id);
  } catch (thrown) {
    const owner =
      toFault(thrown).code === 'STORE_CORRUPT' ? (await store.workflows.listed(task_id))?.owner : caller.owner;
    if (owner !== caller.owner) throw unknown(task_id);
    throw thrown;
  }
}

export function unknown(task_id: string): Fault {
  return new Fault('NOT_FOUND', `no workflow has the task_id ${JSON.stringify(task_id.slice(0, 64))}`);
}
