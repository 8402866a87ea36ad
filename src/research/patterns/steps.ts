/** The steps that patterns are made of, and the beginning and end they share. */

import { CATALOGUE, type ErrorCode, type ErrorRecord } from '../../core/errors.ts';
import type { Decision, Journal, StepSpec } from '../../core/step.ts';
import { researcherRole, workOf } from '../../core/patterns.ts';
import type { Plan, Subtask } from '../../core/plan.ts';
import { modelOf, planLimit } from '../../core/workflow.ts';
import {
  type AgentInput,
  agentStepId,
  APPROVAL,
  agentOutput,
  asJson,
  COLLECT,
  collectOutput,
  OUT_OF_BUDGET,
  PLAN,
  type PlanInput,
  planMissing,
  planOutput,
  settled,
  succeeded,
  type SynthesisInput,
  synthesisStepId,
  TIMEOUTS,
} from '../journal.ts';
import { agentsWithFindings } from '../judgements.ts';

function collectStep({ workflow }: Journal): StepSpec {
  const { reread } = workflow.config;
  return {
    step_id: COLLECT,
    kind: 'collect',
    phase: 'planning',
    agent_id: null,
    // A workflow that goes on from another has its roots and what it read of them, unless one of the line was given others,
    // or the same to be read anew: from then on that reading is the one.
    input: reread === null ? {} : { reread },
    timeout_ms: TIMEOUTS.collect,
  };
}

/** `made`: the plan as the caller's inputs make it, where they do; a person's edit of it goes before. */
function planStep(journal: Journal, made: Plan | null): StepSpec {
  const { config } = journal.workflow;
  const { agents, domains, earlier, plan } = config;
  const given = plan ?? made;
  const model = modelOf(config, 'plan');
  const most = given === null ? planLimit(config) : null;
  const input: PlanInput = {
    corpus_id: corpusId(journal),
    model,
    agents,
    ...(most === null ? {} : { most }),
    domains,
    earlier,
    given,
    ...continuing(journal, PLAN),
  };
  return {
    step_id: PLAN,
    kind: 'plan',
    phase: 'planning',
    agent_id: null,
    input: asJson(input),
    timeout_ms: TIMEOUTS.plan,
  };
}

/** An agent's step. In a swarm the role is the agent's domain. `sees`: agents whose findings it is shown. */
export function agentStep(journal: Journal, subtask: Subtask, sees: readonly string[] = []): StepSpec {
  const role = researcherRole(subtask);
  const seen = sees.length === 0 ? {} : { sees };
  const step_id = agentStepId(subtask.agent_id);
  const model = modelOf(journal.workflow.config, 'belter');
  const from = continuing(journal, step_id);
  const input: AgentInput = { role, subtask, ...seen, corpus_id: corpusId(journal), model, ...from };
  return {
    step_id,
    kind: 'agent',
    phase: 'researching',
    agent_id: subtask.agent_id,
    input: asJson(input),
    ...(sees.length === 0 ? {} : { after: sees.map(agentStepId) }),
    timeout_ms: TIMEOUTS.belter,
  };
}

/** Where an earlier workflow had to cut this step short, its input names that workflow, so that its outcome does not fit. */
export function continuing({ workflow }: Journal, step_id: string): { readonly continues?: string } {
  const from = workflow.config.continued[step_id];
  return from === undefined ? {} : { continues: from };
}

export function corpusId(journal: Journal): string {
  return collectOutput(journal)?.corpus_id ?? '';
}

/** Who synthesises, and from whom. */
interface SynthesisOf extends Omit<SynthesisInput, 'model'> {
  readonly agent_id: string;
}

export function synthesisStep(journal: Journal, { agent_id, ...from }: SynthesisOf): StepSpec {
  const step_id = synthesisStepId(agent_id);
  const merges = workOf(from.role) === 'merge';
  const model = modelOf(journal.workflow.config, merges ? 'drummer' : 'camina');
  const input: SynthesisInput = { ...from, model, ...continuing(journal, step_id) };
  return {
    step_id,
    kind: 'synthesis',
    phase: 'synthesising',
    agent_id,
    input: asJson(input),
    after: [...input.agents.map(agentStepId), ...input.drummers.map(synthesisStepId)],
    timeout_ms: merges ? TIMEOUTS.drummer : TIMEOUTS.camina,
  };
}

export function run(steps: readonly StepSpec[]): Decision {
  return { kind: 'run', steps };
}

function failed(code: ErrorCode, message: string): Decision {
  const { hint, retryable } = CATALOGUE[code];
  return { kind: 'finish', status: 'failed', error: { code, message, hint, retryable } };
}

/** The steps of these that have no outcome yet. */
export function open(journal: Journal, steps: readonly StepSpec[]): readonly StepSpec[] {
  return steps.filter((step) => !settled(journal.steps.get(step.step_id)));
}

/** What stands between collecting and the agents, where a pattern has something of its own there. */
interface Beginning {
  /** To be decided before the plan. */
  readonly before?: readonly StepSpec[];
  /** The plan where no model has to make one. */
  readonly made?: Plan | null;
}

