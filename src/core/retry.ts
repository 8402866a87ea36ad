/** When a failed step or call is tried again. Pure: the random part is an input, so a schedule can be asserted. */

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Wait before the second attempt, milliseconds; doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export const STEP_RETRY: RetryPolicy = { attempts: 3, baseMs: 1000, maxMs: 30_000 };
/** Within one attempt of a step: what is limited or down for some seconds costs no step. */
export const CALL_RETRY: RetryPolicy = { attempts: 5, baseMs: 1000, maxMs: 30_000 };

/** No server's word makes anybody wait longer, milliseconds: what asks for more is a mistake, and some words are no times at all. */
export const LONGEST_WAIT_MS = 86_400_000;

/**
 * Milliseconds to wait after `failures` failed attempts, or null when no attempt is left.
 * Exponential with full jitter over the upper half, so that agents that failed together do not return together; a
 * server's Retry-After is a floor that jitter never undercuts, up to LONGEST_WAIT_MS.
 * @param failures attempts that failed so far, at least 1
 * @param random in [0, 1)
 */
export function retryDelay(
  policy: RetryPolicy,
  failures: number,
  options: { readonly random: number; readonly retryAfterMs: number | null },
): number | null {
  if (failures >= policy.attempts) return null;
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** (failures - 1));
  const backoff = ceiling / 2 + (ceiling / 2) * options.random;
  return Math.round(Math.max(backoff, Math.min(options.retryAfterMs ?? 0, LONGEST_WAIT_MS)));
}
