/** `orchestrator://patterns`: what a caller chooses between. Fixed, so that reading it opens nothing. */

import { ORCHESTRATOR_TYPES, PATTERNS } from '../../core/patterns.ts';

export function patternsText(): string {
  const patterns = ORCHESTRATOR_TYPES.map((name) => {
    const { summary, when, roles } = PATTERNS[name];
    return { name, summary, when, roles };
  });
  return JSON.stringify({ patterns, chosen_with: 'orchestrator_type of orchestrate_research' });
}

/** For schemas: each pattern in a few words. */
export const PATTERN_WORDS: string = ORCHESTRATOR_TYPES.map((name) => `${name}: ${PATTERNS[name].brief}`).join('. ');
