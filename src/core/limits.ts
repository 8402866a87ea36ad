/** Limits of the public contract (DESIGN A3), the same over every edge. */

/** Characters of a task or a context. */
export const MAX_TASK = 20_000;
/** Agents of one workflow that a caller may ask for. */
export const MAX_AGENTS = 32;

/** Characters as people and JSON Schema count them: code points, not UTF-16 units. */
export function characters(text: string): number {
  return Array.from(text).length;
}

/** What get_result shows when the caller does not say. */
export const DEFAULT_MAX_CHARS = 20_000;
export const DEFAULT_DETAIL = 'report';
