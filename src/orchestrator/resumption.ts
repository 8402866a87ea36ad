/**
 * What `resume` means: an open workflow is taken up, one that waits is approved, and an ended one is gone on from in a new
 * workflow on its journal, in which every step with the same input is taken over instead of being bought again.
 */

import { randomBytes } from 'node:crypto';
import { Fault } from '../core/errors.ts';
import { taskId } from '../core/ids.ts';
import type { Caller, ResumeRequest } from '../core/views.ts';
import {
  awaitsApproval,
  isTerminal,
  MODEL_ROLES,
  modelOf,
  type Workflow,
  type WorkflowConfig,
} from '../core/workflow.ts';
import type { Engine } from '../engine/engine.ts';
import {
  agentsCarried,
  APPROVAL,
  approvalOf,
  CHOICE,
  cutSteps,
  planApproved,
  planCut,
  planOf,
} from '../research/research.ts';
import type { Store } from '../store/store.ts';
import { hashOf } from './hash.ts';
import { broughtSomething, type Held, heldBy } from './line.ts';
import { editedSubtasks } from './plan-edit.ts';
import { quotaOf, settingsFor } from './quota.ts';
import { planFrom } from './resumed-plan.ts';
import { resolveSources } from './sources.ts';
import {
  budgetAsked,
  capsOf,
  checkPriced,
  chosenModels,
  costsNothing,
  type ModelChoice,
  reachesOut,
  runnable,
} from './model-choice.ts';
import type { Settings } from './submission.ts';

export interface ResumeParts {
  readonly store: Store;
  readonly engine: Engine;
  readonly settings: Settings;
  /** Told after a change that no engine of this process made. */
  readonly changed: (task_id: string) => void;
}

/** The workflow that goes on: this one, or the new one made from it. */
export async function resumed(
  parts: ResumeParts,
  workflow: Workflow,
  asked: { readonly request: ResumeRequest; readonly caller: Caller },
): Promise<Workflow> {
  const { request } = asked;
  if (isTerminal(workflow.status)) return goOn(parts, workflow, asked);
  for (const name of ['agents', 'sources', 'budget', 'model'] as const) {
    if (request[name] === undefined) continue;
    throw new Fault('INVALID_INPUT', `${name} can be changed for an ended workflow only, and this one is open`, {
      hint: 'Wait for its end, or cancel it, and resume it then.',
    });
  }
  const answered = request.approve === true || request.plan !== undefined;
  if (answered && !awaitsApproval(workflow)) throw notWaiting(workflow, `is ${workflow.phase}`);
  if (answered) await approve(parts, workflow, request);
  await parts.engine.take(workflow.task_id);
  return current(parts, workflow);
}

function notWaiting({ task_id }: Workflow, state: string): Fault {
  return new Fault('NOT_AWAITING_APPROVAL', `${task_id} does not wait for approval: it ${state}`);
}

async function current({ store }: ResumeParts, workflow: Workflow): Promise<Workflow> {
  return (await store.workflows.get(workflow.task_id)) ?? workflow;
}

async function approve(parts: ResumeParts, workflow: Workflow, request: ResumeRequest): Promise<void> {
  const { store } = parts;
  const { task_id, orchestrator_type } = workflow;
  const [steps, sources] = await Promise.all([store.steps.list(task_id), store.sources.list(task_id)]);
  const plan = planOf(steps);
  const edits = request.plan;
  const subtasks =
    edits === undefined ? null : editedSubtasks(edits, { orchestrator_type, subtasks: plan?.subtasks ?? [], sources });
  const agents = (subtasks ?? plan?.subtasks ?? []).map(({ agent_id, objective }) => ({ agent_id, objective }));
  await store.workflows.approve(task_id, {
    step_id: APPROVAL,
    output: approvalOf(subtasks),
    phase: 'researching',
    events: [{ event_type: 'workflow_resumed', data: { approved: true, edited: subtasks !== null, agents } }],
  });
  parts.changed(task_id);
}

/**
 * A new workflow from an ended one. Asked the same again while the first is open, or when it completed, it is that one; sources
 * that are to be read anew are read anew each time. Where the workflow that was made for it ended without an end that was hoped
 * for, that one is gone on from: what it bought is on no other's line. One that came to nothing has nothing to go on from, and
 * would only make the line longer.
 */
async function goOn(
  parts: ResumeParts,
  workflow: Workflow,
  asked: { readonly request: ResumeRequest; readonly caller: Caller },
): Promise<Workflow> {
  const { store, engine } = parts;
  const { caller } = asked;
  const { trace, ...request } = asked.request;
  const input_hash = hashOf({
    resumed_from: workflow.task_id,
    request: {
      ...request,
      budget: budgetAsked(request),
      plan: request.plan?.map((edit) => ({ ...edit })),
      approve: request.approve === true,
    },
  });
  let from = workflow;
  for (let attempt = 1; ; attempt += 1) {
    const idempotency_key = `resume/${workflow.task_id}/${input_hash.slice(0, 16)}/${attempt}`;
    const earlier = await store.workflows.byKey(caller.owner, idempotency_key);
    if (earlier === null) {
      const task_id = taskId(randomBytes(16));
      const { owner, orchestrator_type, task, title } = workflow;
      const asking = { ...asked, task_id };
      const config = await (from === workflow ? configFrom(parts, from, asking) : configAgain(parts, from, asking));
      const stated = { owner, orchestrator_type, task, title, config, input_hash, trace: trace ?? null };
      const submission = { ...stated, task_id, resumed_from: from.task_id, idempotency_key };
      return (await engine.submit(submission, quotaOf(owner, parts.settings))).workflow;
    }
    // A key of this form may have been given by a caller, for something else.
    if (earlier.input_hash !== input_hash) continue;
    const { status } = earlier.workflow;
    if (!isTerminal(status)) await engine.take(earlier.workflow.task_id);
    else if (status !== 'completed' || request.sources !== undefined) {
      if (await broughtSomething(store, earlier.workflow)) from = earlier.workflow;
      continue;
    }
    return current(parts, earlier.workflow);
  }
}

