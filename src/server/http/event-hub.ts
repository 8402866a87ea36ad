/**
 * Live events of workflows, for any number of readers. Each workflow that is followed has one hub, which reads every event
 * from the store once and keeps the newest for all. Readers take at their own pace; one that falls behind what is kept reads
 * on from the store. Who writes events only leaves a hint and never waits for anybody.
 */

import type { Clock } from '../../core/clock.ts';
import { toFault } from '../../core/errors.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { Frame } from './event-frames.ts';
import { KeptEvents } from './kept-events.ts';
import { type Followed, Older, page, PAGE } from './older-events.ts';

/** Readers that are woken in one turn of the event loop, which writes to all of them: others are to be answered in between. */
const WOKEN_A_TURN = 200;
/** After a read that failed; a later hint may also come first. */
const RETRY_MS = 1000;

export interface HubParts {
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly clock: Clock;
  /** Told how old events were when they were read; those from before anybody followed were not late. */
  readonly lag?: ((ms: number) => void) | undefined;
  /** Told what a read failed with; it is tried again. */
  readonly failed: (thrown: unknown) => void;
}

class Hub {
  readonly #parts: HubParts;
  readonly #followed: Followed;
  readonly #kept = new KeptEvents();
  /** Older events that are being read now. */
  readonly #older = new Map<string, Promise<readonly Frame[]>>();
  /** The last event that was read. */
  #head: number;
  readonly #since: number;
  /** Whether no event comes any more: the last was read, or the workflow is gone. */
  #ended = false;
  #dirty = false;
  #reading = false;
  #retry: (() => void) | null = null;
  /** Readers, in the order in which they wait. */
  readonly #waiting = new Set<() => void>();
  /** Of those, how many have to be woken. */
  #unwoken = 0;
  #waking = false;
  readers = 0;

  constructor(parts: HubParts, followed: Followed, head: number) {
    this.#parts = parts;
    this.#followed = followed;
    this.#head = head;
    this.#since = parts.clock.now();
  }

