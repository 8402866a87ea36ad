/**
 * Requests of those who were let in, until they are answered to the end: how many each owner has, and whether what stays open
 * would still be let in. A stream can be open for days, and a token that was revoked meanwhile must not be told anything.
 */

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { LOCAL_OWNER } from '../../core/owner.ts';
import type { Scope } from '../scope.ts';
import type { Access, Principal } from './access.ts';

/** So long at most is a stream open that would not be let in any more. */
const ASK_MS = 30_000;
/** Asked about in one go: a credential that is known leaves the thread by itself at no time. */
const ASKED_A_TURN = 50;
/** Asked about at once: one that takes long to look up does not keep all others from being asked about. */
const ASKED_AT_ONCE = 8;
/** How long to wait before asking again where an owner has too many. */
const COME_BACK_MS = 5000;

export interface OwnedRequestsParts {
  readonly access: Access;
  readonly clock: Clock;
  /** Open requests of one owner, but for the machine's user. */
  readonly most: number;
  readonly log: { warn(fields: object, message: string): void };
}

/** A request and why it was let in. */
export interface LetIn {
  readonly request: Request;
  readonly principal: Principal;
  readonly scope: Scope;
  /** Aborted when it is answered, or the client gone. */
  readonly gone: AbortSignal;
}

interface Standing extends LetIn {
  readonly lapsed: AbortController;
}

export class OwnedRequests {
  readonly #parts: OwnedRequestsParts;
  /** Open requests of each owner that has any. */
  readonly #counts = new Map<string, number>();
  readonly #standing = new Set<Standing>();
  /** The one timer there is, while anything stands. */
  #armed: { readonly at: number; readonly stop: () => void } | null = null;
  #asking = false;
  /** When all that stands was last asked about, or began to stand. */
  #askedAt = 0;

  constructor(parts: OwnedRequestsParts) {
    this.#parts = parts;
  }

  /** Counts a request until it is gone. Throws TOO_MANY_OPEN. */
  enter(owner: string, gone: AbortSignal): void {
    if (owner === LOCAL_OWNER || gone.aborted) return;
    const count = this.#counts.get(owner) ?? 0;
    const { most } = this.#parts;
    if (count >= most) {
      throw new Fault('TOO_MANY_OPEN', `you have ${most} requests open, which is as many as one owner may`, {
        retryAfterMs: COME_BACK_MS,
      });
    }
    this.#counts.set(owner, count + 1);
    gone.addEventListener('abort', () => this.#leave(owner), { once: true });
  }

  /** Aborted once the request would not be let in any more: by the end its credential has, else half a minute later at most. */
  lapsed(letIn: LetIn): AbortSignal {
    const standing = { ...letIn, lapsed: new AbortController() };
    const { signal } = standing.lapsed;
    const { gone } = letIn;
    // Whoever reaches the loopback address may, as long as it can be reached.
    if (!this.#parts.access.configured || gone.aborted) return signal;
    if (this.#standing.size === 0) this.#askedAt = this.#parts.clock.now();
    this.#standing.add(standing);
    gone.addEventListener('abort', () => this.#gone(standing), { once: true });
    this.#arm(Math.min(this.#leftOf(standing), this.#leftToAsk()));
    return signal;
  }

  #leave(owner: string): void {
    const count = this.#counts.get(owner) ?? 0;
    if (count > 1) this.#counts.set(owner, count - 1);
    else this.#counts.delete(owner);
  }

  #gone(standing: Standing): void {
    this.#standing.delete(standing);
    if (this.#standing.size > 0) return;
    this.#armed?.stop();
    this.#armed = null;
  }

  /** Until its credential ends, but half a minute at the most. */
  #leftOf({ principal: { until = Infinity } }: Standing): number {
    return Math.min(ASK_MS, Math.max(0, until - this.#parts.clock.now()));
  }

  /** Until all that stands is asked about; half a minute while it is. */
  #leftToAsk(): number {
    const since = this.#parts.clock.now() - this.#askedAt;
    // Before that: the clock was set back, and what was armed for has passed all the same.
    return this.#asking ? ASK_MS : since < 0 ? 0 : Math.max(0, ASK_MS - since);
  }

  /** Sees to it that the timer fires in `ms` at the latest. */
  #arm(ms: number): void {
    const { clock } = this.#parts;
    const at = clock.now() + ms;
    if (this.#armed !== null && this.#armed.at <= at) return;
    this.#armed?.stop();
    this.#armed = { at, stop: clock.after(ms, () => this.#fired()) };
  }

  #fired(): void {
    this.#armed = null;
    // Whether or not anybody can be asked now.
    for (const standing of this.#standing) if (this.#leftOf(standing) === 0) this.#lapse(standing);
    if (this.#standing.size > 0 && this.#leftToAsk() === 0) this.#ask();
    this.#armNext();
  }

  #armNext(): void {
    if (this.#standing.size === 0) return;
    let least = this.#leftToAsk();
    for (const standing of this.#standing) least = Math.min(least, this.#leftOf(standing));
    this.#arm(least);
  }

  #ask(): void {
    this.#asking = true;
    const asked = [...this.#standing].entries();
    Promise.all(Array.from({ length: ASKED_AT_ONCE }, () => this.#askEach(asked)))
      .catch((err: unknown) => this.#parts.log.warn({ err }, 'open streams could not be asked about'))
      .finally(() => {
        this.#asking = false;
        this.#askedAt = this.#parts.clock.now();
        this.#armNext();
      });
  }

  async #askEach(asked: Iterable<readonly [number, Standing]>): Promise<void> {
    for (const [at, standing] of asked) {
      if (at % ASKED_A_TURN === ASKED_A_TURN - 1) await setImmediate();
      // Meanwhile it may have gone, or its credential ended.
      if (this.#standing.has(standing) && !(await this.#holds(standing))) this.#lapse(standing);
    }
  }

  #lapse(standing: Standing): void {
    this.#standing.delete(standing);
    standing.lapsed.abort();
  }

  /** Whether it would be let in. Where nobody can tell, what was let in stays until its credential ends. */
  async #holds({ request, principal, scope }: Standing): Promise<boolean> {
    const { access, log } = this.#parts;
    try {
      const found = await access.authenticate(request);
      return !('refused' in found) && found.owner === principal.owner && found.scopes.has(scope);
    } catch (err) {
      log.warn({ err }, 'whether a stream may stay open could not be found out');
      return true;
    }
  }
}
