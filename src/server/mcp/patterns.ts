/** `orchestrator://patterns`: what a caller chooses between. Fixed, so that reading it opens nothing. */

import { ORCHESTRATOR_TYPES, type OrchestratorType, PATTERNS, PLAIN_PATTERNS } from '../../core/patterns.ts';

export function patternsText(): string {
  const patterns = ORCHESTRATOR_TYPES.map((name) => {
    const { summary, when, roles, takes } = PATTERNS[name];
    return { name, summary, when, roles, takes };
  });
  return JSON.stringify({ patterns, chosen_with: 'orchestrator_type of orchestrate_research' });
}

/** For schemas: each pattern in a few words. */
export const PATTERN_WORDS: string = inWords(ORCHESTRATOR_TYPES);
/** The same for those that need nothing but a question. */
export const PLAIN_WORDS: string = inWords(PLAIN_PATTERNS);

function inWords(patterns: readonly OrchestratorType[]): string {
  return patterns.map((name) => `${name}: ${PATTERNS[name].brief}`).join('. ');
}
