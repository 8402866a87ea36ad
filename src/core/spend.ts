/** What a workflow may take, will take and has taken, as people and clients see it. Money is USD; inside it is micro-dollars. */

import type { Budget } from './budget.ts';
import { type CallKind, tokensOf, type Usage } from './call.ts';

/** What a caller may ask for. Absent: what is configured. */
export interface BudgetRequest {
  readonly max_cost_usd?: number | undefined;
  /** Sent and received. */
  readonly max_tokens?: number | undefined;
  readonly max_minutes?: number | undefined;
}

/** The caps of a workflow. Absent: no limit. */
export interface BudgetView {
  readonly max_cost_usd?: number | undefined;
  readonly max_tokens?: number | undefined;
  readonly max_minutes: number;
}

/**
 * Told before anything is spent. Agents are the most there can be; calls, tokens and cost are those of research that uses all
 * its turns, with requests and answers of usual length: most takes less, and what holds for sure is the budget, above which none
 * of them is. Minutes are an expectation.
 */
export interface Estimate {
  readonly agents: number;
  readonly model_calls: number;
  readonly tokens: number;
  /** Null where a price is unknown. */
  readonly cost_usd: number | null;
  readonly minutes: number;
  /** What a small budget does to the number of agents, as a sentence; absent where it carries all of them. */
  readonly note?: string | undefined;
}

export interface Spend {
  /** Null where a price is unknown. */
  readonly cost_usd: number | null;
  /** Sent and received, reasoning included. */
  readonly tokens: number;
  /** Requests to models, those that failed and were made again included. */
  readonly model_calls: number;
  /** Part of it is the most a call could take, because its provider did not say what it took. */
  readonly estimated?: true | undefined;
}

/** Each part adds up to the whole. */
export interface SpendReport extends Spend {
  readonly by_model: readonly (Spend & { readonly model: string })[];
  /** Calls of no agent are the plan's: `plan`. */
  readonly by_agent: readonly (Spend & { readonly agent_id: string })[];
}

const MICRO = 1_000_000;

export function toMicro(usd: number): number {
  return Math.round(usd * MICRO);
}

export function toUsd(micro: number): number {
  return micro / MICRO;
}

export function budgetView({ max_microusd, max_tokens }: Budget, max_minutes: number): BudgetView {
  return {
    ...(max_microusd === null ? {} : { max_cost_usd: toUsd(max_microusd) }),
    ...(max_tokens === null ? {} : { max_tokens }),
    max_minutes,
  };
}

/** Sums over the calls of one workflow that were made for the same agent, and of the same thing. */
export interface CallSums {
  /** Null: for the plan. */
  readonly agent_id: string | null;
  readonly kind: CallKind;
  /** `provider/model`, or the tool's name. */
  readonly name: string;
  /** Requests made here, those under way included; not those whose outcome was taken over. */
  readonly calls: number;
  readonly running: number;
  readonly failed: number;
  /** Settled at their reservation, because no count came back. */
  readonly estimated: number;
  /** Settled with no price known: `microusd` is short of what they cost. */
  readonly unpriced: number;
  readonly usage: Pick<Usage, 'input_tokens' | 'output_tokens'>;
  readonly microusd: number;
}

/** The sum of these, exact to the micro-dollar. */
export function spendOf(sums: readonly CallSums[]): Spend {
  const models = sums.filter(({ kind }) => kind === 'model');
  const sum = (rows: readonly CallSums[], of: (row: CallSums) => number): number =>
    rows.reduce((before, row) => before + of(row), 0);
  return {
    // A tool has no price, and what it costs its own provider is on no bill of ours.
    cost_usd: sum(models, (row) => row.unpriced) > 0 ? null : toUsd(sum(sums, (row) => row.microusd)),
    tokens: sum(sums, (row) => tokensOf(row.usage)),
    model_calls: sum(models, (row) => row.calls),
    ...(sum(models, (row) => row.estimated) > 0 ? { estimated: true } : {}),
  };
}

const PLANNER = 'plan';

function made(rows: readonly CallSums[]): boolean {
  return rows.some(({ calls }) => calls > 0);
}

/** The whole with its parts, in the order in which they first stand in `sums`. */
export function spendReport(sums: readonly CallSums[]): SpendReport {
  const by_model = Map.groupBy(
    sums.filter(({ kind }) => kind === 'model'),
    ({ name }) => name,
  );
  const by_agent = Map.groupBy(sums, ({ agent_id }) => agent_id ?? PLANNER);
  return {
    ...spendOf(sums),
    by_model: [...by_model].flatMap(([model, rows]) => (made(rows) ? [{ model, ...spendOf(rows) }] : [])),
    by_agent: [...by_agent].flatMap(([agent_id, rows]) => (made(rows) ? [{ agent_id, ...spendOf(rows) }] : [])),
  };
}
