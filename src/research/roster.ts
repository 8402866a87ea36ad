/** Who works on a workflow: every agent the journal knows of or the plan promises, for status views. */

import type { ErrorRecord } from '../core/errors.ts';
import { researcherRole, workOf } from '../core/patterns.ts';
import type { Domain } from '../core/source.ts';
import { type StepRecord, stepsById } from '../core/step.ts';
import type { AgentStatus } from '../core/views.ts';
import { agentOutput, agentStepId, synthesisInput, type SynthesisInput } from './journal.ts';
import { subtasksOf } from './judgements.ts';

export interface RosterEntry {
  readonly agent_id: string;
  readonly role: string;
  readonly domain: Domain | null;
  readonly objective: string;
  readonly status: AgentStatus;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly attempts: number;
  readonly claims: number | null;
  readonly error: ErrorRecord | null;
  /** The earlier workflow this agent's outcome was taken over from. */
  readonly adopted_from: string | null;
}

/** Kinds of steps of which roster, plan and progress read more than how they went. */
export const SHOWN = { inputs: ['synthesis'], outputs: ['agent', 'plan', 'approval', 'critique'] } as const;

/** In the plan's order, then the syntheses as they began. `ended`: the workflow is terminal, so nothing runs any more. */
export function agentRoster(steps: readonly StepRecord[], ended: boolean): readonly RosterEntry[] {
  const journal = { steps: stepsById(steps) };
  const planned = subtasksOf(journal).map(({ agent_id, domain, objective }) => {
    const step = journal.steps.get(agentStepId(agent_id));
    const claims = agentOutput(journal, agent_id)?.claims ?? null;
    return { agent_id, role: researcherRole({ domain }), domain, objective, claims, ...progressOf(step, ended) };
  });
  const syntheses = steps.flatMap((step) => {
    if (step.kind !== 'synthesis' || step.agent_id === null) return [];
    const input = synthesisInput(step);
    const entry = { agent_id: step.agent_id, role: input.role, domain: null, objective: purpose(input), claims: null };
    return [{ ...entry, ...progressOf(step, ended) }];
  });
  return [...planned, ...syntheses];
}

function purpose(input: SynthesisInput): string {
  if (workOf(input.role) === 'merge') return `merge the findings of ${input.agents.join(', ')}`;
  return `write the report from ${[...input.drummers, ...input.agents].join(', ')}`;
}

const STATUS: Record<StepRecord['status'], AgentStatus> = {
  running: 'running',
  succeeded: 'completed',
  failed: 'failed',
};

function progressOf(step: StepRecord | undefined, ended: boolean) {
  const open: AgentStatus = ended ? 'cancelled' : 'pending';
  if (step === undefined) {
    return { status: open, started_at: null, completed_at: null, attempts: 0, error: null, adopted_from: null };
  }
  const { started_at, completed_at, attempts, error, adopted_from } = step;
  const status = ended && step.status === 'running' ? 'cancelled' : STATUS[step.status];
  return { status, started_at, completed_at, attempts, error, adopted_from };
}
