/**
 * Tells one client that resources it watches have changed. The orchestrator's hints say when to look; a look says whether
 * there is anything to tell. Nothing is opened or watched until somebody subscribes, and nothing outlives the connection.
 */

import { setImmediate } from 'node:timers/promises';
import { toFault } from '../../core/errors.ts';
import type { Caller, Orchestrator, StatusView } from '../../core/views.ts';
import type { Defect } from './protocol-error.ts';
import { WORKFLOWS_LISTED } from './resources.ts';
import { WatchedUris } from './watched-uris.ts';

/** Between two looks: a few notifications a second for each URI, however many events there are. */
const GAP_MS = 300;
/** Looks after which others have their turn: a look at what is cached never leaves the thread by itself. */
const LOOKS_A_TURN = 50;

export interface Interest {
  readonly uris: readonly string[];
  /** Whether to tell that the list of resources has changed. */
  readonly list: boolean;
}

export interface ChangeFeedParts {
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly caller: Caller;
  readonly updated: (uri: string) => Promise<void>;
  readonly listChanged: () => Promise<void>;
  readonly defect: Defect;
}

/** What was last told of a workflow. Before the first look: when the subscription began. */
type Seen = { readonly since: string } | { readonly version: number; readonly status: string };

export class ChangeFeed {
  readonly #parts: ChangeFeedParts;
  readonly #interests = new Map<string | number, Interest>();
  readonly #watched = new WatchedUris();
  readonly #seen = new Map<string, Seen>();
  #listed: string | null = null;
  /** Workflows to look at; `all` after a hint that names none. */
  #dirty = new Set<string>();
  #all = false;
  #watching: Promise<() => void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: ChangeFeedParts) {
    this.#parts = parts;
  }

  /** Resolves once every later change will be told. `key` is the subscription's own; a second one replaces the first. */
  async add(key: string | number, interest: Interest): Promise<void> {
    if (this.#closed) return;
    const tasks = this.#watched.add(interest.uris);
    if (tasks.size === 0 && !interest.list) return;
    // After that: what both of them name has been watched all the time.
    this.#release(key);
    this.#interests.set(key, interest);
    const since = new Date().toISOString();
    for (const task_id of tasks) {
      if (!this.#seen.has(task_id)) this.#seen.set(task_id, { since });
      this.#dirty.add(task_id);
    }
    await (this.#watching ??= this.#watch());
    await this.#look();
  }

  remove(key: string | number): void {
    this.#release(key);
    if (this.#interests.size === 0) this.#stop();
  }

  close(): void {
    this.#closed = true;
    this.#interests.clear();
    this.#watched.clear();
    this.#seen.clear();
    this.#stop();
  }

  #release(key: string | number): void {
    const left = this.#watched.remove(this.#interests.get(key)?.uris ?? []);
    this.#interests.delete(key);
    for (const task_id of left) {
      this.#seen.delete(task_id);
      this.#dirty.delete(task_id);
    }
  }

  async #watch(): Promise<() => void> {
    try {
      return (await this.#parts.orchestrator()).watch((task_id) => this.#heard(task_id));
    } catch (thrown) {
      // The next subscription asks again: the lock may be gone by then.
      this.#watching = null;
      throw thrown;
    }
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dirty.clear();
    this.#listed = null;
    // Ended when it is on, also where it is only being opened.
    const watching = this.#watching;
    this.#watching = null;
    watching?.then((unwatch) => unwatch()).catch((thrown: Error) => this.#parts.defect(thrown));
  }

  #heard(task_id: string | null): void {
    if (task_id === null) this.#all = true;
    else if (this.#seen.has(task_id)) this.#dirty.add(task_id);
    else if (!this.#wantsList()) return;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        this.#look().catch((thrown: Error) => this.#parts.defect(thrown));
      },
      Math.max(0, this.#lookedAt + GAP_MS - performance.now()),
    );
  }

  /** One look at a time: two would tell the same change twice. */
  #look(): Promise<void> {
    this.#lookedAt = performance.now();
    const earlier = this.#looking;
    this.#looking = (async () => {
      // Whoever asked for the earlier look is told how it failed.
      await earlier.catch(() => undefined);
      await this.#lookNow();
    })();
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const dirty = this.#all ? [...this.#seen.keys()] : [...this.#dirty];
    this.#dirty = new Set(dirty);
    this.#all = false;
    if (this.#interests.size === 0) return;
    const orchestrator = await this.#parts.orchestrator();
    for (const [at, task_id] of dirty.entries()) {
      if (at % LOOKS_A_TURN === LOOKS_A_TURN - 1) await setImmediate();
      // Before the look: a hint that comes during it counts for the next one.
      this.#dirty.delete(task_id);
      try {
        await this.#lookAt(orchestrator, task_id);
      } catch (thrown) {
        // Made up for with the next hint, as are those that were not looked at.
        this.#dirty.add(task_id);
        throw thrown;
      }
    }
    if (this.#wantsList()) await this.#lookAtList(orchestrator);
  }

  async #lookAt(orchestrator: Orchestrator, task_id: string): Promise<void> {
    const seen = this.#seen.get(task_id);
    if (seen === undefined) return;
    const view = await this.#read(orchestrator, task_id);
    // Unsubscribed meanwhile.
    if (!this.#seen.has(task_id)) return;
    const news = compared(seen, view);
    if (view === null) this.#seen.delete(task_id);
    else this.#seen.set(task_id, { version: view.version, status: view.status });
    for (const uri of this.#watched.changed(task_id, news)) await this.#parts.updated(uri);
  }

  /** Null when the workflow is not there any more, which is a change as well. */
  async #read(orchestrator: Orchestrator, task_id: string): Promise<StatusView | null> {
    try {
      return await orchestrator.status(task_id, this.#parts.caller);
    } catch (thrown) {
      if (toFault(thrown).exit === 2) return null;
      throw thrown;
    }
  }

  async #lookAtList(orchestrator: Orchestrator): Promise<void> {
    const { workflows } = await orchestrator.list(this.#parts.caller, { limit: WORKFLOWS_LISTED });
    const listed = workflows.map(({ task_id, completeness }) => `${task_id} ${completeness === null}`).join('\n');
    const before = this.#listed;
    this.#listed = listed;
    if (before !== null && before !== listed && this.#wantsList()) await this.#parts.listChanged();
  }

  #wantsList(): boolean {
    return [...this.#interests.values()].some(({ list }) => list);
  }
}

/** Whether a workflow has moved, and whether it did so into another status: results and documents come with the end. */
function compared(seen: Seen, view: StatusView | null): { readonly moved: boolean; readonly ended: boolean } {
  // What was there and is not any more has changed; what never was has not.
  if (view === null) return { moved: 'version' in seen, ended: 'version' in seen };
  if ('version' in seen) return { moved: view.version !== seen.version, ended: view.status !== seen.status };
  // The first look. What happened since the subscription began, and before anybody watched, would otherwise be lost.
  const last = view.completed_at ?? view.recent_events.at(-1)?.timestamp ?? view.created_at;
  return { moved: last >= seen.since, ended: (view.completed_at ?? '') >= seen.since };
}
