/** Research runs under random caps: what a seed asks for, and what has to hold of the run however it ended. */

import type { ChaosConfig } from '@copilotkit/aimock';
import type { CallRecord } from '../../src/core/call.ts';
import { tokensOf } from '../../src/core/call.ts';
import type { ResultView, StartRequest, StatusView } from '../../src/core/views.ts';
import { ME } from './orchestra.ts';
import type { Meter } from './metered.ts';
import { Random } from './random.ts';
import { FORMATS } from './vendor-mock.ts';
import type { ThinkingNode, ThinkingNodeOptions } from './thinking-node.ts';

export interface CappedRun {
  readonly request: Pick<StartRequest, 'budget' | 'orchestrator_type'>;
  readonly node: Pick<ThinkingNodeOptions, 'model' | 'models' | 'chaos'>;
  readonly meter: Meter;
  /** A cancel after so many model calls, with or without a report of what is there; null: none. */
  readonly cancel: { readonly after: number; readonly finalize: boolean } | null;
}

/** From just allowed to ample: as many small ones as large ones. */
function spread(random: Random, least: number, most: number): number {
  return least * (most / least) ** random.next();
}

const KINDS = ['dropRate', 'rateLimitRate', 'malformedRate', 'disconnectRate'] as const;

function chaosOf(random: Random): ChaosConfig {
  return Object.fromEntries(KINDS.map((kind) => [kind, random.chance(0.5) ? 0 : random.next() * 0.2]));
}

export function cappedRun(seed: number): CappedRun {
  const random = new Random(seed);
  const names = FORMATS.map(({ name }) => name);
  const dollars = random.chance(0.5);
  const budget = {
    ...(dollars ? { max_cost_usd: Math.round(spread(random, 0.01, 5) * 1e6) / 1e6 } : {}),
    ...(!dollars || random.chance(0.3) ? { max_tokens: Math.round(spread(random, 1000, 1_000_000)) } : {}),
  };
  const role = (): string | null => (random.chance(0.3) ? random.pick(names) : null);
  const models = { model_plan: role(), model_belter: role(), model_drummer: role(), model_camina: role() };
  return {
    request: { budget, orchestrator_type: random.pick(['beltalowda', 'swarm']) },
    node: {
      model: random.pick(names),
      models: { ...models, fallback_models: random.chance(0.5) ? random.shuffled(names).slice(0, 2) : [] },
      ...(random.chance(0.5) ? { chaos: chaosOf(random) } : {}),
    },
    meter: { seed, density: 0.1 + random.next() * 0.9 },
    cancel: random.chance(0.15) ? { after: 1 + random.below(12), finalize: random.chance(0.5) } : null,
  };
}

export interface Landed {
  readonly status: StatusView;
  readonly result: ResultView;
  readonly calls: readonly CallRecord[];
  /** Claims that agents brought back. */
  readonly claims: number;
  readonly events: readonly { readonly event_type: string; readonly data: { readonly [name: string]: unknown } }[];
}

/** Whether its cap is above what a plan, a first turn of each agent and one note of what they saw can take. */
export function pays({ request: { budget }, node, cancel }: CappedRun): boolean {
  const { max_tokens = Infinity, max_cost_usd = Infinity } = budget ?? {};
  return node.chaos === undefined && cancel === null && max_tokens >= 150_000 && max_cost_usd >= 2;
}

export async function landed({ store, orchestrator }: ThinkingNode, status: StatusView): Promise<Landed> {
  const { task_id } = status;
  return {
    status,
    result: await orchestrator.result(task_id, ME, { max_chars: 200_000 }),
    calls: await store.calls.list(task_id),
    claims: (await store.claims.list(task_id)).length,
    events: (await orchestrator.events(task_id, ME)).events,
  };
}

/** What a run and its views say of what it took, against its ledger and its caps. */
export function spendingProblems({ status, result, calls }: Landed): readonly string[] {
  const problems: string[] = [];
  const holds = (what: string, truth: boolean): void => void (truth || problems.push(what));
  const tokens = calls.reduce((sum, { spent }) => sum + tokensOf(spent.usage), 0);
  const microusd = calls.reduce((sum, { spent }) => sum + (spent.microusd ?? 0), 0);
  const { max_tokens = Infinity, max_cost_usd = Infinity } = status.budget;
  holds(`${tokens} tokens pass the cap of ${max_tokens}`, tokens <= max_tokens);
  holds(`${microusd} micro-dollars pass the cap of ${max_cost_usd} USD`, microusd <= max_cost_usd * 1e6);
  for (const { call_id, spent, reserved } of calls) {
    const within = tokensOf(spent.usage) <= reserved.tokens && (spent.microusd ?? 0) <= (reserved.microusd ?? 0);
    holds(`${call_id} took ${JSON.stringify(spent)} of ${JSON.stringify(reserved)}`, within);
  }
  const running = calls.filter((call) => call.status === 'running').length;
  holds(`${running} calls have no bill`, running === 0);
  const views = { status: status.spend, result: result.spend };
  for (const [name, spend] of Object.entries(views)) {
    const said = [spend.tokens, Math.round((spend.cost_usd ?? 0) * 1e6)];
    holds(
      `the ${name} says ${said.join(' and ')}, the ledger ${tokens} and ${microusd}`,
      said.join() === [tokens, microusd].join(),
    );
  }
  for (const parts of [result.spend.by_model, result.spend.by_agent]) {
    const sum = parts.reduce((before, part) => before + Math.round((part.cost_usd ?? 0) * 1e6), 0);
    holds(`parts add up to ${sum}, not ${microusd}`, sum === microusd);
  }
  return problems;
}

/** Whether it landed as promised: a report wherever anything was noted, and a word on the budget where that cut it short. */
export function landingProblems({ status, result, claims, events }: Landed): readonly string[] {
  const problems: string[] = [];
  const holds = (what: string, truth: boolean): void => void (truth || problems.push(what));
  const total = result.citations?.total ?? 0;
  holds(`it is ${status.status}`, ['completed', 'failed', 'cancelled'].includes(status.status));
  holds(`${claims} claims, and ${total} citations`, claims > 0 === total > 0);
  holds('its report is not the text of a report', result.text.startsWith('# '));
  holds(
    `${result.completeness}, and ${result.missing.length} missing`,
    (result.completeness === 'full') === (status.status === 'completed' && result.missing.length === 0),
  );
  // The analyst has something to note of every passage, so an agent that was asked at all has something to say.
  holds('completed, and nothing was noted', status.status !== 'completed' || claims > 0);
  const failure = status.error?.code ?? 'none';
  const honest = /^(BUDGET_EXHAUSTED|ALL_AGENTS_FAILED|STEP_FAILED|PROVIDER_\w+|none)$/.test(failure);
  holds(`it failed with ${failure}`, honest && (failure !== 'none') === (status.status === 'failed'));
  const told = (type: string) => events.filter(({ event_type }) => event_type === type);
  const [warned, exhausted] = [told('budget_warning'), told('budget_exhausted')];
  holds(`warned ${warned.length} times`, warned.length <= 1);
  holds(`exhausted ${exhausted.length} times`, exhausted.length <= 1);
  const last = events.findLast(({ event_type }) => event_type.startsWith('budget_'));
  holds('warned of what was used up', exhausted.length === 0 || last === exhausted[0]);
  const share = exhausted[0]?.data['share'];
  const speaksOfIt = result.missing.some(({ why }) => /budget|would pass/.test(why));
  holds(
    `used up by ${String(share)}, and nothing is said of it`,
    share === undefined || share === 'check' || speaksOfIt,
  );
  return problems;
}
