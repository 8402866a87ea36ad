/** What can be said of a workflow before it is ended or deleted. */

import { toFault } from '../../core/errors.ts';
import type { StatusView } from '../../core/views.ts';
import { USER } from '../callers.ts';
import type { Session } from './session.ts';

/** Null where it is damaged: that it cannot be shown keeps nobody from getting rid of it. */
export function statusUnlessDamaged(
  { orchestrator }: Pick<Session, 'orchestrator'>,
  task_id: string,
): Promise<StatusView | null> {
  return unlessDamaged(orchestrator.status(task_id, USER));
}

/** Whether the result of one that is damaged can be read: where its steps alone are, it can. */
export async function hasResult({ orchestrator }: Pick<Session, 'orchestrator'>, task_id: string): Promise<boolean> {
  return (await unlessDamaged(orchestrator.result(task_id, USER))) !== null;
}

async function unlessDamaged<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (thrown) {
    if (toFault(thrown).code !== 'STORE_CORRUPT') throw thrown;
    return null;
  }
}
