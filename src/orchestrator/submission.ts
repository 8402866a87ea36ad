/** A request made into a submission: checked, its sources resolved, everything that decides how it runs frozen. */

import { randomBytes } from 'node:crypto';
import { NO_BUDGET } from '../core/budget.ts';
import { Fault } from '../core/errors.ts';
import { taskId } from '../core/ids.ts';
import { characters, MAX_AGENTS, MAX_TASK } from '../core/limits.ts';
import { BY_DOMAIN, DEFAULT_PATTERN, PATTERNS } from '../core/patterns.ts';
import type { Caller, StartRequest } from '../core/views.ts';
import { UNSAID, type WorkflowConfig } from '../core/workflow.ts';
import { agentsCarried } from '../research/research.ts';
import type { Submission } from '../store/store.ts';
import { hashOf } from './hash.ts';
import {
  budgetAsked,
  capsOf,
  checkPriced,
  chosenModels,
  costsNothing,
  type ModelSettings,
  reachesOut,
} from './model-choice.ts';
import { inputsAsked, patternInputs } from './pattern-inputs.ts';
import { type QuotaSettings, settingsFor } from './quota.ts';
import { optionalSources, resolveSources } from './sources.ts';

export interface Settings extends ModelSettings, QuotaSettings {
  /** Allowed source roots. */
  readonly sources: readonly string[];
  readonly max_concurrent_agents: number;
  /** Hosts of one's own network that a page may be fetched from and a webhook sent to. */
  readonly fetch_allow: readonly string[];
}

/** Equal for requests that ask for the same, as they were given: settings and files may change between two of them. */
export function inputHash(request: StartRequest): string {
  const { task, title, orchestrator_type = DEFAULT_PATTERN, agents, sources, domains, context, model } = request;
  // Only where they are asked for: requests of a release that did not know them keep their hash.
  const require_approval = request.require_approval === true ? true : undefined;
  const asked = {
    task: task.trim(),
    title,
    orchestrator_type,
    agents,
    sources,
    domains,
    context,
    model,
    require_approval,
    budget: budgetAsked(request),
    webhook: webhookAsked(request),
    ...inputsAsked(request),
  };
  return hashOf(asked);
}

/** Whom to tell, without the secret: whoever repeats a request for the sake of its key need not have kept that. */
function webhookAsked({ webhook }: StartRequest) {
  return webhook === undefined ? undefined : { url: webhook.url, events: webhook.events };
}

/** All of a submission but its hash. Throws the Fault that says what to change. */
export async function prepare(
  request: StartRequest,
  caller: Caller,
  configured: Settings,
): Promise<Omit<Submission, 'input_hash'>> {
  const settings = settingsFor(caller.owner, configured);
  const orchestrator_type = request.orchestrator_type ?? DEFAULT_PATTERN;
  const task = request.task.trim();
  if (task === '') throw new Fault('INVALID_INPUT', 'task is empty', { hint: 'Say in a sentence what to find out.' });
  for (const [name, value] of Object.entries({ task, context: request.context ?? '' })) {
    if (characters(value) <= MAX_TASK) continue;
    const hint = 'Shorten it, and give long material as a file among the sources.';
    throw new Fault('INVALID_INPUT', `${name} has more than ${MAX_TASK} characters`, { hint });
  }
  const { agents } = request;
  if (agents !== undefined && !(Number.isInteger(agents) && agents >= 1 && agents <= MAX_AGENTS)) {
    throw new Fault('INVALID_INPUT', `agents must be a whole number from 1 to ${MAX_AGENTS}, not ${agents}`);
  }
  const domains = request.domains === undefined || request.domains.length === 0 ? null : request.domains;
  if (domains !== null && !PATTERNS[orchestrator_type].by_domain) {
    throw new Fault('INVALID_INPUT', `domains belong to the pattern ${BY_DOMAIN}`, {
      hint: `Leave domains out, or set orchestrator_type to ${BY_DOMAIN}.`,
    });
  }
  const choice = chosenModels(request.model, settings);
  const caps = capsOf(request.budget, { before: NO_BUDGET, caller, settings });
  checkPriced(choice, caps, settings.models);
  const context = request.context ?? null;
  const config: WorkflowConfig = {
    ...UNSAID,
    ...choice,
    ...caps,
    free: costsNothing(choice, settings),
    carried_agents: agentsCarried({ task, config: { ...choice, ...caps, context } }, settings.models),
    roots: await (reachesOut(choice, settings) ? optionalSources : resolveSources)(
      request.sources,
      caller,
      settings.sources,
    ),
    agents: request.agents ?? null,
    domains,
    context,
    max_concurrent_agents: settings.max_concurrent_agents,
    require_approval: request.require_approval === true,
    inputs: patternInputs(orchestrator_type, request),
  };
  return {
    task_id: taskId(randomBytes(16)),
    owner: caller.owner,
    orchestrator_type,
    task,
    title: request.title ?? null,
    config,
    idempotency_key: request.idempotency_key ?? null,
    resumed_from: null,
    trace: request.trace ?? null,
  };
}
