/** Time, as everything above the store sees it: injected, so that tests move it by hand and never sleep. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once, at least `ms` from now, unless the returned function is called first. Never keeps the process alive. */
  after(ms: number, fire: () => void): () => void;
}

/** ISO 8601 UTC with milliseconds, the one form in which times are stored and shown. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
