/**
 * Budgets: a cap over a whole workflow, and how its parts share it. A call is made only when the most it can take fits under
 * the cap of its share together with all that is spent and all that is reserved, so the cap cannot be passed.
 */

/** What something costs or may cost. Money is whole micro-dollars (10⁻⁶ USD), null where no price is known. */
export interface Amount {
  readonly tokens: number;
  readonly microusd: number | null;
}

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
 * Up to how many hundredths of the cap all spending may have come once a call of this share is made. About 5 % is for the
 * plan, which may take more of a small cap; the agents leave 35 % for what comes after them, and the last 15 % are Camina's
 * alone. Hundredths, because 0.57 of 100 would come to 56.
 */
const CEILING: Readonly<Record<Share, number>> = { plan: 20, research: 65, merge: 75, check: 85, write: 100 };

/** Hundredths of the cap that a plan usually takes. */
const PLAN_PART = 5;

/** Hundredths of the cap at which a workflow warns. */
const WARNING = 80;

/** What a workflow has spent, and what is kept free for its calls under way. Unknown prices count as nothing. */
export interface Ledger {
  readonly spent: { readonly tokens: number; readonly microusd: number };
  readonly reserved: { readonly tokens: number; readonly microusd: number };
}

/** What a budget limits. */
export type Limit = 'tokens' | 'money';

export type Judgement =
  | { readonly kind: 'granted' }
  /** What is under way may turn out to leave enough: ask again once a call has settled. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'exhausted'; readonly limit: Limit }
  /** Money is limited, and nobody knows what the call can cost. */
  | { readonly kind: 'unpriced' };

/** Up to where of this cap all spending may come with a call of this share; whole tokens or micro-dollars. */
export function ceilingOf(cap: number, share: Share): number {
  return Math.floor((cap * CEILING[share]) / 100);
}

/**
 * How many agents of which each usually takes so much, and at most so much, the caps carry; null where there is no cap. What is
 * usual has to fit into the agents' part for all of them. What is kept free beyond that is given back as each call settles, so
 * there has to be room for it once; an agent's last note may find that in the part of merging and checking, too.
 */
export function carries(budget: Budget, each: { readonly usual: Amount; readonly most: Amount }): number | null {
  const { usual, most } = each;
  const limits = [
    { cap: budget.max_tokens, usually: usual.tokens, needed: most.tokens },
    { cap: budget.max_microusd, usually: usual.microusd ?? 0, needed: most.microusd ?? 0 },
  ].flatMap(({ cap, usually, needed }) => {
    if (cap === null || usually === 0) return [];
    const plan = (cap * PLAN_PART) / 100;
    const own = ceilingOf(cap, 'research') - plan;
    const spare = ceilingOf(cap, 'check') - plan - needed;
    return [spare < 0 ? 0 : Math.min(Math.floor(own / usually), 1 + Math.floor(spare / usually))];
  });
  return limits.length === 0 ? null : Math.min(...limits);
}

/** A call that can take nothing is always granted: what is spent already is no reason against it. */
export function judge(
  budget: Budget,
  ledger: Ledger,
  call: { readonly share: Share; readonly most: Amount },
): Judgement {
  const { share, most } = call;
  // Not refused, such a call would pass any cap: its bill counts as nothing, too.
  if (budget.max_microusd !== null && most.microusd === null) return { kind: 'unpriced' };
  const limits = [
    { limit: 'tokens', cap: budget.max_tokens, most: most.tokens, of: 'tokens' },
    { limit: 'money', cap: budget.max_microusd, most: most.microusd ?? 0, of: 'microusd' },
  ] as const;
  let busy = false;
  for (const { limit, cap, most: needed, of } of limits) {
    if (cap === null || needed === 0) continue;
    const ceiling = ceilingOf(cap, share);
    if (ledger.spent[of] + needed > ceiling) return { kind: 'exhausted', limit };
    if (ledger.spent[of] + ledger.reserved[of] + needed > ceiling) busy = true;
  }
  return busy ? { kind: 'busy' } : { kind: 'granted' };
}

/** Whether spending has come to the warning level of any cap. */
export function warns(budget: Budget, spent: Ledger['spent']): boolean {
  return near(budget.max_tokens, spent.tokens) || near(budget.max_microusd, spent.microusd);
}

function near(cap: number | null, spent: number): boolean {
  return cap !== null && spent > 0 && spent * 100 >= cap * WARNING;
}
