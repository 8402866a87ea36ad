/**
 * Conditional: one branch is chosen. No sources yet: collect them. No choice yet: find out which branch's condition holds.
 * The plan is that branch's objectives; where none applies, it is empty and the report says so. Then the Belters, all at once,
 * and Camina.
 */

import type { Plan } from '../../core/plan.ts';
import type { Decide, Journal, StepSpec } from '../../core/step.ts';
import { modelOf } from '../../core/workflow.ts';
import { asJson, CHOICE, TIMEOUTS } from '../journal.ts';
import { branchTaken, type ChoiceInput } from '../judgements.ts';
import { continuing, corpusId, untilAgentsSettled, writtenBy } from './steps.ts';

export const conditional: Decide = (journal) =>
  untilAgentsSettled(journal, { before: [choiceStep(journal)], made: planOfBranch(journal) }) ??
  writtenBy(journal, 'camina');

function choiceStep(journal: Journal): StepSpec {
  const branches = branchesOf(journal).flatMap(({ name, when }) => (when === null ? [] : [{ name, when }]));
  const input: ChoiceInput = {
    branches,
    corpus_id: corpusId(journal),
    model: modelOf(journal.workflow.config, 'plan'),
    ...continuing(journal, CHOICE),
  };
  return {
    step_id: CHOICE,
    kind: 'choice',
    phase: 'planning',
    agent_id: null,
    input: asJson(input),
    timeout_ms: TIMEOUTS.judgement,
  };
}

function branchesOf({ workflow }: Journal) {
  const { inputs } = workflow.config;
  return inputs?.kind === 'conditional' ? inputs.branches : [];
}

function planOfBranch(journal: Journal): Plan | null {
  const taken = branchTaken(journal, branchesOf(journal));
  if (taken === null) return null;
  const subtasks = (taken.branch?.objectives ?? []).map((objective, at) => ({
    agent_id: `belter-${at + 1}`,
    objective,
    queries: [objective],
    domain: null,
  }));
  return { shape: 'survey', subtasks, missing: [] };
}
