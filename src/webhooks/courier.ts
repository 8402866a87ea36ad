/**
 * Delivers what is to be delivered, beside the work and never in its way: woken by hints, at the time of the next attempt, and
 * every few seconds in case a hint was lost. Several processes on one file share the messages by lease.
 */

import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { ClaimedDelivery, DeliveryOutcome, Store } from '../store/store.ts';

export interface CourierParts {
  readonly deliveries: Store['deliveries'];
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly clock: Clock;
  /** Makes one attempt. */
  readonly attempt: (message: ClaimedDelivery, signal: AbortSignal) => Promise<DeliveryOutcome>;
  /** This process, as leases name it. */
  readonly holder: string;
  readonly isDead: (holder: string) => boolean;
  /** Longer than any attempt takes. */
  readonly lease_ms: number;
  readonly log: (message: string, thrown?: unknown) => void;
}

const MOST_AT_ONCE = 16;
const MOST_PER_HOST = 4;
/** Events come in bursts: one look for all of a burst, and few looks while workflows are busy. */
const GATHER_MS = 50;
const IDLE_MS = 5000;

interface UnderWay {
  readonly host: string;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

export class Courier {
  readonly #parts: CourierParts;
  readonly #underWay = new Map<string, UnderWay>();
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
      return next === null ? idle() : Math.min(Date.parse(next), idle());
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
      const limit = MOST_AT_ONCE - this.#underWay.size;
      const busy = this.#busy();
      const { claimed, next } = await deliveries.claim({
        holder,
        lease_ms,
        dead,
        limit,
        per_host: MOST_PER_HOST,
        busy,
      });
      for (const message of claimed) this.#begin(message);
      if (claimed.length === 0) return next;
      dead = [];
    }
  }

  #busy(): ReadonlyMap<string, number> {
    const busy = new Map<string, number>();
    for (const { host } of this.#underWay.values()) busy.set(host, (busy.get(host) ?? 0) + 1);
    return busy;
  }

  #begin(message: ClaimedDelivery): void {
    const { delivery_id } = message.hold;
    const stop = new AbortController();
    const done = this.#deliver(message, stop.signal).finally(() => {
      this.#underWay.delete(delivery_id);
      this.#within(0);
    });
    this.#underWay.set(delivery_id, { host: message.host, stop, done });
  }

  /** Never rejects: what could not be recorded is free again when its lease is over. */
  async #deliver(message: ClaimedDelivery, signal: AbortSignal): Promise<void> {
    const { deliveries, attempt, log } = this.#parts;
    try {
      await deliveries.settle(message.hold, await attempt(message, signal));
    } catch (thrown) {
      log(`what came of ${message.hold.delivery_id} could not be recorded`, thrown);
    }
  }
}
