/** How long a server asks to wait. */

/** Milliseconds of a Retry-After header, in seconds or as a date; null where it is in neither form. */
export function retryAfter(header: string | undefined, now: number): number | null {
  const said = (header ?? '').trim();
  if (/^\d{1,9}$/u.test(said)) return Number(said) * 1000;
  const date = said === '' ? Number.NaN : Date.parse(said);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
