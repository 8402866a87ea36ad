/**
 * Iterative: rounds until a condition holds. No sources yet: collect them. No plan yet: plan the first round. Agents of a
 * round settled: criticise all that was found. The critique asks for more and the limit is not met: the next round, which is
 * shown what the earlier ones found. Else Camina writes the report.
 */

import type { Decide, Journal, StepSpec } from '../../core/step.ts';
import { modelOf, planLimit } from '../../core/workflow.ts';
import { agentOutput, agentStepId, asJson, settled, succeeded, TIMEOUTS } from '../journal.ts';
import { agentsWithFindings, type CritiqueInput, critiqueStepId, type Round, roundsOf } from '../judgements.ts';
import { agentStep, nobodyFinished, open, run, untilPlanned, writtenBy } from './steps.ts';

/** Objectives of a round after the first, where the caller does not say how many agents. */
const NEXT_AGENTS = 4;

export const iterative: Decide = (journal) => {
  const beginning = untilPlanned(journal);
  if (beginning !== null) return beginning;
  const { inputs } = journal.workflow.config;
  const condition = inputs?.kind === 'iterative' ? inputs : { until: '', max_rounds: 1 };
  // A critique that says more than it may plans no round beyond the limit.
  const rounds = roundsOf(journal).slice(0, condition.max_rounds);
  const agents = rounds.flatMap((round) => agentSteps(journal, rounds, round));
  const last = rounds.at(-1);
  if (journal.stop === null && last !== undefined) {
    const unsettled = open(journal, agents);
    if (unsettled.length > 0) return run(unsettled);
    const nobody = nobodyFinished(journal, agents);
    if (nobody !== null) return nobody;
    if (!settled(last.critique)) return run([critiqueStep(journal, rounds, { last, ...condition })]);
  }
  return nobodyFinished(journal, agents) ?? writtenBy(journal, 'camina');
};

function agentSteps(journal: Journal, rounds: readonly Round[], { number, subtasks }: Round): readonly StepSpec[] {
  const before = idsOf(rounds.slice(0, number - 1));
  const found = new Set(agentsWithFindings(journal));
  const sees = before.filter((agent_id) => found.has(agent_id));
  return subtasks.map((subtask) => agentStep(journal, subtask, sees));
}

function idsOf(rounds: readonly Round[]): readonly string[] {
  return rounds.flatMap(({ subtasks }) => subtasks.map(({ agent_id }) => agent_id));
}

function critiqueStep(
  journal: Journal,
  rounds: readonly Round[],
  { last, until, max_rounds }: { readonly last: Round; readonly until: string; readonly max_rounds: number },
): StepSpec {
  const { config } = journal.workflow;
  const finished = (agent_id: string): boolean => agentOutput(journal, agent_id) !== null;
  const agents = idsOf(rounds).filter(finished);
  const input: CritiqueInput = {
    round: last.number,
    until,
    agents,
    newest: idsOf([last]).filter(finished),
    most: last.number < max_rounds ? (config.agents ?? Math.min(NEXT_AGENTS, planLimit(config) ?? NEXT_AGENTS)) : 0,
    model: modelOf(config, 'plan'),
  };
  const before = rounds.slice(0, -1).map(({ number }) => critiqueStepId(number));
  return {
    step_id: critiqueStepId(last.number),
    kind: 'critique',
    phase: 'researching',
    agent_id: null,
    input: asJson(input),
    after: [...agents.map(agentStepId), ...before.filter((step_id) => succeeded(journal.steps.get(step_id)))],
    timeout_ms: TIMEOUTS.judgement,
  };
}
