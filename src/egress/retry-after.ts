/** How long a server asks to wait. */

import { LONGEST_WAIT_MS } from '../core/retry.ts';

/** Milliseconds of a Retry-After header, in seconds or as a date, LONGEST_WAIT_MS at most; null where it is in neither form. */
export function retryAfter(header: string | undefined, now: number): number | null {
  const said = (header ?? '').trim();
  if (/^\d+$/u.test(said)) return Math.min(Number(said) * 1000, LONGEST_WAIT_MS);
  const date = said === '' ? Number.NaN : Date.parse(said);
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - now), LONGEST_WAIT_MS);
}
