/** Errors as problem details (RFC 9457), with the catalogue's code, hint and whether the same request can succeed later. */

import { CATALOGUE, type Fault } from '../../core/errors.ts';
import { STATUS_OF } from './statuses.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The answer to a request that failed. */
export function problem(fault: Fault, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, headers: own, body } = problemParts(fault);
  return new Response(body, { status, headers: { ...own, ...headers } });
}

export interface ProblemParts {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Two requests that fail in the same way get the same bytes: which of them it was stands in the header X-Request-Id only. */
export function problemParts(fault: Fault): ProblemParts {
  const { code, message, hint, retryable, retryAfterMs } = fault;
  const status = STATUS_OF[code];
  const body = {
    // Names the kind of problem; nothing is to be fetched there.
    type: `urn:beltalowda:error:${code}`,
    title: CATALOGUE[code].meaning,
    status,
    detail: message,
    code,
    hint,
    retryable,
  };
  const waits = retryAfterMs === null ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
  return { status, headers: { 'Content-Type': PROBLEM_TYPE, ...waits }, body: JSON.stringify(body) };
}
