/** What a broken connection means: whether anything can have been charged for, and how it is told. */

import { Fault } from '../../../core/errors.ts';
import type { Endpoint } from './faults.ts';

/** How far an exchange came before it failed: what it may have cost follows from that. */
export type Reached = 'nothing' | 'sent' | 'refused' | 'streaming';

/** Errors before anything was sent: nobody can have charged for it. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_CONN',
  'UND_ERR_PRX_TLS',
  // Of a tunnel that is not made in time: requests themselves have no such limit.
  'UND_ERR_HEADERS_TIMEOUT',
]);
/** What undici says where a proxy passes nothing on. */
const PROXY_REFUSES = /^Proxy (?:response|Authentication Required) \((?<status>\d+)\)/;

export function brokenBy(
  endpoint: Endpoint,
  thrown: unknown,
  reached: Reached,
): { readonly fault: Fault; readonly unsent: boolean } {
  const code = codeOf(thrown);
  const status = thrown instanceof Error ? PROXY_REFUSES.exec(thrown.message)?.groups?.['status'] : undefined;
  const unsent =
    reached === 'nothing' &&
    (status !== undefined || UNSENT.has(code) || /^(?:ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code));
  const where = `${endpoint.provider} at ${endpoint.base_url}`;
  const why = status === undefined ? code : `the proxy of the environment answers HTTP ${status}`;
  const message =
    reached === 'streaming'
      ? `${where} broke off in the middle of its answer (${code})`
      : unsent
        ? `${where} cannot be reached (${why})`
        : `${where} closed the connection without an answer (${code})`;
  return { fault: new Fault('PROVIDER_UNAVAILABLE', message, { cause: thrown }), unsent };
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof Error ? thrown.name : 'unknown';
}
