/** Watches a workflow to its end, or to where a person is asked, and lets Ctrl-C stop it. */

import { Fault } from '../../core/errors.ts';
import type { StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import type { Display } from './display.ts';
import { awaitsApproval } from './plan-view.ts';
import type { Session } from './session.ts';

/** Longest single wait. Changes end it sooner; this only bounds how long a lost hint goes unnoticed. */
const WAIT_MS = 5000;
/**
 * How long a command waits for a store that takes nothing, a full disk above all. What is in flight was paid for, and room
 * may soon be made; but whoever started the command must get an answer some time.
 */
const PATIENCE_MS = 120_000;

interface FollowOptions {
  readonly task_id: string;
  readonly display: Display;
  /** What the first Ctrl-C does: stop the workflow and write up, or only stop watching. */
  readonly interrupt: 'cancel' | 'detach';
}

/** Works on an open workflow here if nobody else does. One that waits for a person needs nobody. */
export async function takeUp({ orchestrator }: Session, view: StatusView): Promise<void> {
  if (!isTerminal(view.status) && !awaitsApproval(view)) await orchestrator.resume(view.task_id, USER);
}

/** Looks at each view of a workflow; throws what holds it up once that has lasted too long. */
export function patience({ terminal, typed }: Session): (view: StatusView) => void {
  let since: number | null = null;
  return ({ task_id, status, error }) => {
    if (error === undefined || isTerminal(status)) {
      since = null;
      return;
    }
    since ??= terminal.now();
    if (terminal.now() - since < PATIENCE_MS) return;
    throw new Fault(error.code, `${error.message}, for ${PATIENCE_MS / 1000} s now; ${task_id} is kept as recorded`, {
      hint: `${error.hint} Then carry on with: ${typed(`resume ${task_id}`)}`,
    });
  };
}

/**
 * The last view: of the ended workflow, of the plan that waits for approval, or of the moment the user turned away. The
 * display is stopped whatever happens.
 */
export async function follow(session: Session, { task_id, display, interrupt }: FollowOptions): Promise<StatusView> {
  const { orchestrator } = session;
  const detached = new AbortController();
  const signal = AbortSignal.any([session.left, detached.signal]);
  const failure = Promise.withResolvers<never>();
  session.working(task_id);
  session.left.addEventListener('abort', () => display.stop(), { once: true });
  session.onStop(() => {
    if (interrupt === 'detach') {
      detached.abort();
      return;
    }
    display.note(
      `Stopping: writing up what there is; \`${session.typed(`resume ${task_id}`)}\` goes on with it later. Press Ctrl-C again to leave now.`,
    );
    orchestrator.cancel(task_id, USER, { reason: 'Ctrl-C', finalize: false }).catch(failure.reject);
  });
  const watch = async (): Promise<StatusView> => {
    const bear = patience(session);
    let view = await orchestrator.status(task_id, USER);
    while (!signal.aborted) {
      display.update(view);
      if (isTerminal(view.status) || awaitsApproval(view)) break;
      bear(view);
      view = await orchestrator.status(task_id, USER, { wait_ms: WAIT_MS, since_version: view.version, signal });
    }
    return view;
  };
  try {
    return await Promise.race([watch(), failure.promise]);
  } finally {
    session.onStop(null);
    display.stop();
  }
}
