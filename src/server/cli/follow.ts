/** Watches a workflow to its end, and lets Ctrl-C stop it. */

import type { StatusView } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { USER } from '../callers.ts';
import type { Display } from './display.ts';
import type { Session } from './session.ts';

/** Longest single wait. Changes end it sooner; this only bounds how long a lost hint goes unnoticed. */
const WAIT_MS = 5000;

interface FollowOptions {
  readonly task_id: string;
  readonly display: Display;
  /** What the first Ctrl-C does: stop the workflow and write up, or only stop watching. */
  readonly interrupt: 'cancel' | 'detach';
}

/** The last view: of the ended workflow, or of the moment the user turned away. The display is stopped whatever happens. */
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
      `Stopping: writing up what there is. Press Ctrl-C again to leave now; \`${session.resumeWords(task_id)}\` then finishes the write-up.`,
    );
    orchestrator.cancel(task_id, USER, { reason: 'interrupted', finalize: false }).catch(failure.reject);
  });
  const watch = async (): Promise<StatusView> => {
    let view = await orchestrator.status(task_id, USER);
    while (!signal.aborted) {
      display.update(view);
      if (isTerminal(view.status)) break;
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