interface Asking {
  readonly request: ResumeRequest;
  readonly caller: Caller;
  /** Of the new workflow. */
  readonly task_id: string;
}

/**
 * The same request once more, from the workflow that was made for it: all of it is in that one's config but what is read anew, and
 * the budget, of which a workflow that goes on does not have its minutes from the one before.
 */
async function configAgain(parts: ResumeParts, from: Workflow, asked: Asking): Promise<WorkflowConfig> {
  const { sources, budget, plan } = asked.request;
  const request = { ...(sources === undefined ? {} : { sources }), ...(budget === undefined ? {} : { budget }) };
  const config = await configFrom(parts, from, { ...asked, request });
  // Who gave the plan has seen it.
  return plan === undefined ? config : { ...config, approved: true };
}

async function configFrom(parts: ResumeParts, workflow: Workflow, asked: Asking): Promise<WorkflowConfig> {
  const { request, caller, task_id } = asked;
  const { store } = parts;
  const settings = settingsFor(caller.owner, parts.settings);
  const old = workflow.config;
  const held = await heldBy(store, workflow);
  const choice =
    request.model === undefined
      ? runnable({ ...old, network: settings.network === 'on' }, settings.models)
      : chosenModels(request.model, settings);
  const roots = await rootsFrom({ ...old, ...choice }, { request, caller, settings, read: held.read });
  const caps = capsOf(request.budget, { before: old.budget, caller, settings });
  checkPriced(choice, caps, settings.models);
  const { context } = old;
  const planned = planFrom(workflow, {
    request,
    held,
    carried: agentsCarried({ task: workflow.task, config: { ...choice, ...caps, context } }, settings.models),
  });
  // A plan that a person made is of the branch that was chosen then: with another choice the report would tell of another one.
  const cutOf = (steps: Held['steps']): readonly string[] =>
    cutSteps(steps, old).filter((step_id) => step_id !== CHOICE || planned.plan === null);
  return {
    ...old,
    ...choice,
    ...caps,
    free: costsNothing(choice, settings),
    max_concurrent_agents: settings.max_concurrent_agents,
    approved: approvedFor(workflow, request, { held, chooses: cutOf(held.steps).includes(CHOICE) }),
    roots,
    continued: {
      ...old.continued,
      // Those of the workflows before it are among the old ones.
      ...Object.fromEntries(cutOf(held.own).map((step_id) => [step_id, workflow.task_id])),
    },
    former_models: formerModels(old, choice),
    reread: request.sources === undefined ? old.reread : task_id,
    ...planned,
  };
}

/** Who worked in this line until now, without those that still do and nobody else. */
function formerModels(old: WorkflowConfig, choice: ModelChoice): readonly string[] {
  const [before, now] = [old, choice].map((each) => MODEL_ROLES.map((role) => modelOf(each, role)));
  const same = MODEL_ROLES.every((_, at) => before?.[at] === now?.[at]);
  return same ? old.former_models : [...new Set([...old.former_models, ...(before ?? [])])];
}

/**
 * Whether the plan of the new workflow needs to be shown no more. Who asked to see plans is shown each that is another one:
 * a plan that nobody has seen is not started by the way round.
 */
function approvedFor(
  workflow: Workflow,
  request: ResumeRequest,
  { held: { steps }, chooses }: { readonly held: Held; readonly chooses: boolean },
): boolean {
  if (request.plan !== undefined) return true;
  const { require_approval, approved, plan } = workflow.config;
  const anew = request.sources !== undefined || chooses || planCut(steps, workflow.config);
  const another = request.agents !== undefined || anew || (planOf(steps) ?? plan) === null;
  const before = approved || planApproved(steps);
  if (request.approve !== true) return before && !another;
  if (!require_approval || before || another) throw notWaiting(workflow, 'has ended');
  return true;
}

/** What was read needs not be there any more; what was not is checked like a new request's. */
async function rootsFrom(
  old: WorkflowConfig,
  asked: {
    readonly request: ResumeRequest;
    readonly caller: Caller;
    readonly settings: Settings;
    readonly read: boolean;
  },
): Promise<WorkflowConfig['roots']> {
  const { request, caller, settings, read } = asked;
  if (request.sources !== undefined) return resolveSources(request.sources, caller, settings.sources);
  // Documents that were configured since are none of this workflow's.
  if (old.roots.length === 0 && reachesOut(old, settings)) return [];
  if (read && old.roots.length > 0) return old.roots;
  return resolveSources(
    old.roots.map(({ path }) => path),
    caller,
    settings.sources,
  );
}
