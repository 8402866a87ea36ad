/** Money and tokens on the command line: what was typed about them, and how they are told. */

import { count, digits } from '../../core/amount.ts';
import type { BudgetRequest, BudgetView, Spend } from '../../core/spend.ts';
import type { Session } from './session.ts';

/** The caps that were typed for this call. */
export function typedBudget({ config, options, flags }: Pick<Session, 'config' | 'options' | 'flags'>): BudgetRequest {
  const { budget_usd, max_tokens } = config;
  const { max_minutes } = options;
  return {
    ...(flags.budget_usd === undefined || budget_usd === null ? {} : { max_cost_usd: budget_usd }),
    ...(flags.max_tokens === undefined || max_tokens === null ? {} : { max_tokens }),
    ...(flags.max_minutes === undefined || max_minutes === null ? {} : { max_minutes }),
  };
}

/** `$1.20`; below a cent as many digits as tell it from nothing. */
export function money(usd: number): string {
  return `$${usd === 0 || usd >= 0.01 ? usd.toFixed(2) : usd.toFixed(6).replace(/0+$/, '')}`;
}

/** `$0.12 of $1.00, 12,345 tokens`; empty where no model was asked. */
export function spendWords({ cost_usd, tokens, model_calls, estimated }: Spend, budget?: BudgetView): string {
  if (model_calls === 0) return '';
  const { max_cost_usd, max_tokens } = budget ?? {};
  const spent = cost_usd === null ? 'cost unknown' : money(cost_usd);
  const dollars = max_cost_usd === undefined ? spent : `${spent} of ${money(max_cost_usd)}`;
  const used = max_tokens === undefined ? count(tokens, 'token') : `${digits(tokens)} of ${count(max_tokens, 'token')}`;
  return `${estimated === true ? 'at most ' : ''}${dollars}, ${used}`;
}

/** The caps of a workflow that has any beside its time limit. */
export function budgetWords({ max_cost_usd, max_tokens, max_minutes }: BudgetView): string {
  const caps = [
    ...(max_cost_usd === undefined ? [] : [money(max_cost_usd)]),
    ...(max_tokens === undefined ? [] : [count(max_tokens, 'token')]),
    count(max_minutes, 'minute'),
  ];
  return `at most ${caps.join(', ')}`;
}
