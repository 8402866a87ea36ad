/** One decider for every pattern: where a test is about the engine, it does not matter which. */

import { ORCHESTRATOR_TYPES } from '../../src/core/patterns.ts';
import type { Decide } from '../../src/core/step.ts';
import type { Definition } from '../../src/engine/engine.ts';

export function everyPattern(decide: Decide): Definition['decide'] {
  return Object.fromEntries(ORCHESTRATOR_TYPES.map((name) => [name, decide])) as Record<
    (typeof ORCHESTRATOR_TYPES)[number],
    Decide
  >;
}
