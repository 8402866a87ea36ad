/** How workflows stand: one look at the store for each, and for one that was seen to have ended no more than whether it is there. */

import type { Clock } from '../core/clock.ts';
import { isTaskId } from '../core/ids.ts';
import type { Caller, StatusView } from '../core/views.ts';
import { isTerminal } from '../core/workflow.ts';
import type { Engine } from '../engine/engine.ts';
import { SHOWN } from '../research/research.ts';
import type { Store } from '../store/store.ts';
import { find, unknown } from './access.ts';
import { EndedViews } from './ended-views.ts';
import { EVENTS, statusView } from './status-view.ts';

export interface StatusParts {
  readonly store: Pick<Store, 'workflows'>;
  readonly engine: Pick<Engine, 'heldUp'>;
  readonly clock: Clock;
}

export class Statuses {
  readonly #parts: StatusParts;
  readonly #ended = new EndedViews();

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  /** Throws as `find` does. */
  async of(task_id: string, caller: Caller): Promise<StatusView> {
    const kept = this.#ended.get(task_id);
    if (kept !== undefined) {
      const { version } = await find(this.#parts.store, task_id, caller);
      if (version === kept.version) return kept;
    }
    const view = await this.#look(task_id, caller);
    this.#ended.keep(view);
    return view;
  }

  async #look(task_id: string, caller: Caller): Promise<StatusView> {
    const { store, engine, clock } = this.#parts;
    const asked = { task_id, owner: caller.owner, ...SHOWN, events: EVENTS };
    const standing = isTaskId(task_id) ? await store.workflows.standing(asked) : null;
    if (standing === null) {
      // Says why there is nothing to see.
      await find(store, task_id, caller);
      throw unknown(task_id);
    }
    const { spending, ...seen } = standing;
    const held_up = isTerminal(seen.workflow.status) ? null : (engine.heldUp(task_id)?.toRecord() ?? null);
    return statusView({ ...seen, sums: spending, held_up, now: clock.now() });
  }
}
