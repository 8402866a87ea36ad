/** Calls as bodies of steps make them, to an outside that does as told. */

import { type Called, type CallRequest, NO_USAGE, type Spent } from '../../src/core/call.ts';
import { Fault } from '../../src/core/errors.ts';
import type { Json } from '../../src/core/json.ts';

/** So many tokens, ten micro-dollars each. */
export function spentOn(tokens: number): Spent {
  return { usage: { ...NO_USAGE, input_tokens: tokens }, microusd: tokens * 10 };
}

/** As said where the vendor counts so many tokens; null where it does not. */
export function answered(output: Json, tokens: number | null = 10): Called {
  return { kind: 'succeeded', output, spent: tokens === null ? null : spentOn(tokens) };
}

export function limited(retryAfterMs: number | null = null): Called {
  const options = retryAfterMs === null ? {} : { retryAfterMs };
  return { kind: 'failed', fault: new Fault('PROVIDER_LIMITED', 'too many requests', options), spent: spentOn(0) };
}

export function refused(): Called {
  return { kind: 'failed', fault: new Fault('PROVIDER_REFUSED', 'no such key'), spent: spentOn(1) };
}

/** A call that may take 100 tokens and says "answer". */
export function callTo(change: Partial<CallRequest> = {}): CallRequest {
  return {
    key: 'turn-1',
    kind: 'model',
    name: 'vendor/model',
    request: { ask: change.key ?? 'turn-1' },
    share: 'research',
    most: { tokens: 100, microusd: 1000 },
    run: async () => answered('answer'),
    ...change,
  };
}
