/**
 * Delivers what is to be delivered, beside the work and never in its way: woken by hints, at the time of the next attempt, and
 * every few seconds in case a hint was lost. Several processes on one file share the messages by lease.
 */

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { BusyLane, ClaimedDelivery, DeliveryLimits, Lane, Store } from '../store/store.ts';
import type { Attempted } from './attempt.ts';

export interface CourierParts {
  readonly deliveries: Store['deliveries'];
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  /** Makes one attempt. */
  readonly attempt: (message: ClaimedDelivery, signal: AbortSignal) => Promise<Attempted>;
  /** This process, as leases name it. */
  readonly holder: string;
  readonly isDead: (holder: string) => boolean;
  /** Longer than any attempt takes. */
  readonly lease_ms: number;
  /** Told of each attempt that has disabled its registration. */
  readonly disabled: (message: ClaimedDelivery) => void;
  readonly log: (message: string, thrown?: unknown) => void;
}

/** No owner can take all places, nor hosts that do not answer, each of which keeps its place for as long as an attempt may last. */
const LIMITS: DeliveryLimits = { in_all: 32, per_owner: 24, per_host: 4, failing: 8 };
/** Lanes remembered as failing. One that is forgotten takes four places once more. */
const MOST_FAILING = 1000;
/** Events come in bursts: one look for all of a burst, and few looks while workflows are busy. */
const GATHER_MS = 50;
const IDLE_MS = 5000;
/** Between pieces of what is removed: everybody else writes meanwhile. */
const SWEEP_MS = 20;

interface UnderWay {
  readonly lane: BusyLane;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

export class Courier {
  readonly #parts: CourierParts;
  readonly #underWay = new Map<string, UnderWay>();
  /** Lanes that gave no answer the last time, the one that was tried longest ago first. */
  readonly #failing = new Map<string, Lane>();
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  /** While a turn is taken: when the next is wanted. */
  #turn: { next: number; done: Promise<void> } | null = null;
  #unsubscribe: (() => void) | null = null;
  #closed = false;

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  serve(): void {
    if (this.#unsubscribe !== null || this.#closed) return;
    this.#unsubscribe = this.#parts.bus.subscribe(null, () => this.#within(GATHER_MS));
    this.#within(0);
  }

  /** There is something new to deliver. */
  wake(): void {
    if (this.#unsubscribe !== null) this.#within(0);
  }

  /** Begins nothing more, breaks off what is under way and gives it back: another process, or a later one, delivers it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#timer?.cancel();
    await this.#turn?.done;
    for (const { stop } of this.#underWay.values()) stop.abort(new Fault('SHUTTING_DOWN', 'the process stops'));
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  /** Takes a turn at most so many milliseconds from now. */
  #within(ms: number): void {
    if (this.#closed) return;
    const at = this.#parts.clock.now() + ms;
    if (this.#turn !== null) {
      this.#turn.next = Math.min(this.#turn.next, at);
      return;
    }
    // A clock that was set back leaves a timer far ahead of what it was set for.
    if (this.#timer !== null && this.#timer.at <= at) return;
    this.#timer?.cancel();
    this.#timer = { at, cancel: this.#parts.clock.after(ms, () => this.#take()) };
  }

  #take(): void {
    this.#timer = null;
    const turn = { next: Infinity, done: Promise.resolve() };
    this.#turn = turn;
    turn.done = this.#turnOver(turn);
  }

  async #turnOver(turn: { readonly next: number }): Promise<void> {
    const next = await this.#deliverDue();
    this.#turn = null;
    this.#within(Math.max(0, Math.min(turn.next, next) - this.#parts.clock.now()));
  }

  /** Resolves to the time of the next turn. */
  async #deliverDue(): Promise<number> {
    const { deliveries, clock, log } = this.#parts;
    const idle = (): number => clock.now() + IDLE_MS;
    try {
      while (!this.#closed && (await deliveries.collect())) continue;
      const next = await this.#claimDue();
      const isMore = !this.#closed && (await deliveries.sweep());
      return Math.min(next === null ? Infinity : Date.parse(next), clock.now() + (isMore ? SWEEP_MS : IDLE_MS));
    } catch (thrown) {
      log('messages to webhooks could not be looked through; it is tried again', thrown);
      return idle();
    }
  }

  /** Begins all that is due and has a place; says when the next falls due that has one. */
  async #claimDue(): Promise<string | null> {
    const { deliveries, holder, lease_ms, isDead } = this.#parts;
    let dead = (await deliveries.holders()).filter(isDead);
    for (;;) {
      if (this.#closed) return null;
      const busy = [...this.#underWay.values()].map(({ lane }) => lane);
      const failing = [...this.#failing.values()];
      const { claimed, next } = await deliveries.claim({ holder, lease_ms, dead, limits: LIMITS, busy, failing });
      for (const message of claimed) this.#begin(message);
      if (claimed.length === 0) return next;
      dead = [];
    }
  }

  #begin(message: ClaimedDelivery): void {
    const { owner, host } = message;
    const { delivery_id, attempt } = message.hold;
    // Where its lease was over a message may be begun again, by way of another process, before its former attempt has ended.
    const key = `${delivery_id} ${attempt}`;
    const stop = new AbortController();
    const done = this.#deliver(message, stop.signal).finally(() => {
      this.#underWay.delete(key);
      this.#within(0);
    });
    this.#underWay.set(key, { lane: { owner, host, delivery_id }, stop, done });
  }

  /** Never rejects: what could not be recorded is free again when its lease is over. */
  async #deliver(message: ClaimedDelivery, signal: AbortSignal): Promise<void> {
    const { deliveries, attempt, log } = this.#parts;
    try {
      const attempted = await attempt(message, signal);
      this.#remember(message, attempted);
      const { disabled } = await deliveries.settle(message.hold, attempted.outcome);
      if (disabled) this.#parts.disabled(message);
    } catch (thrown) {
      log(`what came of ${message.hold.delivery_id} could not be recorded`, thrown);
    }
  }

  #remember({ owner, host }: Lane, { outcome, asked }: Attempted): void {
    if (!asked) return;
    const key = `${host} ${owner}`;
    this.#failing.delete(key);
    if (outcome.kind !== 'failed' || outcome.status !== null) return;
    this.#failing.set(key, { owner, host });
    const [oldest = key] = this.#failing.keys();
    if (this.#failing.size > MOST_FAILING) this.#failing.delete(oldest);
  }
}