  /** Something may have happened. Returns at once; hints that come during a read are one more read. */
  hint(): void {
    this.#dirty = true;
    if (this.#reading || this.#ended) return;
    this.#reading = true;
    this.#read().catch((thrown: unknown) => this.#parts.failed(thrown));
  }

  /** Whether there is anything behind `after`. */
  isBehind(after: number): boolean {
    return after < this.#head;
  }

  /** The next piece of what is kept behind `after`, the same for all; undefined where older events than the kept ones are asked for. */
  behind(after: number): Frame | undefined {
    return this.#kept.behind(after);
  }

  /** Events that are read for one reader, or for all who ask for the same while it is read. */
  older(): Older {
    return new Older(async (from) => {
      const key = `${from.after} ${from.limit}`;
      const reading = this.#older.get(key);
      if (reading !== undefined) return reading;
      const read = page(this.#parts, this.#followed, from).then(({ frames }) => frames);
      this.#older.set(key, read);
      return read.finally(() => this.#older.delete(key));
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Calls once at the next change. Returns what takes that back. */
  onChange(changed: () => void): () => void {
    this.#waiting.add(changed);
    return () => {
      this.#waiting.delete(changed);
    };
  }

  close(): void {
    this.#ended = true;
    this.#retry?.();
    this.wake();
  }

  async #read(): Promise<void> {
    try {
      while (this.#dirty && !this.#ended) {
        this.#dirty = false;
        const { frames, end } = await page(this.#parts, this.#followed, { after: this.#head, limit: PAGE });
        this.#keep(frames);
        this.#tellLag(frames);
        if (end || frames.at(-1)?.last === true) this.#ended = true;
        else if (frames.length === PAGE) this.#dirty = true;
        if (frames.length > 0 || this.#ended) this.wake();
      }
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.#reading = false;
    }
  }

  #keep(frames: readonly Frame[]): void {
    const last = frames.at(-1);
    if (last === undefined) return;
    this.#kept.keep(frames);
    this.#head = last.seq;
  }

  #tellLag(frames: readonly Frame[]): void {
    const { clock, lag } = this.#parts;
    if (lag === undefined) return;
    const now = clock.now();
    for (const { at } of frames) if (at >= this.#since) lag(now - at);
  }

  #failed(thrown: unknown): void {
    // Deleted or expired while it was followed: there is nothing to wait for.
    if (toFault(thrown).exit === 2) {
      this.close();
      return;
    }
    this.#parts.failed(thrown);
    this.#retry?.();
    this.#retry = this.#parts.clock.after(RETRY_MS, () => this.hint());
  }

  /** Wakes whoever waits now. Who waits again meanwhile stands behind them. */
  wake(): void {
    this.#unwoken = this.#waiting.size;
    if (!this.#waking) this.#wakeSome();
  }

  #wakeSome(): void {
    let left = WOKEN_A_TURN;
    for (const changed of this.#waiting) {
      if (this.#unwoken === 0) break;
      this.#waking = left === 0;
      if (this.#waking) {
        setImmediate(() => this.#wakeSome());
        return;
      }
      left -= 1;
      this.#unwoken -= 1;
      this.#waiting.delete(changed);
      changed();
    }
    this.#waking = false;
  }
}

/** One reader's place in a workflow's events. */
export interface Following {
  /** The next piece. A promise only where the store is read: a thousand readers at once take what is kept. */
  next(): Next | Promise<Next>;
  /** Calls once when `next` is worth calling again. Returns what takes that back. */
  onChange(changed: () => void): () => void;
  leave(): void;
}

/**
 * Events; `none` when nothing new is there yet; `end` when no more will come, or when they cannot be read now: who comes back with
 * the last id misses nothing.
 */
export type Next = Frame | 'none' | 'end';

export class EventHubs {
  readonly #parts: HubParts;
  readonly #hubs = new Map<string, Hub>();
  #unwatch: (() => void) | null = null;

  constructor(parts: HubParts) {
    this.#parts = parts;
  }

  /** Workflows that are followed. */
  get size(): number {
    return this.#hubs.size;
  }

  /** Follows a workflow the caller is known to own, from behind `after`. */
  async follow(followed: Followed, after: number): Promise<Following> {
    const orchestrator = await this.#parts.orchestrator();
    this.#unwatch ??= orchestrator.watch((task_id) => this.#heard(task_id));
    const hub = this.#hubs.get(followed.task_id) ?? this.#open(followed, after);
    hub.readers += 1;
    const older = hub.older();
    let place = after;
    let over = false;
    const taken = (next: Frame | undefined): Next => {
      if (next === undefined) return hub.ended ? 'end' : 'none';
      place = next.seq;
      over = next.last;
      return next;
    };
    const read = (): Promise<Next> =>
      older.read(place).then(taken, (thrown: unknown) => {
        this.#parts.failed(thrown);
        return 'end';
      });
    return {
      next: () => {
        if (over) return 'end';
        const left = older.left();
        if (left !== undefined || !hub.isBehind(place)) return taken(left);
        const kept = hub.behind(place);
        return kept === undefined ? read() : taken(kept);
      },
      onChange: (changed) => {
        // What came between a look that found nothing and this call must not be waited for.
        if (over || hub.ended || hub.isBehind(place)) queueMicrotask(changed);
        return hub.onChange(changed);
      },
      leave: () => this.#left(followed.task_id, hub),
    };
  }

  /** Wakes every reader, to see that the service stops. */
  wake(): void {
    for (const hub of this.#hubs.values()) hub.wake();
  }

  /** Ends every reader's wait. */
  close(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    for (const hub of this.#hubs.values()) hub.close();
    this.#hubs.clear();
  }

  #open(followed: Followed, head: number): Hub {
    const hub = new Hub(this.#parts, followed, head);
    this.#hubs.set(followed.task_id, hub);
    // What happened before the watch was on is read now.
    hub.hint();
    return hub;
  }

  #left(task_id: string, hub: Hub): void {
    hub.readers -= 1;
    if (hub.readers > 0) return;
    hub.close();
    if (this.#hubs.get(task_id) === hub) this.#hubs.delete(task_id);
    if (this.#hubs.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = null;
  }

  #heard(task_id: string | null): void {
    if (task_id !== null) this.#hubs.get(task_id)?.hint();
    else for (const hub of this.#hubs.values()) hub.hint();
  }
}
