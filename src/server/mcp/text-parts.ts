/** What the texts of all tools are put together from. */

import { count } from '../../core/amount.ts';
import type { BudgetView } from '../../core/spend.ts';

/** A wait that stays below the 60 s after which most clients give a call up. */
const NEXT_WAIT_SECONDS = 45;
/** The whole task may be 20,000 characters; its author knows it. */
const TASK_CLIP = 200;

export type Line = string | null | undefined | false;

export function lines(...parts: readonly (Line | readonly Line[])[]): string {
  return parts
    .flat()
    .filter((part) => typeof part === 'string')
    .join('\n');
}

/** The next call, ready to be made. */
export function next(tool: string, args: object): string {
  return `Next: ${tool} ${JSON.stringify(args)}`;
}

export function poll(task_id: string): string {
  return next('get_status', { task_id, wait_seconds: NEXT_WAIT_SECONDS });
}

export function cost(usd: number | null): string {
  return usd === null ? 'cost unknown' : `$${usd.toFixed(4)}`;
}

export function used(amounts: {
  readonly model_calls: number;
  readonly tokens: number;
  readonly cost_usd: number | null;
  readonly estimated?: true | undefined;
}): string {
  const words = `${count(amounts.model_calls, 'model call')}, ${count(amounts.tokens, 'token')}, ${cost(amounts.cost_usd)}`;
  return amounts.estimated === true ? `${words} (in part as reserved: a provider did not count)` : words;
}

/** The caps, for a sentence. */
export function caps({ max_cost_usd, max_tokens, max_minutes }: BudgetView): string {
  const named = [
    ...(max_cost_usd === undefined ? [] : [cost(max_cost_usd)]),
    ...(max_tokens === undefined ? [] : [count(max_tokens, 'token')]),
    count(max_minutes, 'minute'),
  ];
  return named.join(', ');
}

export function clip(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length > TASK_CLIP ? `${flat.slice(0, TASK_CLIP)}…` : flat;
}
