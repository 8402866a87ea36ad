/**
 * What keeps us within a provider's limits: one lane for each provider, model and credential. Who waits, waits in the order of
 * coming; a provider that fails again and again is left alone for a while. In memory: each process learns its share by itself.
 */

import type { Clock } from '../../../core/clock.ts';
import { NO_USAGE } from '../../../core/call.ts';
import { Fault, toFault } from '../../../core/errors.ts';
import type { Exchange, LanguageModel } from '../../language-model.ts';
import { type Allowance, allowanceIn } from './allowance.ts';

export interface Rates {
  /** Requests at once, at most; fewer after the provider said that they are too many. */
  readonly concurrency: number;
  /** Null: as the provider's headers say, or no limit. */
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
}

const MINUTE = 60_000;
/** Longest a request waits for a provider that named a time; a longer one is handed back, to be planned for. */
const LONGEST_HOLD = MINUTE;
/** First wait after a refusal that named no time, doubling with each further one up to the last. */
const HOLDS = { first: 1000, last: 30_000 };
/** Failures in a row after which the provider is left alone. */
const TRIPS_AFTER = 5;
/** How long at first, doubling up to the last while trials fail. */
const REST = { first: 15_000, last: 300_000 };

interface Waiting {
  readonly tokens: number;
  readonly admit: (visit: Visit) => void;
  readonly refuse: (fault: Fault) => void;
}

/** What a minute still allows: fills up evenly. */
class Bucket {
  readonly #capacity: number;
  #level: number;
  #at: number;

  constructor(capacity: number, now: number) {
    this.#capacity = capacity;
    this.#level = capacity;
    this.#at = now;
  }

  /** Milliseconds until so much fits. What is larger than all of it fits once it is full. */
  wait(amount: number, now: number): number {
    this.#level = Math.min(this.#capacity, this.#level + ((now - this.#at) * this.#capacity) / MINUTE);
    this.#at = now;
    const missing = Math.min(amount, this.#capacity) - this.#level;
    return missing <= 0 ? 0 : Math.ceil((missing * MINUTE) / this.#capacity);
  }

  take(amount: number): void {
    this.#level -= amount;
  }
}

interface LaneOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly rates: Rates;
  /** Told how long each request waited for its place, milliseconds; also where it got none. */
  readonly waited?: ((ms: number) => void) | undefined;
}

export class Lane {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #waited: ((ms: number) => void) | null;
  readonly #most: number;
  readonly #requests: Bucket | null;
  readonly #tokens: Bucket | null;
  readonly #queue: Waiting[] = [];
  #running = 0;
  /** Grows by less than one with each success, so it is no whole number. */
  #width: number;
  /** When the width was last cut: refusals of requests from before count as the same one. */
  #cut = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #hold = 0;
  #failures = 0;
  #rest = REST.first;
  /** Until when nobody is let through; null where the provider works. */
  #open: number | null = null;
  #trial = false;
  #told: Allowance | null = null;
  #timer: (() => void) | null = null;

  constructor({ name, clock, rates, waited }: LaneOptions) {
    const now = clock.now();
    this.#name = name;
    this.#clock = clock;
    this.#waited = waited ?? null;
    this.#most = rates.concurrency;
    this.#width = rates.concurrency;
    this.#requests = rates.requests_per_minute === null ? null : new Bucket(rates.requests_per_minute, now);
    this.#tokens = rates.tokens_per_minute === null ? null : new Bucket(rates.tokens_per_minute, now);
  }

  /** How many requests may run at once now. */
  get width(): number {
    return Math.floor(this.#width);
  }

  /** Headers of an answer: what is left of the provider's limits. */
  heard(header: (name: string) => string | null): void {
    const now = this.#clock.now();
    const told = allowanceIn(header, now);
    // Some name the time at which all of it is there again, which nobody has to wait for.
    if (told !== null) this.#told = { ...told, until: Math.min(told.until, now + LONGEST_HOLD) };
  }

  /**
   * Waits for a place. Rejects with PROVIDER_UNAVAILABLE while the provider is left alone, with PROVIDER_LIMITED where it wants
   * a longer wait than is sat out here, and with the signal's reason. Whoever was let in has to leave.
   */
  async enter(tokens: number, signal: AbortSignal): Promise<Visit> {
    signal.throwIfAborted();
    const since = this.#clock.now();
    const { promise, resolve, reject } = Promise.withResolvers<Visit>();
    const waiting: Waiting = { tokens, admit: resolve, refuse: reject };
    const abort = (): void => {
      const at = this.#queue.indexOf(waiting);
      if (at < 0) return;
      this.#queue.splice(at, 1);
      reject(signal.reason as Error);
      this.#next();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#queue.push(waiting);
    this.#next();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#waited?.(this.#clock.now() - since);
    }
  }

  /** Gives the place back and learns from how it went; null where it was given up before it ended. */
  leave(visit: Visit, exchange: Exchange | null): void {
    this.#running -= 1;
    if (visit.trial) this.#trial = false;
    if (exchange !== null) this.#learn(visit, exchange);
    this.#next();
  }

  #learn(visit: Visit, exchange: Exchange): void {
    const usage = exchange.kind === 'answered' ? exchange.answer.usage : exchange.usage;
    if (usage !== null) this.#tokens?.take(usage.input_tokens + usage.output_tokens - visit.tokens);
    if (exchange.kind === 'answered') {
      this.#width = Math.min(this.#most, this.#width + 1 / this.#width);
      this.#refusals = 0;
      this.#works();
      return;
    }
    const { code } = exchange.fault;
    if (code === 'PROVIDER_LIMITED') this.#limited(visit, exchange.fault.retryAfterMs);
    else if (code === 'PROVIDER_UNAVAILABLE' || code === 'PROVIDER_PROTOCOL') this.#failed(visit);
    // Any other refusal is an answer: the provider works.
    else this.#works();
  }

