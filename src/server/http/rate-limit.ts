/**
 * Requests of one address, counted before anything is known of who asks: guessing tokens and sending garbage are bounded by
 * it. A bucket of so many requests as a minute brings, filled steadily.
 */

import ipaddr from 'ipaddr.js';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';

const MINUTE_MS = 60_000;
/** Addresses remembered; beyond, the one longest unheard of is forgotten, which gives it a full bucket. */
const MAX_ADDRESSES = 10_000;

interface Bucket {
  left: number;
  at: number;
}

export class RateLimit {
  readonly #perMinute: number;
  readonly #clock: Clock;
  /** The one last heard of is the last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts a request. Throws RATE_LIMITED, with the time until the next one is taken. */
  take(address: string): void {
    const who = neighbourhood(address);
    // Everybody on this machine has this address, and so has everybody behind a proxy on it.
    if (who === null) return;
    const now = this.#clock.now();
    const bucket = this.#buckets.get(who) ?? { left: this.#perMinute, at: now };
    const gained = (Math.max(0, now - bucket.at) / MINUTE_MS) * this.#perMinute;
    bucket.left = Math.min(this.#perMinute, bucket.left + gained);
    bucket.at = now;
    this.#buckets.delete(who);
    this.#buckets.set(who, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest);
    if (bucket.left < 1) {
      const retryAfterMs = ((1 - bucket.left) / this.#perMinute) * MINUTE_MS;
      throw new Fault('RATE_LIMITED', `more than ${this.#perMinute} requests a minute from one address`, {
        retryAfterMs,
      });
    }
    bucket.left -= 1;
  }
}

/** What counts as one: an IPv4 address, or the network of 64 bits that an IPv6 address is a free choice in. Null: this machine. */
function neighbourhood(address: string): string | null {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'loopback') return null;
  return parsed.kind() === 'ipv6' ? parsed.toByteArray().slice(0, 8).join('.') : parsed.toString();
}
