/** The plan of a workflow that goes on from an ended one: the same, edited, or with more agents. */

import { Fault } from '../core/errors.ts';
import { MAX_AGENTS } from '../core/limits.ts';
import { PATTERNS } from '../core/patterns.ts';
import type { ResumeRequest } from '../core/views.ts';
import { planLimit, type Workflow, type WorkflowConfig } from '../core/workflow.ts';
import { planApproved, planCut, planEdited, planOf, withDocuments } from '../research/research.ts';
import type { Held } from './line.ts';
import { editedSubtasks } from './plan-edit.ts';

/** What the plan of the workflow that goes on is made of. */
interface Material {
  readonly request: ResumeRequest;
  /** By the workflow before. */
  readonly held: Held;
  /** For how many agents there is a budget now. */
  readonly carried: number | null;
}

type PlanFrame = Pick<WorkflowConfig, 'agents' | 'plan' | 'earlier' | 'carried_agents'>;

/**
 * The part of the config that decides the plan, its documents by name: they may be read anew, now or when the workflow that is
 * made with it is gone on from.
 */
export function planFrom(workflow: Workflow, material: Material): PlanFrame {
  const frame = frameFrom(workflow, material);
  const { plan, earlier } = frame;
  return {
    ...frame,
    earlier: withDocuments(earlier, material.held.collected),
    plan: plan === null ? null : { ...plan, subtasks: withDocuments(plan.subtasks, material.held.collected) },
  };
}

/**
 * The same as before unless the request says otherwise, or the budget has room
 * for agents that it had none for.
 */
function frameFrom(workflow: Workflow, material: Material): PlanFrame {
  const { request, carried } = material;
  const { steps } = material.held;
  const { config: old } = workflow;
  if (grows(workflow, material)) {
    return { agents: old.agents, earlier: planOf(steps)?.subtasks ?? [], plan: null, carried_agents: carried };
  }
  const isAnew = planOf(steps) === null || planCut(steps, old);
  const isOther = isAnew || request.agents !== undefined || request.sources !== undefined;
  // Another number would make it another plan, and what was found for the one there is would be bought again.
  return { ...asAsked(workflow, material), carried_agents: isOther ? carried : old.carried_agents };
}

/** Whether the budget alone kept the plan small, and carries more agents now. A plan that a person saw stays as they saw it. */
function grows({ config }: Workflow, { request, held: { steps }, carried }: Material): boolean {
  const before = planOf(steps)?.limited_to;
  const { plan, agents, sources, approve } = request;
  const isAsked = plan !== undefined || agents !== undefined || sources !== undefined;
  const isSeen = approve === true || config.approved || config.plan !== null || planApproved(steps);
  if (before === undefined || isAsked || isSeen || planCut(steps, config)) return false;
  return (planLimit({ agents: null, carried_agents: carried }) ?? Infinity) > before;
}

function asAsked(
  { orchestrator_type, config: old }: Workflow,
  { request, held: { steps, collected } }: Material,
): Omit<PlanFrame, 'carried_agents'> {
  const { agents, plan: given, earlier } = old;
  const plan = planOf(steps);
  // Who ended before planning was to plan these.
  const subtasks = (plan ?? given)?.subtasks ?? earlier;
  // Of other sources another branch may be the one: a plan of the branch taken before would be told as that one's.
  const chosenAnew = orchestrator_type === 'conditional' && request.sources !== undefined;
  if (request.plan !== undefined && request.sources !== undefined) {
    if (chosenAnew || PATTERNS[orchestrator_type].by_domain) throw notTogether(orchestrator_type);
  }
  if (request.plan !== undefined) {
    const sources = request.sources === undefined ? (collected ?? []) : [];
    const edited = editedSubtasks(request.plan, { orchestrator_type, subtasks, sources });
    return {
      agents,
      earlier,
      plan: { shape: plan?.shape ?? 'survey', subtasks: edited, missing: plan?.missing ?? [] },
    };
  }
  if (request.agents !== undefined) {
    if (!PATTERNS[orchestrator_type].sized) {
      throw new Fault(
        'INVALID_INPUT',
        `agents cannot be changed: the plan of a ${orchestrator_type} says how many there are`,
        {
          hint: 'Resume with an edited plan, or start another workflow with other inputs.',
        },
      );
    }
    return { agents: moreAgents(request.agents, subtasks.length), earlier: subtasks, plan: null };
  }
  if (chosenAnew) return { agents, earlier, plan: null };
  return { agents, earlier, plan: planEdited(steps) ? plan : given };
}

function notTogether(orchestrator_type: Workflow['orchestrator_type']): Fault {
  const known = orchestrator_type === 'conditional' ? 'Which branch is taken' : 'Which domains there are';
  return new Fault('INVALID_INPUT', `the plan of a ${orchestrator_type} and its sources cannot be changed together`, {
    hint: `${known} is known once the sources are read: resume with the sources, then with the plan.`,
  });
}

function moreAgents(wanted: number, had: number): number {
  if (Number.isInteger(wanted) && wanted > had && wanted <= MAX_AGENTS) return wanted;
  throw new Fault('INVALID_INPUT', `agents must be a whole number from ${had + 1} to ${MAX_AGENTS}, not ${wanted}`, {
    hint: `The workflow had ${had} agents, which keep what they found; agents is how many there are to be in all.`,
  });
}
