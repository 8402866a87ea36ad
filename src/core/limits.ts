/** Limits of the public contract (DESIGN A3), the same over every edge. */

/** Characters of a task or a context. */
export const MAX_TASK = 20_000;
/** Agents of one workflow that a caller may ask for. */
export const MAX_AGENTS = 32;

/** Agents of a plan at most where the caller does not say how many. */
export const USUAL_AGENTS = 8;

/** Steps of a sequence; branches to choose between, and objectives of one; rounds, and how many unless told. */
export const MAX_STEPS = 12;
export const MAX_BRANCHES = 8;
export const MAX_OBJECTIVES = 8;
export const MAX_ROUNDS = 8;
export const DEFAULT_ROUNDS = 3;
/** Queries of one subtask; the first is the main one. */
export const MAX_QUERIES = 20;
/** Characters of what names something: a title, a key, a model, a section. */
export const MAX_NAME = 200;
/** Characters of the reason for a cancel. */
export const MAX_REASON = 1000;
/** Characters of a full-text query. */
export const MAX_QUERY = 500;
/** Longest cursor accepted. Longer than any that was given out. */
export const MAX_CURSOR = 1000;

/** Workflows on a page of a list: unless told, and at most. */
export const DEFAULT_PAGE = 20;
export const MAX_PAGE = 100;

/** What a budget may say: dollars in whole micro-dollars, tokens, minutes. */
export const BUDGET_RANGES = {
  max_cost_usd: { least: 0.01, most: 100_000 },
  max_tokens: { least: 1000, most: 1_000_000_000 },
  max_minutes: { least: 1, most: 10_080 },
} as const;

/** Characters as people and JSON Schema count them: code points, not UTF-16 units. */
export function characters(text: string): number {
  return Array.from(text).length;
}

/** What get_result shows when the caller does not say. */
export const DEFAULT_MAX_CHARS = 20_000;
export const DEFAULT_DETAIL = 'report';
