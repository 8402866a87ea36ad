/** Whether two agents would look for the same. */

import type { Subtask } from '../../core/plan.ts';
import { stems } from '../../core/words.ts';

/** Objectives this close in words are one; aspects of one question share many of theirs. */
const SAME_OBJECTIVE = 0.8;

type Aim = Pick<Subtask, 'objective' | 'queries' | 'domain'>;

export function overlaps(a: Aim, b: Aim): boolean {
  if (a.domain !== b.domain) return false;
  const [query, other] = [a.queries[0], b.queries[0]];
  if (query !== undefined && other !== undefined && likeness(query, other) === 1) return true;
  return likeness(a.objective, b.objective) >= SAME_OBJECTIVE;
}

/** Words both have among the words any of them has: 0 to 1. */
function likeness(a: string, b: string): number {
  const [own, other] = [new Set(stems(a)), new Set(stems(b))];
  const all = new Set([...own, ...other]).size;
  return all === 0 ? 1 : [...own].filter((stem) => other.has(stem)).length / all;
}
