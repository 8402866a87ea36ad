/** Steps that decide how a pattern goes on: the choice of a branch, and the critique after a round. */

import type { Branch } from '../core/pattern-inputs.ts';
import type { Subtask } from '../core/plan.ts';
import type { Journal, StepRecord, StepSpec } from '../core/step.ts';
import { agentOutput, CHOICE, plain, planOutput, settled, succeeded, type StandIns } from './journal.ts';

export interface ChoiceInput {
  /** Those with a condition, in the user's order. */
  readonly branches: readonly { readonly name: string; readonly when: string }[];
  readonly corpus_id: string;
  readonly model: string;
  /** As of an agent: the earlier workflow in which it was cut short. */
  readonly continues?: string;
}

export interface ChoiceOutput extends StandIns {
  /** Null: no condition was found to hold. */
  readonly branch: string | null;
  readonly why: string;
  /** Ids of the claims that decided it. */
  readonly claims: readonly string[];
  /** Why looking for the conditions ended before it was done, or what it had to do without. */
  readonly cut?: readonly string[];
}

export interface CritiqueInput {
  /** From 1. */
  readonly round: number;
  readonly until: string;
  /** Agents of all rounds that finished, whose findings are judged. */
  readonly agents: readonly string[];
  /** Those of them that this round added. */
  readonly newest: readonly string[];
  /** Objectives of the next round at most; 0 after the last. */
  readonly most: number;
  readonly model: string;
}

export interface CritiqueOutput extends StandIns {
  readonly holds: boolean;
  readonly why: string;
  readonly claims: readonly string[];
  readonly missing: readonly string[];
  /** Findings of this round that no earlier one had. */
  readonly fresh: number;
  /** Why there is no further round; null where there is one. */
  readonly ended: string | null;
  readonly next: readonly Subtask[];
}

export function critiqueStepId(round: number): string {
  return `critique:round-${round}`;
}

export function choiceInput({ input }: Pick<StepSpec, 'input'>): ChoiceInput {
  return plain(input) as ChoiceInput;
}

export function critiqueInput({ input }: Pick<StepSpec, 'input'>): CritiqueInput {
  return plain(input) as CritiqueInput;
}

type Steps = Pick<Journal, 'steps'>;

export function choiceOutput({ steps }: Steps): ChoiceOutput | null {
  const step = steps.get(CHOICE);
  return succeeded(step) ? (plain(step.output) as ChoiceOutput) : null;
}

export function critiqueOutput({ steps }: Steps, round: number): CritiqueOutput | null {
  const step = steps.get(critiqueStepId(round));
  return succeeded(step) ? (plain(step.output) as CritiqueOutput) : null;
}

/** The branch that is taken: the one chosen, else the one without a condition, else none. Null before the choice is made. */
export function branchTaken(journal: Steps, branches: readonly Branch[]): { readonly branch: Branch | null } | null {
  const choice = choiceOutput(journal);
  if (choice === null) return null;
  const chosen = branches.find(({ name }) => name === choice.branch);
  return { branch: chosen ?? branches.find(({ when }) => when === null) ?? null };
}

/** One round: the plan's subtasks, then what each critique asks next. */
export interface Round {
  readonly number: number;
  readonly subtasks: readonly Subtask[];
  readonly critique: StepRecord | undefined;
}

/** The rounds planned so far; one for every pattern without critiques, none before there is a plan. */
export function roundsOf(journal: Steps): readonly Round[] {
  const rounds: Round[] = [];
  let subtasks = planOutput(journal)?.subtasks ?? [];
  for (let number = 1; subtasks.length > 0; number += 1) {
    rounds.push({ number, subtasks, critique: journal.steps.get(critiqueStepId(number)) });
    subtasks = critiqueOutput(journal, number)?.next ?? [];
  }
  return rounds;
}

/** Every subtask there is or was: the plan's, and those that critiques added. */
export function subtasksOf(journal: Steps): readonly Subtask[] {
  return roundsOf(journal).flatMap(({ subtasks }) => subtasks);
}

/** Agents that brought something back, in the plan's order. */
export function agentsWithFindings(journal: Steps): readonly string[] {
  const ids = subtasksOf(journal).map(({ agent_id }) => agent_id);
  return ids.filter((agent_id) => (agentOutput(journal, agent_id)?.claims ?? 0) > 0);
}

/** Which part of its research a workflow has done, 0 to 1, never falling: rounds that are not planned yet count as open. */
export function researchDone(journal: Steps, max_rounds: number, isSettled: (agent_id: string) => boolean): number {
  const rounds = roundsOf(journal);
  if (rounds.length === 0) return 0;
  if (max_rounds === 1)
    return share(
      rounds.flatMap(({ subtasks }) => subtasks),
      isSettled,
      0,
    );
  const judged = rounds.filter(({ critique }) => settled(critique)).length;
  const open = rounds[judged];
  // The last critique planned no further round: what is left is the report.
  if (open === undefined) return 1;
  return (judged + share(open.subtasks, isSettled, 1)) / max_rounds;
}

/** `more`: pieces of work beside the agents that are still open. */
function share(subtasks: readonly Subtask[], isSettled: (agent_id: string) => boolean, more: number): number {
  const all = subtasks.length + more;
  return all === 0 ? 0 : subtasks.filter(({ agent_id }) => isSettled(agent_id)).length / all;
}
