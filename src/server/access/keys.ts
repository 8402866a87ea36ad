/** The keys of an authorization server: fetched when they are needed, kept for a while, fetched anew for one that is new. */

import type * as Jose from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';

const FETCH_MS = 5000;
/** Fetched anew after so long; where that fails, the old ones hold for an hour: an issuer that restarts locks nobody out. */
const FRESH_MS = 600_000;
const STALE_MS = 3_600_000;
/** Between two fetches, whatever tokens come in: after one that worked, and after one that failed. */
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
  #fetching: Promise<void> | null = null;

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
      if (!(thrown instanceof this.#jose.errors.JWKSNoMatchingKey)) throw thrown;
      const newer = await this.#known(known);
      if (newer === known) throw thrown;
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

  /** What holds; `than`: newer than these, where it is time to ask again. */
  async #known(than: Fetched | null = null): Promise<Fetched> {
    const age = this.#age();
    const wanted = age >= FRESH_MS || than === this.#fetched;
    const allowed = this.#clock.now() >= this.#notBefore;
    if (this.#fetching === null && wanted && allowed) {
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = null;
      });
    }
    const failure = await this.#fetching?.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (this.#fetched === null || this.#age() >= STALE_MS)
      throw unavailable(failure ?? 'they were asked for a moment ago');
    return this.#fetched;
  }

  /** A clock that was set back makes nothing fresh. */
  #age(): number {
    return this.#fetched === null ? Infinity : Math.abs(this.#clock.now() - this.#fetched.at);
  }

  async #fetch(): Promise<void> {
    this.#notBefore = this.#clock.now() + FAILED_MS;
    // A redirect could lead from what was configured to anywhere.
    const response = await fetch(this.#url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS) });
    if (response.status !== 200) throw unavailable(`it answers ${response.status}`);
    const find = this.#jose.createLocalJWKSet(JSON.parse(await bounded(response)));
    const at = this.#clock.now();
    this.#fetched = { find, at };
    this.#notBefore = at + AGAIN_MS;
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
