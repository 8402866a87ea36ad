/**
 * Uploads a file to Tidepool in parts. Part of the JavaScript client 4.1.
 */

/** Parts are 16 MiB unless told otherwise. */
export const DEFAULT_PART_BYTES = 16 * 1024 * 1024;

/** How many parts travel at the same time. */
export const DEFAULT_CONCURRENCY = 6;

/** A request that has not been answered by then is given up and tried again. */
export const REQUEST_TIMEOUT_MS = 45_000;

/** A part is tried at most this often before the upload fails. */
export const MAX_ATTEMPTS = 7;

/** The first pause between two attempts; it doubles each time, with jitter, up to MAX_PAUSE_MS. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 20_000;

export interface UploadOptions {
  readonly partBytes?: number;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/** Pause before the given attempt, in milliseconds; `random` is in [0, 1). */
export function pauseBefore(attempt: number, random: number): number {
  const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  // Full jitter: clients that failed together must not come back together.
  return Math.floor(random * longest);
}

/** Whether trying again can help. 408, 429 and all 5xx can; every other 4xx is the caller's mistake. */
export function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Bounds of each part of a file of that size, the last one shorter. */
export function partsOf(bytes: number, partBytes: number = DEFAULT_PART_BYTES): { start: number; end: number }[] {
  const parts: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes; start += partBytes) parts.push({ start, end: Math.min(bytes, start + partBytes) });
  return parts;
}
