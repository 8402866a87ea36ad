/** What is shown of ended workflows. Their rows never change again, so many who look at one cost one look at the journal. */

import type { StatusView } from '../core/views.ts';
import { isTerminal, type Workflow } from '../core/workflow.ts';

/** Some kilobytes each. */
const KEPT = 200;

export class EndedViews {
  /** The one last asked for is the last. */
  readonly #views = new Map<string, StatusView>();

  /** The view of a workflow as it was read just now: the kept one, or what `make` makes, which is kept if it shows the end. */
  async of(workflow: Workflow, make: () => Promise<StatusView>): Promise<StatusView> {
    const { task_id, status, version } = workflow;
    const known = this.#views.get(task_id);
    this.#views.delete(task_id);
    // Erasure alone changes what has ended, and it counts as a version.
    const view = known !== undefined && known.version === version ? known : await make();
    if (isTerminal(status)) this.#keep(view);
    return view;
  }

  #keep(view: StatusView): void {
    this.#views.set(view.task_id, view);
    if (this.#views.size <= KEPT) return;
    for (const oldest of this.#views.keys()) {
      this.#views.delete(oldest);
      return;
    }
  }
}
