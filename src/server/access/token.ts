/**
 * Tokens: what one looks like, and the hash that is kept of it. A token is 256 random bits, made here and nowhere else, and
 * only what has its form is looked up: so nobody can choose one. There are too many to try, and a hash that is slow to
 * compute, which protects what people choose, would protect nothing here and cost every request.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Scanners for leaked secrets go by it. */
const PREFIX = 'blt_';
const FORM = /^blt_[A-Za-z0-9_-]{43}$/;

export function newToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** Not its whole form: what begins so and is none should be told so, and be tried as nothing else. */
export function isTokenLike(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** SHA-256 of the token, or null where it is none. */
export function hashOfToken(token: string): Buffer | null {
  return FORM.test(token) ? createHash('sha256').update(token).digest() : null;
}

/** The one whose hash this is. Goes through all of them whatever it finds, so that the time it takes tells nothing. */
export function oneWithHash<T extends { readonly hash: Buffer }>(all: readonly T[], hash: Buffer): T | null {
  let found: T | null = null;
  for (const one of all) if (timingSafeEqual(one.hash, hash)) found = one;
  return found;
}
