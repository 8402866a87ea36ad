/** One answer for all who ask for the same while it is fetched, and for a while after. */

import type { Clock } from '../../../core/clock.ts';

export interface SharedOptions<T> {
  readonly clock: Clock;
  readonly kept_ms: number;
  /** What is kept in all, by the weight of each; the oldest go first. */
  readonly most_weight: number;
  readonly weigh: (value: T) => number;
}

interface Entry<T> {
  readonly made: Promise<T>;
  readonly stop: AbortController;
  askers: number;
  until: number;
  weight: number;
}

export class Shared<T> {
  readonly #options: SharedOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: SharedOptions<T>) {
    this.#options = options;
  }

  /**
   * The value under a key, made once. What fails is not kept. Making it is given up when nobody waits for it any more; one who
   * stops waiting is told so at once and takes nothing from the others.
   */
  async get(key: string, make: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const entry = this.#live(key) ?? this.#begin(key, make);
    entry.askers += 1;
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([entry.made, gone.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      entry.askers -= 1;
      if (entry.askers === 0 && entry.until === Infinity) this.#giveUp(key, entry, signal.reason);
    }
  }

  #live(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until > this.#options.clock.now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  #begin(key: string, make: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const stop = new AbortController();
    const entry: Entry<T> = { made: make(stop.signal), stop, askers: 0, until: Infinity, weight: 0 };
    this.#entries.set(key, entry);
    void this.#settle(key, entry);
    return entry;
  }

  async #settle(key: string, entry: Entry<T>): Promise<void> {
    try {
      entry.weight = this.#options.weigh(await entry.made);
    } catch {
      // Whoever asked is told by the promise itself.
      this.#forget(key, entry);
      return;
    }
    entry.until = this.#options.clock.now() + this.#options.kept_ms;
    this.#trim();
  }

  #giveUp(key: string, entry: Entry<T>, reason: unknown): void {
    this.#forget(key, entry);
    entry.stop.abort(reason);
  }

  #forget(key: string, entry: Entry<T>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #trim(): void {
    let weight = 0;
    for (const entry of this.#entries.values()) weight += entry.weight;
    for (const [key, entry] of this.#entries) {
      if (weight <= this.#options.most_weight) return;
      if (entry.until === Infinity) continue;
      weight -= entry.weight;
      this.#entries.delete(key);
    }
  }
}
