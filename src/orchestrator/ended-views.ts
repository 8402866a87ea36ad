/** What was shown of ended workflows. Their rows never change again, so whoever asks again need not read the journal. */

import type { StatusView } from '../core/views.ts';
import { isTerminal } from '../core/workflow.ts';

/** Some kilobytes each. */
const KEPT = 200;

export class EndedViews {
  /** The one last asked for is the last. */
  readonly #views = new Map<string, StatusView>();

  /** What was last kept of it. It holds as long as the workflow has that version: erasure alone changes what has ended, and counts as one. */
  get(task_id: string): StatusView | undefined {
    const view = this.#views.get(task_id);
    if (view !== undefined) this.keep(view);
    return view;
  }

  /** If it shows the end. */
  keep(view: StatusView): void {
    if (!isTerminal(view.status)) return;
    this.#views.delete(view.task_id);
    this.#views.set(view.task_id, view);
    if (this.#views.size <= KEPT) return;
    for (const oldest of this.#views.keys()) {
      this.#views.delete(oldest);
      return;
    }
  }
}
