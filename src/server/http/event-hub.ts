/**
 * Live events of workflows, for any number of readers. Each workflow that is followed has one hub, which reads every event
 * from the store once and keeps the newest for all. Readers take at their own pace; one that falls behind what is kept reads
 * on from the store. Who writes events only leaves a hint and never waits for anybody.
 */

import type { Clock } from '../../core/clock.ts';
import { toFault } from '../../core/errors.ts';
import type { Orchestrator } from '../../core/views.ts';
import type { Frame } from './event-frames.ts';
import { HubTurns, type Working } from './hub-turns.ts';
import { KeptEvents } from './kept-events.ts';
import { type Followed, Older, page, PAGE } from './older-events.ts';

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

class Hub implements Working {
  readonly #parts: HubParts;
  readonly #turns: HubTurns;
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
  readers = 0;

  constructor(parts: HubParts & { readonly turns: HubTurns }, followed: Followed, head: number) {
    this.#parts = parts;
    this.#turns = parts.turns;
    this.#followed = followed;
    this.#head = head;
    this.#since = parts.clock.now();
  }

  /** Something may have happened. Returns at once; hints that come before a read begins, or during one, are one more read. */
  hint(): void {
    this.#dirty = true;
    if (!this.#reading && !this.#ended) this.#turns.ask(this);
  }

  /** Reads what is new, and wakes whoever waits for it. */
  work(most: number): number {
    if (!this.#dirty || this.#reading || this.#ended) return this.#wakeSome(most);
    // The read counts as one: a thousand hubs of one reader each do not all read in one turn.
    const share = Math.min(most, 1 + this.#waiting.size);
    this.#read(share).catch((thrown: unknown) => this.#parts.failed(thrown));
    // Whoever was to be woken does not wait for a store that is slow, or has nothing new.
    if (this.#unwoken > 0) this.#turns.ask(this);
    return share;
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

  /** One page, and wakes `share` readers: who has more to read or to wake works again in another turn. */
  async #read(share: number): Promise<void> {
    this.#dirty = false;
    this.#reading = true;
    try {
      const { frames, end } = await page(this.#parts, this.#followed, { after: this.#head, limit: PAGE });
      this.#keep(frames);
      this.#tellLag(frames);
      if (end || frames.at(-1)?.last === true) this.#ended = true;
      else if (frames.length === PAGE) this.#dirty = true;
      if (this.#dirty) this.#turns.ask(this);
      if (frames.length === 0 && !this.#ended) return;
      this.#unwoken = this.#waiting.size;
      this.#wakeSome(share);
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
    this.#turns.ask(this);
  }

  #wakeSome(most: number): number {
    let woken = 0;
    for (const changed of this.#waiting) {
      if (this.#unwoken === 0 || woken === most) break;
      woken += 1;
      this.#unwoken -= 1;
      this.#waiting.delete(changed);
      changed();
    }
    // Who stopped waiting was counted.
    if (woken < most) this.#unwoken = 0;
    if (this.#unwoken > 0) this.#turns.ask(this);
    return woken;
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
  readonly #turns = new HubTurns();
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
    const hub = new Hub({ ...this.#parts, turns: this.#turns }, followed, head);
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
