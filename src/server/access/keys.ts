/** The keys of an authorization server: fetched when they are needed, kept for a while, fetched anew for one that is new. */

import type * as Jose from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';

const FETCH_MS = 5000;
/** Fetched anew after so long; where that fails, the old ones hold for an hour: an issuer that restarts locks nobody out. */
const FRESH_MS = 600_000;
const STALE_MS = 3_600_000;
/** Between two fetches, whatever tokens come in: after one that worked, and after the first of those that failed, then twice as long. */
const AGAIN_MS = 30_000;
const FAILED_MS = 5000;
const MAX_BYTES = 1024 * 1024;

interface Fetched {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

export class IssuerKeys {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #jose: typeof Jose;
  #fetched: Fetched | null = null;
  /** No fetch before. */
  #notBefore = Number.NEGATIVE_INFINITY;
  /** In a row. */
  #failures = 0;
  /** Why it failed; null: it did not. */
  #fetching: Promise<unknown> | null = null;

  constructor(url: string, clock: Clock, jose: typeof Jose) {
    this.#url = url;
    this.#clock = clock;
    this.#jose = jose;
  }

  /** The key of a token, by its header. Throws ACCESS_UNAVAILABLE where none are known, and what jose throws where none fits. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const known = await this.#known();
    try {
      return await this.#in(known, header, token);
    } catch (thrown) {
      if (!(thrown instanceof this.#jose.errors.JWKSNoMatchingKey) && !(thrown instanceof Fault)) throw thrown;
      if (this.#fetched === known) await this.#fetchNow();
      const newer = this.#fetched;
      if (newer === null || newer === known) throw thrown;
      return this.#in(newer, header, token);
    }
  };

  async #in({ find }: Fetched, ...asked: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    try {
      return await find(...asked);
    } catch (thrown) {
      // What is published under the name of the key is none.
      throw thrown instanceof this.#jose.errors.JOSEError ? thrown : unavailable(thrown);
    }
  }

  /** What holds, at once: an issuer that hangs makes nobody wait whose key is at hand. What is not fresh is fetched beside the work. */
  async #known(): Promise<Fetched> {
    const fetching = this.#age() >= FRESH_MS ? this.#fetchNow() : null;
    if (this.#fetched !== null && this.#age() < STALE_MS) return this.#fetched;
    const failure = await fetching;
    if (this.#fetched === null || this.#age() >= STALE_MS) {
      throw unavailable(failure ?? 'they were asked for a moment ago');
    }
    return this.#fetched;
  }

  /** The fetch under way, or a new one where it is time for one. Comes to why it failed, and never rejects. */
  async #fetchNow(): Promise<unknown> {
    const pause = this.#notBefore - this.#clock.now();
    // None is longer: the clock was set back, and would let nobody in until it has caught up.
    if (this.#fetching === null && (pause <= 0 || pause > AGAIN_MS)) {
      this.#fetching = this.#fetch().then(
        () => this.#ended(null),
        (thrown: unknown) => this.#ended(thrown),
      );
    }
    return this.#fetching;
  }

  /** Pauses begin here: a fetch that takes its whole time would be over when its pause is. */
  #ended(failure: unknown): unknown {
    this.#fetching = null;
    this.#failures = failure === null ? 0 : this.#failures + 1;
    const pause = failure === null ? AGAIN_MS : Math.min(AGAIN_MS, FAILED_MS * 2 ** (this.#failures - 1));
    this.#notBefore = this.#clock.now() + pause;
    return failure;
  }

  /** A clock that was set back makes nothing fresh. */
  #age(): number {
    return this.#fetched === null ? Infinity : Math.abs(this.#clock.now() - this.#fetched.at);
  }

  async #fetch(): Promise<void> {
    // A redirect could lead from what was configured to anywhere.
    const response = await fetch(this.#url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
    if (response.status !== 200) throw unavailable(`it answers ${response.status}`);
    const find = this.#jose.createLocalJWKSet(JSON.parse(await bounded(response)));
    this.#fetched = { find, at: this.#clock.now() };
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw unavailable('it answers more than a set of keys');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unavailable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const reason = typeof cause === 'string' ? `: ${cause}` : '';
  const message = `the keys of the authorization server cannot be had${reason}`;
  return new Fault('ACCESS_UNAVAILABLE', message, { cause, retryAfterMs: FAILED_MS });
}
