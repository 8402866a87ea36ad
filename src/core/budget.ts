/**
 * Budgets: a cap over a whole workflow, and how its parts share it. A call is made only when the most it can take fits under
 * the cap of its share together with all that is spent and all that is reserved, so the cap cannot be passed.
 */

import type { Amount } from './call.ts';

/** What calls are for, in the order in which a workflow comes to them. */
export const SHARES = ['plan', 'research', 'merge', 'check', 'write'] as const;
export type Share = (typeof SHARES)[number];

/** Null: no limit. Money in micro-dollars. */
export interface Budget {
  readonly max_microusd: number | null;
  readonly max_tokens: number | null;
}

export const NO_BUDGET: Budget = { max_microusd: null, max_tokens: null };

/**
 * Up to which part of the cap all spending may have come once a call of this share is made. About 5 % is for the plan, which
 * may take more of a small cap; the agents leave 35 % for what comes after them, and the last 15 % are Camina's alone.
 */
const CEILING: Readonly<Record<Share, number>> = { plan: 0.2, research: 0.65, merge: 0.75, check: 0.85, write: 1 };

/** Share of the cap at which a workflow warns. */
export const WARNING = 0.8;

/** What a workflow has spent, and what is kept free for its calls under way. Unknown prices count as nothing. */
export interface Ledger {
  readonly spent: { readonly tokens: number; readonly microusd: number };
  readonly reserved: { readonly tokens: number; readonly microusd: number };
}

export type Judgement =
  | { readonly kind: 'granted' }
  /** What is under way may turn out to leave enough: ask again once a call has settled. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'exhausted'; readonly limit: 'tokens' | 'money' };

export function judge(
  budget: Budget,
  ledger: Ledger,
  call: { readonly share: Share; readonly most: Amount },
): Judgement {
  const { share, most } = call;
  const limits = [
    { limit: 'tokens', cap: budget.max_tokens, most: most.tokens, of: 'tokens' },
    { limit: 'money', cap: budget.max_microusd, most: most.microusd ?? 0, of: 'microusd' },
  ] as const;
  let busy = false;
  for (const { limit, cap, most: needed, of } of limits) {
    if (cap === null) continue;
    const ceiling = Math.floor(cap * CEILING[share]);
    if (ledger.spent[of] + needed > ceiling) return { kind: 'exhausted', limit };
    if (ledger.spent[of] + ledger.reserved[of] + needed > ceiling) busy = true;
  }
  return busy ? { kind: 'busy' } : { kind: 'granted' };
}

/** Whether spending has come to the warning level of any cap. */
export function warns(budget: Budget, spent: Ledger['spent']): boolean {
  const reached = (cap: number | null, value: number): boolean => cap !== null && value >= cap * WARNING;
  return reached(budget.max_tokens, spent.tokens) || reached(budget.max_microusd, spent.microusd);
}
