/** Dates as pages and interfaces state them. */

/** The day of an ISO date or time, in the precision it has: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Null where it states none. */
export function statedDay(stated: string | null | undefined): string | null {
  const match = /^\s*((?:1[5-9]|20)\d\d)(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?(?![\d-])/u.exec(stated ?? '');
  if (match === null) return null;
  const [, year = '', month, day] = match;
  return [year, month, day].filter((part) => part !== undefined).join('-');
}

/** ISO 8601 UTC of an HTTP date, or of `otherwise` (milliseconds) where there is none or it lies after it. */
export function modifiedAt(header: string | undefined, otherwise: number): string {
  const stated = Date.parse(header ?? '');
  return new Date(Number.isNaN(stated) ? otherwise : Math.min(stated, otherwise)).toISOString();
}
