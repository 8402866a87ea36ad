/**
 * Live events of workflows, for any number of readers. Each workflow that is followed has one hub, which reads every event
 * from the store once and keeps the newest for all. Readers take at their own pace; one that falls behind what is kept reads
 * on from the store. Who writes events only leaves a hint and never waits for anybody.
 */

import type { Clock } from '../../core/clock.ts';
import { toFault } from '../../core/errors.ts';
import type { Caller, Orchestrator } from '../../core/views.ts';
import { isTerminal } from '../../core/workflow.ts';
import { type Frame, frameOf, joined } from './event-frames.ts';

/** Events a hub keeps: what a reader may be behind without a read of its own. */
const KEPT = 512;
/** Events of one read of the store. */
const PAGE = 500;
/** Places in a history of which a hub keeps what comes next, joined. Readers that come back in a crowd are at the same few. */
const PLACES = 16;
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

interface Followed {
  readonly task_id: string;
  /** The owner's; all readers of a workflow have the same. */
  readonly caller: Caller;
}

/** A page of events behind `after`, from the store. `end`: no more will come. */
async function page(
  { orchestrator }: Pick<HubParts, 'orchestrator'>,
  { task_id, caller }: Followed,
  after: number,
): Promise<{ readonly frames: readonly Frame[]; readonly end: boolean }> {
  const { events, status } = await (await orchestrator()).events(task_id, caller, { after, limit: PAGE });
  return { frames: events.map(frameOf), end: isTerminal(status) && events.length < PAGE };
}

class Hub {
  readonly #parts: HubParts;
  readonly #followed: Followed;
  /** The newest events, in order and without a gap; the last one is `#head`. */
  #kept: Frame[] = [];
  /** What is kept behind a place, joined, by the place; until more is kept. */
  readonly #next = new Map<number, readonly Frame[]>();
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

  /** What is kept behind `after`; null where older events than the kept ones are asked for. */
  behind(after: number): readonly Frame[] | null {
    if (after >= this.#head) return [];
    const known = this.#next.get(after);
    if (known !== undefined) return known;
    const first = this.#kept[0];
    if (first === undefined || first.seq > after + 1) return null;
    const next = joined(this.#kept.slice(after + 1 - first.seq));
    if (this.#next.size === PLACES) this.#next.clear();
    this.#next.set(after, next);
    return next;
  }

  async older(after: number): Promise<readonly Frame[]> {
    return joined((await page(this.#parts, this.#followed, after)).frames);
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
        const { frames, end } = await page(this.#parts, this.#followed, this.#head);
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
    this.#kept = [...this.#kept, ...frames].slice(-KEPT);
    this.#next.clear();
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
  /**
   * The next events, at most some hundred; none when nothing new is there yet. Null when no more will come, or when they
   * cannot be read now: who comes back with the last id misses nothing. A promise only where the store is read: a thousand
   * readers at once take what is kept.
   */
  next(): Next | Promise<Next>;
  /** Calls once when `next` is worth calling again. Returns what takes that back. */
  onChange(changed: () => void): () => void;
  leave(): void;
}

type Next = readonly Frame[] | null;

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
    let place = after;
    let over = false;
    const taken = (frames: readonly Frame[]): Next => {
      const last = frames.at(-1);
      if (last === undefined) return hub.ended ? null : [];
      place = last.seq;
      over = last.last;
      return frames;
    };
    const older = (): Promise<Next> =>
      hub.older(place).then(taken, (thrown: unknown) => {
        this.#parts.failed(thrown);
        return null;
      });
    return {
      next: () => {
        if (over) return null;
        const kept = hub.behind(place);
        return kept === null ? older() : taken(kept);
      },
      onChange: (changed) => {
        // What came between a look that found nothing and this call must not be waited for.
        if (over || hub.ended || hub.behind(place)?.length !== 0) queueMicrotask(changed);
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
