/**
 * Which models a workflow uses and how much it may take: what was asked for and what is configured, checked and frozen. All
 * that can be known to be wrong is refused here, before anything is created.
 */

import type { Budget } from '../core/budget.ts';
import { Fault } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { BUDGET_RANGES } from '../core/limits.ts';
import { EXTRACTIVE, type ModelCatalogue, paidModels } from '../core/model-catalogue.ts';
import { isFree } from '../core/price.ts';
import { type BudgetRequest, toMicro, toUsd } from '../core/spend.ts';
import { isNear, type ToolServer } from '../core/tool-server.ts';
import type { Caller } from '../core/views.ts';
import { MODEL_ROLES, modelOf, type ModelRole, type WorkflowConfig } from '../core/workflow.ts';

export interface ModelSettings {
  readonly model: string;
  readonly model_plan: string | null;
  readonly model_belter: string | null;
  readonly model_drummer: string | null;
  readonly model_camina: string | null;
  readonly fallback_models: readonly string[];
  /** Caps of one workflow; null: none. */
  readonly budget_usd: number | null;
  readonly max_tokens: number | null;
  readonly workflow_timeout_minutes: number;
  readonly network: 'on' | 'off';
  /** Whose tools agents may use. None is started for asking. */
  readonly mcp_servers: readonly ToolServer[];
  readonly models: ModelCatalogue;
  /** Whether a tool that reaches the network takes money by itself, as a web search does. */
  readonly paid_tools: boolean;
}

export type ModelChoice = Pick<WorkflowConfig, 'model' | 'models' | 'fallback_models' | 'network'>;
export type Caps = Pick<WorkflowConfig, 'budget' | 'timeout_minutes'>;

/**
 * The models of a new workflow. One that is named for it plays every role; naming the configured one is like naming none.
 * Throws MODEL_UNKNOWN and PROVIDER_NOT_CONFIGURED.
 */
export function chosenModels(named: string | undefined, settings: ModelSettings): ModelChoice {
  const model = named ?? settings.model;
  const models: { [Role in ModelRole]?: string } = {};
  for (const role of MODEL_ROLES) {
    const own = settings[`model_${role}`];
    if (model === settings.model && own !== null && own !== model) models[role] = own;
  }
  const choice = { model, models, fallback_models: [], network: settings.network === 'on' };
  return runnable({ ...choice, fallback_models: thinks(choice) ? settings.fallback_models : [] }, settings.models);
}

/** The choice, if each model of it can be run here. */
export function runnable(choice: ModelChoice, models: ModelCatalogue): ModelChoice {
  for (const name of new Set(MODEL_ROLES.map((role) => modelOf(choice, role)))) models.check(name);
  for (const name of choice.fallback_models) {
    if (name === EXTRACTIVE) {
      throw new Fault('CONFIG_INVALID', `${EXTRACTIVE} cannot be a fallback of a model that thinks`, {
        hint: 'Take it out of BELTALOWDA_FALLBACK_MODELS: where a model fails, the report is written from what was found.',
      });
    }
    models.check(name);
  }
  return choice;
}

/** Whether any role is played by a model that is asked over the network. */
function thinks(choice: Pick<WorkflowConfig, 'model' | 'models'>): boolean {
  return MODEL_ROLES.some((role) => modelOf(choice, role) !== EXTRACTIVE);
}

/**
 * Whether its agents may find sources by themselves, and need no documents: on the network, or with a server of tools here. What
 * such a server has is known once it is started, and that is not done to find out.
 */
export function reachesOut(
  choice: Pick<WorkflowConfig, 'model' | 'models' | 'network'>,
  { mcp_servers }: Pick<ModelSettings, 'mcp_servers'>,
): boolean {
  return modelOf(choice, 'belter') !== EXTRACTIVE && (choice.network || mcp_servers.some(isNear));
}

/**
 * The caps: as asked for, else as they were before, else as configured. Throws INVALID_INPUT for what no budget can be, and for
 * more than is configured unless the caller is trusted.
 */
export function capsOf(
  asked: BudgetRequest | undefined,
  { before, caller, settings }: { readonly before: Budget; readonly caller: Caller; readonly settings: ModelSettings },
): Caps {
  const { budget_usd, max_tokens, workflow_timeout_minutes } = settings;
  const cap = (name: keyof BudgetRequest, configured: number | null, earlier: number | null): number | null => {
    const value = asked?.[name];
    if (value === undefined) return caller.trusted ? (earlier ?? configured) : lower(earlier, configured);
    checkRange(name, value);
    if (configured === null || value <= configured || caller.trusted) return value;
    throw new Fault('INVALID_INPUT', `budget.${name} is ${value}, and at most ${configured} is allowed here`, {
      hint: `Lower it or leave it out. Whoever runs this server can raise ${VARIABLES[name]}.`,
    });
  };
  const usd = cap('max_cost_usd', budget_usd, before.max_microusd === null ? null : toUsd(before.max_microusd));
  const tokens = cap('max_tokens', max_tokens, before.max_tokens);
  return {
    budget: { max_microusd: usd === null ? null : toMicro(usd), max_tokens: tokens },
    timeout_minutes: cap('max_minutes', workflow_timeout_minutes, null) ?? workflow_timeout_minutes,
  };
}

/** Throws BUDGET_UNPRICED: a cap in dollars that could not be kept is not taken. */
export function checkPriced(choice: ModelChoice, { budget }: Caps, models: ModelCatalogue): void {
  if (budget.max_microusd === null) return;
  const unpriced = paidModels(choice).filter((name) => models.price(name) === null);
  if (unpriced.length === 0) return;
  const cap = toUsd(budget.max_microusd);
  throw new Fault(
    'BUDGET_UNPRICED',
    `a cap of $${cap} cannot be kept: no price is known for ${unpriced.join(' and ')}`,
  );
}

/** Whether no call takes money: of the models none, the fallbacks among them, and of the tools neither. A price that is not known may be any. */
export function costsNothing(
  choice: ModelChoice,
  { models, paid_tools }: Pick<ModelSettings, 'models' | 'paid_tools'>,
): boolean {
  const prices = paidModels(choice).map((name) => models.price(name));
  const searches = thinks(choice) && choice.network && paid_tools;
  return !searches && prices.every((price) => price !== null && isFree(price));
}

const VARIABLES: Readonly<Record<keyof BudgetRequest, string>> = {
  max_cost_usd: 'BELTALOWDA_BUDGET_USD',
  max_tokens: 'BELTALOWDA_MAX_TOKENS',
  max_minutes: 'BELTALOWDA_WORKFLOW_TIMEOUT_MINUTES',
};

function lower(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function checkRange(name: keyof BudgetRequest, value: number): void {
  const { least, most } = BUDGET_RANGES[name];
  const whole = name === 'max_cost_usd' ? Number.isFinite(value) : Number.isInteger(value);
  if (whole && value >= least && value <= most) return;
  const kind = name === 'max_cost_usd' ? 'a number' : 'a whole number';
  throw new Fault('INVALID_INPUT', `budget.${name} must be ${kind} from ${least} to ${most}, not ${value}`);
}

/** What a budget that was asked for is compared by: nothing where nothing was said. */
export function budgetAsked({ budget }: { readonly budget?: BudgetRequest | undefined }): Json | undefined {
  const said = Object.entries(budget ?? {}).filter(([, value]) => value !== undefined);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
