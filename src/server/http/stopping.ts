/** What is told to those who ask while the service stops. */

import { Fault } from '../../core/errors.ts';

/** How long to wait before asking again, milliseconds. */
const COME_BACK_MS = 5000;

export function stopping(): Fault {
  return new Fault('SHUTTING_DOWN', 'the service is stopping', { retryAfterMs: COME_BACK_MS });
}
