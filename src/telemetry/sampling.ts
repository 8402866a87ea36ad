/** Which traces are recorded: decided by the trace alone, so that every process decides the same. */

import type { Sampler, Traced } from '../core/telemetry.ts';
import { traceIdOf } from '../core/trace.ts';

const SAMPLED = 1;

export function isSampled(of: Traced, { parent, ratio }: Sampler): boolean {
  if (parent && of.trace !== null) return (Number.parseInt(of.trace.traceparent.slice(53, 55), 16) & SAMPLED) !== 0;
  // The last 56 bits are random in every trace id (W3C Trace Context 2); 48 of them are a number that is exact here.
  return Number.parseInt(traceIdOf(of).slice(-12), 16) / 2 ** 48 < ratio;
}
