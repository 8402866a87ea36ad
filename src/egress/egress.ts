/**
 * What every request to an address that somebody else chose has to heed: which addresses may be reached at all, how long a
 * server asks to wait, and why a connection came to nothing. Pages that agents fetch and webhooks go out under the same rule.
 */

export { type Guard, openGuard } from './guard.ts';
export { retryAfter } from './retry-after.ts';
export { troubleCode, troubleWords } from './trouble.ts';
