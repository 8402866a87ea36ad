/** Whether a provider can be reached at all: one request that nobody can charge for, without a key, and without a retry. */

import type { Clock } from '../../../core/clock.ts';
import { Fault } from '../../../core/errors.ts';
import { brokenBy } from './breaks.ts';
import type { Endpoint } from './faults.ts';
import type { Routes } from './routes.ts';

/** Longest it is waited for. Whoever asks how the service is gives up soon after. */
const REACH_MS = 2500;

/**
 * Any answer will do, a refusal too: what is asked for is only whether somebody is there. Rejects with PROVIDER_UNAVAILABLE,
 * also where the server or a gateway before it says that it does not work.
 */
export async function reach(routes: Pick<Routes, 'request'>, endpoint: Endpoint, clock: Clock): Promise<void> {
  const where = `${endpoint.provider} at ${endpoint.base_url}`;
  const stop = new AbortController();
  const release = clock.after(REACH_MS, () => {
    stop.abort(new Fault('PROVIDER_UNAVAILABLE', `${where} gives no answer within ${REACH_MS / 1000} s`));
  });
  try {
    const { statusCode } = await routes.request(`${endpoint.base_url}/models`, { method: 'GET', signal: stop.signal });
    if (statusCode >= 500) throw new Fault('PROVIDER_UNAVAILABLE', `${where} answers HTTP ${statusCode}`);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw stop.signal.aborted ? stop.signal.reason : brokenBy(endpoint, thrown, 'nothing').fault;
  } finally {
    release();
    // What it answers is not read.
    stop.abort(new Fault('PROVIDER_UNAVAILABLE', 'the exchange is over'));
  }
}
