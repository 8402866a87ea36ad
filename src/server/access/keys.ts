/** The keys of an authorization server: fetched when they are needed, kept for a while, fetched anew for one that is new. */

import type * as Jose from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
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
      if (newer === null || newer === known) throw thrown instanceof Fault ? this.#unavailable(thrown.cause) : thrown;
      return this.#in(newer, header, token);
    }
  };

  async #in({ find }: Fetched, ...asked: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    try {
      return await find(...asked);
    } catch (thrown) {
      // What is published under the name of the key is none.
      throw thrown instanceof this.#jose.errors.JOSEError ? thrown : this.#unavailable(thrown);
    }
  }

  /** What holds, at once: an issuer that hangs makes nobody wait whose key is at hand. What is not fresh is fetched beside the work. */
  async #known(): Promise<Fetched> {
    const fetching = this.#age() >= FRESH_MS ? this.#fetchNow() : null;
    if (this.#fetched !== null && this.#age() < STALE_MS) return this.#fetched;
    const failure = await fetching;
    if (this.#fetched === null || this.#age() >= STALE_MS) {
      throw this.#unavailable(failure ?? new Unusable('they were asked for a moment ago'));
    }
    return this.#fetched;
  }

  /** The fetch under way, or a new one where it is time for one. Comes to why it failed, and never rejects. */
  async #fetchNow(): Promise<unknown> {
    if (this.#fetching === null && this.#pause() === 0) {
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

  /** Until the next fetch may begin, milliseconds. */
  #pause(): number {
    const pause = this.#notBefore - this.#clock.now();
    // None is longer: the clock was set back, and would let nobody in until it has caught up.
    return pause > AGAIN_MS ? 0 : Math.max(0, pause);
  }

  /** Whoever comes back is to find keys that were looked for since, not the end of a pause. */
  #unavailable(cause: unknown): Fault {
    const retryAfterMs = Math.max(1000, this.#pause());
    const reason = cause instanceof Unusable ? `: ${cause.message}` : '';
    return new Fault('ACCESS_UNAVAILABLE', `the keys of the authorization server cannot be had${reason}`, {
      cause,
      hint: `Try again in ${Math.ceil(retryAfterMs / 1000)} s. Whoever runs the service: see that it reaches BELTALOWDA_OAUTH_JWKS_URL.`,
      retryAfterMs,
    });
  }

  /** A clock that was set back makes nothing fresh. */
  #age(): number {
    return this.#fetched === null ? Infinity : Math.abs(this.#clock.now() - this.#fetched.at);
  }

  async #fetch(): Promise<void> {
    const find = this.#jose.createLocalJWKSet(await fetchKeys(this.#url));
    this.#fetched = { find, at: this.#clock.now() };
  }
}

/** What is told of an answer that is no set of keys; nothing of it is quoted. */
class Unusable extends Error {}

/** What is published there, of whatever form. Rejects with why it cannot be had, in words that quote nothing. */
export async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  const refuse = (why: string) => (cause: unknown) => {
    throw cause instanceof Unusable ? cause : new Unusable(why, { cause });
  };
  // A redirect could lead from what was configured to anywhere.
  const asked = fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
  const response = await asked.catch(refuse('it cannot be reached'));
  if (response.status !== 200) throw new Unusable(`it answers ${response.status}`);
  const text = await bounded(response).catch(refuse('its answer breaks off'));
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Unusable('it answers no JSON', { cause: thrown });
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Unusable('it answers more than a set of keys');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
