/**
 * Tokens that an authorization server issues (OAuth 2.1): JWTs, proven by its published keys. This service is the resource
 * they must be for; who issues them, and to whom, is not its business.
 */

import { createHash } from 'node:crypto';
import type * as Jose from 'jose';
import type { JWTPayload } from 'jose';
import type { Clock } from '../../core/clock.ts';
import { isOwner } from '../../core/owner.ts';
import { SCOPES, type Scope } from '../scope.ts';
import { IssuerKeys } from './keys.ts';

export interface IssuerSettings {
  /** Value of `iss`, exactly. */
  readonly issuer: string;
  readonly jwks_url: string;
  /** Values of `aud`, one of which the token must have. */
  readonly audiences: readonly string[];
}

export type Proven =
  | {
      readonly kind: 'proven';
      readonly owner: string;
      readonly scopes: ReadonlySet<Scope>;
      /** From when on it is refused, milliseconds since the epoch. */
      readonly until: number;
    }
  /** `why`: for the caller, from a fixed set of sentences; nothing of the token is in it. */
  | { readonly kind: 'refused'; readonly why: string };

/** By a key that only the issuer has. A shared secret, or none at all, would let whoever reads the keys make tokens. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks of two machines differ. */
const TOLERANCE_S = 30;
const MAX_TOKEN = 16_384;

export class IssuedTokens {
  readonly #settings: IssuerSettings;
  readonly #clock: Clock;
  #ready: Promise<{ readonly jose: typeof Jose; readonly keys: IssuerKeys }> | null = null;

  constructor(settings: IssuerSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Throws ACCESS_UNAVAILABLE where the issuer's keys cannot be had. */
  async prove(token: string): Promise<Proven> {
    if (token.length > MAX_TOKEN) return { kind: 'refused', why: 'the token is too long' };
    const { jose, keys } = await (this.#ready ??= this.#load());
    const { issuer, audiences } = this.#settings;
    try {
      const { payload } = await jose.jwtVerify(token, keys.find, {
        issuer,
        audience: [...audiences],
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(this.#clock.now()),
      });
      // The library checks that it is there, not what it is: the number 1 and the text '1' would be one owner, and so would two broken texts.
      const sub: unknown = payload.sub;
      if (typeof sub !== 'string' || sub === '' || !sub.isWellFormed()) {
        return { kind: 'refused', why: 'the token names nobody' };
      }
      const until = Math.ceil((payload.exp ?? 0) + TOLERANCE_S) * 1000;
      return { kind: 'proven', owner: ownerOf(issuer, sub), scopes: scopesOf(payload), until };
    } catch (thrown) {
      if (thrown instanceof jose.errors.JOSEError) return { kind: 'refused', why: reasonOf(thrown) };
      // What the library throws for a key that is published and too weak to prove anything: RSA of 1024 bits.
      if (thrown instanceof TypeError) return { kind: 'refused', why: REFUSED_KEY };
      throw thrown;
    }
  }

  async #load(): Promise<{ readonly jose: typeof Jose; readonly keys: IssuerKeys }> {
    const jose = await import('jose');
    return { jose, keys: new IssuerKeys(this.#settings.jwks_url, this.#clock, jose) };
  }
}

const REFUSED_KEY = 'the token is signed in a way that is not accepted here';

/** By the library's codes: its messages quote claims. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'the token has expired',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "the token is not signed by the issuer's key",
  ERR_JWKS_NO_MATCHING_KEY: "the token is not signed by a key of the issuer's",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "the token does not say which of the issuer's keys it is signed by",
  ERR_JOSE_ALG_NOT_ALLOWED: REFUSED_KEY,
};

function reasonOf(error: { readonly code: string; readonly claim?: unknown }): string {
  if (error.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    if (error.claim === 'aud') return 'the token is for another service';
    if (error.claim === 'iss') return 'the token is from another issuer';
    if (error.claim === 'nbf') return 'the token does not hold yet';
    return 'the token lacks a claim, or has a wrong one';
  }
  return REASONS[error.code] ?? 'the token cannot be read';
}

/**
 * Issuer and subject: two issuers may have the same subject, and no issuer has a `#`, so that no two pairs come to one name. One that
 * is too long, or cannot be printed, is known by its hash.
 */
export function ownerOf(issuer: string, subject: string): string {
  const plain = `${issuer}#${subject}`;
  return isOwner(plain) ? plain : `sub:${createHash('sha256').update(plain).digest('base64url')}`;
}

/** `scope` is a list with blanks (RFC 9068); some issuers write `scp`, as such a list or as an array. What is not ours is left out. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<Scope> {
  const given = new Set(
    [scope, scp].flatMap((claim): readonly unknown[] => {
      if (typeof claim === 'string') return claim.split(' ');
      return Array.isArray(claim) ? claim : [];
    }),
  );
  return new Set(SCOPES.filter((known) => given.has(known)));
}
