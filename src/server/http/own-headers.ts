/** Headers that every answer has. */

import { randomUUID } from 'node:crypto';

/** A page that has to be more than an answer says its own policy. */
const SECURITY: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export function ownHeaders(headers: Headers, request_id: string): void {
  for (const [name, value] of Object.entries(SECURITY)) if (!headers.has(name)) headers.set(name, value);
  headers.set('X-Request-Id', request_id);
  // Whether it stays is for Node to say, which keeps to it: the SDK says so to those as well who asked for its end and wait for it.
  headers.delete('Connection');
}

/** The caller's own, so that it is found in both logs; one of ours where it is no plain word. */
export function requestId(given: string | undefined): string {
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : `req_${randomUUID()}`;
}
