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
    this.#standing.add(standing);
    gone.addEventListener('abort', () => this.#gone(standing), { once: true });
    if (!this.#asking) this.#arm(this.#leftOf(standing));
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

  /** Until it is asked about: when its credential ends, and half a minute at the most. */
  #leftOf({ principal: { until = Infinity } }: Standing): number {
    return Math.min(ASK_MS, Math.max(0, until - this.#parts.clock.now()));
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
    this.#asking = true;
    this.#ask()
      .catch((err: unknown) => this.#parts.log.warn({ err }, 'open streams could not be asked about'))
      .finally(() => {
        this.#asking = false;
        const left = [...this.#standing].map((standing) => this.#leftOf(standing));
        if (left.length > 0) this.#arm(left.reduce((least, ms) => Math.min(least, ms)));
      });
  }

  async #ask(): Promise<void> {
    for (const [at, standing] of [...this.#standing].entries()) {
      if (at % ASKED_A_TURN === ASKED_A_TURN - 1) await setImmediate();
      if (await this.#holds(standing)) continue;
      this.#standing.delete(standing);
      standing.lapsed.abort();
    }
  }

  /** Whether it would be let in. Where nobody can tell, what was let in stays until its credential has its end. */
  async #holds({ request, principal, scope }: Standing): Promise<boolean> {
    const { access, clock, log } = this.#parts;
    if (principal.until !== undefined && clock.now() >= principal.until) return false;
    try {
      const found = await access.authenticate(request);
      return !('refused' in found) && found.owner === principal.owner && found.scopes.has(scope);
    } catch (err) {
      log.warn({ err }, 'whether a stream may stay open could not be found out');
      return true;
    }
  }
}