/**
 * The beginning every pattern shares: collect the sources, then plan, then wait for a person if that was asked for. Null once
 * the agents may start, or a stop came after the plan.
 */
export function untilPlanned(journal: Journal, { before = [], made = null }: Beginning = {}): Decision | null {
  const plan = planOutput(journal);
  if (plan === null) {
    return stopped(journal) ?? beforePlan(journal, [collectStep(journal), ...before, planStep(journal, made)]);
  }
  // Nothing of what was asked for is there to search: the report says so.
  if (plan.subtasks.length === 0) return finish(journal);
  return awaitsApproval(journal) ? awaitApproval(plan) : null;
}

/**
 * After the beginning the agents, until all of them are settled. Null once there is something to synthesise from. A stop ends
 * collecting: agents without an outcome are left as they are.
 */
export function untilAgentsSettled(journal: Journal, beginning: Beginning = {}): Decision | null {
  const first = untilPlanned(journal, beginning);
  if (first !== null) return first;
  const agents = (planOutput(journal)?.subtasks ?? []).map((subtask) => agentStep(journal, subtask));
  const unsettled = open(journal, agents);
  if (unsettled.length > 0 && journal.stop === null) return run(unsettled);
  return nobodyFinished(journal, agents);
}

/** The end where no agent finished, or none that did could afford to note anything; null where one did. */
export function nobodyFinished(journal: Journal, agents: readonly StepSpec[]): Decision | null {
  const finished = agents.filter((agent) => succeeded(journal.steps.get(agent.step_id)));
  if (finished.length === 0) return stopped(journal) ?? allFailed(journal, agents);
  return finished.every((agent) => wasStarved(journal, agent)) ? (stopped(journal) ?? starved(agents)) : null;
}

/** One synthesis of all that was found, by that agent; then the end. */
export function writtenBy(journal: Journal, agent_id: 'camina' | 'synthesis'): Decision {
  const agents = agentsWithFindings(journal);
  if (agents.length === 0 || !maySynthesise(journal)) return finish(journal);
  const writing = open(journal, [synthesisStep(journal, { agent_id, role: agent_id, agents, drummers: [] })]);
  return writing.length > 0 ? run(writing) : finish(journal);
}

function awaitsApproval({ workflow, stop, steps }: Journal): boolean {
  const { require_approval, approved } = workflow.config;
  return require_approval && !approved && stop === null && !settled(steps.get(APPROVAL));
}

function awaitApproval(plan: Plan): Decision {
  const data = { shape: plan.shape, subtasks: asJson(plan.subtasks), missing: asJson(planMissing(plan)) };
  const events = [{ event_type: 'plan_awaiting_approval', data }] as const;
  return { kind: 'wait', step_id: APPROVAL, phase: 'awaiting_approval', events };
}

function beforePlan(journal: Journal, steps: readonly StepSpec[]): Decision {
  for (const step of steps) {
    const record = journal.steps.get(step.step_id);
    if (!settled(record)) return run([step]);
    if (record.status === 'failed') {
      const error: ErrorRecord | null = record.error;
      if (error !== null && error.code !== 'INTERNAL') return { kind: 'finish', status: 'failed', error };
      return failed('STEP_FAILED', `${step.step_id}: ${error?.message ?? 'no cause was recorded'}`);
    }
  }
  return failed('INTERNAL', 'the plan has no output');
}

/** A stop before any agent finished leaves nothing to write up. */
function stopped(journal: Journal): Decision | null {
  if (journal.stop === null) return null;
  if (journal.stop.kind === 'cancel') return { kind: 'finish', status: 'cancelled', error: null };
  return failed('WORKFLOW_TIMEOUT', journal.stop.reason ?? 'the time limit was reached');
}

function allFailed(journal: Journal, agents: readonly StepSpec[]): Decision {
  const first = agents.map((agent) => journal.steps.get(agent.step_id)?.error).find((error) => error != null);
  return failed(
    'ALL_AGENTS_FAILED',
    `all ${agents.length} agents failed; the first said: ${first?.message ?? 'nothing'}`,
  );
}

/** Whether the budget ended it before it had noted anything, be it that there is nothing to find. */
function wasStarved(journal: Journal, { agent_id }: StepSpec): boolean {
  const output = agentOutput(journal, agent_id ?? '');
  if (output === null || output.claims + output.gaps.length > 0) return false;
  return output.cut?.includes(OUT_OF_BUDGET) === true;
}

/** Nothing was researched: that is no report that found nothing. */
function starved(agents: readonly StepSpec[]): Decision {
  const who = agents.length === 1 ? 'the agent' : `any of the ${agents.length} agents`;
  return failed('BUDGET_EXHAUSTED', `the budget was used up before ${who} had noted anything`);
}

/** The end every pattern shares. What is missing is for the report to say; here only whether it was wished. */
export function finish(journal: Journal): Decision {
  return { kind: 'finish', status: journal.stop?.kind === 'cancel' ? 'cancelled' : 'completed', error: null };
}

/** Whether the final synthesis may still run: a cancel without `finalize` writes up what there is and spends nothing. */
export function maySynthesise(journal: Journal): boolean {
  return journal.stop === null || journal.stop.finalize;
}
