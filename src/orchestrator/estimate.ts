/**
 * What a workflow takes that uses all its turns, told before anything is spent. By role: so many calls, each of so many usual
 * tokens in and out, each token at the price of the role's model; and no more than the budget allows. The true most, every
 * answer as long as it may be and made again as often as it may, is many times as much and tells nobody anything: the bound is
 * the budget. The extractive model takes no call at all.
 */

import { count } from '../core/amount.ts';
import { USUAL_AGENTS } from '../core/limits.ts';
import { EXTRACTIVE, type ModelCatalogue } from '../core/model-catalogue.ts';
import { PATTERNS } from '../core/patterns.ts';
import { mostCost } from '../core/price.ts';
import { type Estimate, toUsd } from '../core/spend.ts';
import {
  MODEL_ROLES,
  modelOf,
  planLimit,
  type ModelRole,
  type Workflow,
  type WorkflowConfig,
} from '../core/workflow.ts';
import { MOST_TURNS, mostResearchers, SYNTHESES } from '../research/research.ts';

/** What one piece of work of a role takes: calls when it uses all its turns, usual tokens of one in the middle of it, and how long one lasts. */
interface Effort {
  readonly calls: number;
  readonly input: number;
  readonly output: number;
  readonly seconds: number;
}

/**
 * A plan; one objective; one group of findings; one section of the report. An answer that is asked for again is in `calls`: a
 * Belter has all its turns and a quarter more.
 */
const EFFORT: Readonly<Record<ModelRole, Effort>> = {
  plan: { calls: 3, input: 8000, output: 3000, seconds: 15 },
  belter: { calls: Math.ceil(MOST_TURNS * 1.25), input: 14_000, output: 1500, seconds: 10 },
  drummer: { calls: 3, input: 12_000, output: 3000, seconds: 20 },
  camina: { calls: 2, input: 10_000, output: 2500, seconds: 20 },
};

/** Claims of an agent that a model is asked about, by the model that writes. */
const CHECKS: Effort = { calls: 4, input: 1500, output: 300, seconds: 0 };

/** Sections beside one for each objective: the summary, and what contradicts. */
const MORE_SECTIONS = 2;

/** How much of these calls is made when all goes well. */
const EXPECTED_PART = 0.5;

/** Minutes of the extractive model on a folder of up to 200 MB. */
const READING_MINUTES = 1;

export function estimate(
  { orchestrator_type, config }: Pick<Workflow, 'orchestrator_type' | 'config'>,
  models: Pick<ModelCatalogue, 'price'>,
): Estimate {
  const { inputs } = config;
  const researchers = mostResearchers(inputs, config.agents ?? planLimit(config) ?? USUAL_AGENTS);
  const syntheses = SYNTHESES[orchestrator_type](researchers);
  const pieces = {
    plan: judgements(inputs),
    belter: researchers,
    drummer: syntheses - 1,
    camina: researchers + MORE_SECTIONS,
  };
  const parts = MODEL_ROLES.flatMap((role) => [
    { role, effort: EFFORT[role], pieces: pieces[role] },
    // What decides a branch is looked for as an agent looks, with the model that plans.
    ...(role === 'plan' && hasConditions(inputs) ? [{ role, effort: EFFORT.belter, pieces: 1 }] : []),
    ...(role === 'camina' ? [{ role, effort: CHECKS, pieces: researchers }] : []),
  ]).filter(({ role }) => modelOf(config, role) !== EXTRACTIVE);
  const calls = parts.map(({ role, effort, pieces: times }) => {
    const most = { calls: effort.calls * times, input: effort.input, output: effort.output };
    const tokens = { input: most.calls * most.input, output: most.calls * most.output };
    const each = most.calls === 0 ? 0 : priced(models, modelOf(config, role), effort);
    const price = each === null ? null : each * most.calls;
    return { calls: most.calls, tokens: tokens.input + tokens.output, price };
  });
  const { max_microusd, max_tokens } = config.budget;
  const sum = calls.reduce<number | null>(
    (before, { price }) => (before === null || price === null ? null : before + price),
    0,
  );
  return {
    agents: researchers + syntheses,
    model_calls: calls.reduce((before, part) => before + part.calls, 0),
    tokens: Math.min(
      calls.reduce((before, part) => before + part.tokens, 0),
      max_tokens ?? Infinity,
    ),
    cost_usd: sum === null ? null : toUsd(Math.min(sum, max_microusd ?? Infinity)),
    minutes: Math.min(config.timeout_minutes, minutes(parts, turnsOf(config, researchers))),
    ...thinness(orchestrator_type, config),
  };
}

/** What a budget that does not carry all agents does to their number, or may do to their work. */
function thinness(type: Workflow['orchestrator_type'], config: WorkflowConfig): { readonly note?: string } {
  const { agents, carried_agents: carried, inputs } = config;
  const asked = PATTERNS[type].sized ? (agents ?? USUAL_AGENTS) : mostResearchers(inputs, 0);
  if (carried === null || carried >= asked) return {};
  if (carried === 0) {
    return {
      note: "The budget is thin: the agents' part of it may not pay for the first turn and the notes of any agent.",
    };
  }
  const part = "the agents' part of it pays for the first turn and the notes of";
  if (planLimit(config) !== null && PATTERNS[type].sized) {
    return { note: `The budget makes it ${count(carried, 'agent')} at most instead of ${asked}: ${part} no more.` };
  }
  return { note: `The budget is thin: ${part} ${carried} of ${count(asked, 'agent')}.` };
}

/** Plans, choices and critiques: the caller's own steps and branches are a plan that takes no call. */
function judgements(inputs: WorkflowConfig['inputs']): number {
  if (inputs?.kind === 'sequential') return 0;
  if (inputs?.kind === 'conditional') return hasConditions(inputs) ? 1 : 0;
  return inputs?.kind === 'iterative' ? 1 + inputs.max_rounds : 1;
}

function hasConditions(inputs: WorkflowConfig['inputs']): boolean {
  return inputs?.kind === 'conditional' && inputs.branches.some(({ when }) => when !== null);
}

/** How often agents are waited for: steps and rounds come in order, agents of one round in as many turns as there are places. */
function turnsOf(
  { inputs, max_concurrent_agents }: Pick<WorkflowConfig, 'inputs' | 'max_concurrent_agents'>,
  researchers: number,
): number {
  if (inputs?.kind === 'sequential') return researchers;
  const rounds = inputs?.kind === 'iterative' ? inputs.max_rounds : 1;
  return rounds * Math.ceil(researchers / rounds / max_concurrent_agents);
}

function priced(
  models: Pick<ModelCatalogue, 'price'>,
  name: string,
  tokens: { readonly input: number; readonly output: number },
): number | null {
  const price = models.price(name);
  return price === null ? null : mostCost(tokens, price);
}

/** One after the other what waits for each other: plans and judgements, the agents in their turns, the rest. */
function minutes(
  parts: readonly { readonly role: ModelRole; readonly effort: Effort; readonly pieces: number }[],
  turns: number,
): number {
  const seconds = parts.map(({ role, effort, pieces }) => {
    const after = role === 'belter' ? turns : role === 'drummer' ? Math.min(1, pieces) : pieces;
    return after * effort.calls * effort.seconds;
  });
  const most = seconds.reduce((before, part) => before + part, 0);
  return READING_MINUTES + Math.ceil((most * EXPECTED_PART) / 60);
}