  #works(): void {
    this.#failures = 0;
    this.#open = null;
    this.#rest = REST.first;
  }

  #limited(visit: Visit, asked: number | null): void {
    const now = this.#clock.now();
    if (visit.since > this.#cut) {
      this.#width = Math.max(1, Math.floor(this.#width / 2));
      this.#cut = now;
    }
    const own = Math.min(HOLDS.last, HOLDS.first * 2 ** this.#refusals);
    this.#refusals += 1;
    this.#hold = Math.max(this.#hold, now + (asked ?? own));
  }

  #failed(visit: Visit): void {
    this.#failures += 1;
    if (!visit.trial && (this.#open !== null || this.#failures < TRIPS_AFTER)) return;
    this.#open = this.#clock.now() + this.#rest;
    this.#rest = Math.min(REST.last, this.#rest * 2);
  }

  /** Lets in whoever may go now, in order; sets the timer for the first who may not yet. */
  #next(): void {
    this.#timer?.();
    this.#timer = null;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const now = this.#clock.now();
      const refusal = this.#refusal(now);
      if (refusal !== null) {
        for (const each of this.#queue.splice(0)) each.refuse(refusal);
        return;
      }
      if (this.#running >= this.width || (this.#open !== null && this.#trial)) return;
      const wait = this.#wait(head.tokens, now);
      if (wait > 0) {
        this.#timer = this.#clock.after(wait, () => this.#next());
        return;
      }
      this.#queue.shift();
      this.#running += 1;
      this.#requests?.take(1);
      this.#tokens?.take(head.tokens);
      if (this.#told !== null) this.#told = spent(this.#told, head.tokens);
      this.#trial = this.#open !== null;
      head.admit({ tokens: head.tokens, since: now, trial: this.#trial });
    }
  }

  #refusal(now: number): Fault | null {
    if (this.#open !== null && this.#open > now) {
      const message = `${this.#name} failed ${this.#failures} times in a row and is left alone for a while`;
      return new Fault('PROVIDER_UNAVAILABLE', message, { retryAfterMs: this.#open - now });
    }
    if (this.#hold - now <= LONGEST_HOLD) return null;
    const message = `${this.#name} wants no request for another ${Math.ceil((this.#hold - now) / 1000)} s`;
    return new Fault('PROVIDER_LIMITED', message, { retryAfterMs: this.#hold - now });
  }

  #wait(tokens: number, now: number): number {
    const told = this.#told;
    const enough = told === null || ((told.requests ?? 1) >= 1 && (told.tokens ?? tokens) >= tokens);
    return Math.max(
      this.#hold - now,
      this.#requests?.wait(1, now) ?? 0,
      this.#tokens?.wait(tokens, now) ?? 0,
      enough || told === null ? 0 : told.until - now,
    );
  }
}

interface Visit {
  /** As reserved. */
  readonly tokens: number;
  readonly since: number;
  readonly trial: boolean;
}

function spent(told: Allowance, tokens: number): Allowance {
  return {
    ...told,
    requests: told.requests === null ? null : told.requests - 1,
    tokens: told.tokens === null ? null : told.tokens - tokens,
  };
}

/** The model behind its lane: each exchange waits for its place first. */
export function limited(model: LanguageModel, lane: Lane): LanguageModel {
  return {
    ...model,
    async exchange(request, options) {
      const asked = JSON.stringify([request.system, request.messages, request.tools]);
      const tokens = Math.ceil(Buffer.byteLength(asked) / 4);
      let visit: Visit;
      try {
        options.sign?.('queued');
        visit = await lane.enter(tokens, options.signal);
        options.sign?.('heard');
      } catch (thrown) {
        if (!(thrown instanceof Fault) && !options.signal.aborted) throw thrown;
        // Also where it was given up while it waited: it was never sent, so nobody has to count it at the most it could take.
        return { kind: 'failed', fault: toFault(thrown), usage: NO_USAGE };
      }
      let exchange: Exchange | null = null;
      try {
        exchange = await model.exchange(request, options);
        return exchange;
      } finally {
        // Given up, perhaps before it was sent: that says nothing of the provider.
        const unheard = options.signal.aborted && exchange?.kind === 'failed';
        lane.leave(visit, unheard ? null : exchange);
      }
    },
  };
}
