/** What can be said of a workflow before it is ended or deleted. */

import { toFault } from '../../core/errors.ts';
import type { StatusView } from '../../core/views.ts';
import { USER } from '../callers.ts';
import type { Session } from './session.ts';

/** Null where it is damaged: that it cannot be shown keeps nobody from getting rid of it. */
export async function statusUnlessDamaged(
  { orchestrator }: Pick<Session, 'orchestrator'>,
  task_id: string,
): Promise<StatusView | null> {
  try {
    return await orchestrator.status(task_id, USER);
  } catch (thrown) {
    if (toFault(thrown).code !== 'STORE_CORRUPT') throw thrown;
    return null;
  }
}
