/** The journal in research's words: which steps there are, what their inputs and outputs hold, how they are told in events. */

import { count } from '../core/amount.ts';
import type { ErrorRecord } from '../core/errors.ts';
import type { EventDraft } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import { type SynthesisRole, type Work, workOf } from '../core/patterns.ts';
import type { Composition } from '../core/report.ts';
import type { Domain, SkippedFile } from '../core/source.ts';
import type { Journal, StepRecord, StepSpec } from '../core/step.ts';
import type { Plan, Subtask } from '../core/plan.ts';
import type { Merged } from '../providers/providers.ts';

/** Time limits, milliseconds. Belter, drummer and camina as promised to users; the first two bound what reads files. */
export const TIMEOUTS = {
  collect: 30 * 60_000,
  plan: 10 * 60_000,
  belter: 180_000,
  drummer: 240_000,
  camina: 300_000,
  judgement: 10 * 60_000,
} as const;

export interface CollectOutput {
  readonly corpus_id: string;
  readonly sources: number;
  readonly characters: number;
  /** The first files that could not be used, and how many there were in all. */
  readonly skipped: readonly SkippedFile[];
  readonly skipped_total: number;
}

/** Of a step that goes on where an earlier workflow cut it short: that workflow. Another one's input, so not adopted. */
interface Continuing {
  readonly continues?: string;
}

/** All that a plan depends on beside the question: with the same input it need not be made again. */
export interface PlanInput extends Continuing {
  readonly corpus_id: string;
  readonly model: string;
  readonly agents: number | null;
  /** Agents at most, where the budget says so. */
  readonly most?: number;
  readonly domains: readonly Domain[] | null;
  readonly earlier: readonly Subtask[];
  /** A person's plan, which is then the outcome as it stands. */
  readonly given: Plan | null;
  /** The earlier workflow whose plan fell short, so that its outcome does not fit. */
  readonly continues?: string;
}

export interface AgentInput extends Continuing {
  readonly role: string;
  readonly subtask: Subtask;
  /** Agents whose findings it is shown, in the order of the plan; absent where nobody came before. */
  readonly sees?: readonly string[];
  /** What it reads and who reads: not looked at by the agent, but another corpus or model is another outcome. */
  readonly corpus_id: string;
  readonly model: string;
}

/** What a person said to the plan: null leaves it as it is. */
export interface ApprovalOutput {
  readonly subtasks: readonly Subtask[] | null;
}

/** Of the outcome of any step: fallback models that answered in it where another failed. */
export interface StandIns {
  readonly fallbacks?: readonly string[];
}

export interface AgentOutput extends StandIns {
  readonly claims: number;
  readonly sources: number;
  readonly gaps: readonly string[];
  /** Claims refused because their quote does not stand in the source. */
  readonly rejected: number;
  /** Why it ended before it was done, or what it had to do without. */
  readonly cut?: readonly string[];
  /** What led nowhere: for whoever goes on, not for the reader. */
  readonly dead_ends?: readonly string[];
}

/** Why an agent was cut, where no further turn of it fitted under the cap. */
export const OUT_OF_BUDGET = 'the budget was used up';

export interface SynthesisInput extends Continuing {
  readonly role: SynthesisRole;
  /** Agents whose claims go in as they are. */
  readonly agents: readonly string[];
  /** Drummers whose merged claims go in. */
  readonly drummers: readonly string[];
  readonly model: string;
}

const PREFIX = { agent: 'agent:', synthesis: 'synthesis:' } as const;
/** The agent whose claims decided the branch: the report cites them where it tells of the choice. */
export const CHOICE = 'choice';
export const COLLECT = 'collect';
export const PLAN = 'plan';
export const APPROVAL = 'approval';
export const agentStepId = (agent_id: string): string => PREFIX.agent + agent_id;
export const synthesisStepId = (agent_id: string): string => PREFIX.synthesis + agent_id;

// Inputs and outputs were written by this program in these shapes; a change of shape is a migration, not a case here.

export function agentInput({ input }: Pick<StepSpec, 'input'>): AgentInput {
  return plain(input) as AgentInput;
}

export function synthesisInput({ input }: Pick<StepSpec, 'input'>): SynthesisInput {
  return plain(input) as SynthesisInput;
}

/** A plan begun by the first release names neither earlier subtasks nor a given plan. */
export function planInput({ input }: Pick<StepSpec, 'input'>): PlanInput {
  return { earlier: [], given: null, ...(plain(input) as Partial<PlanInput> & Omit<PlanInput, 'earlier' | 'given'>) };
}

/** A value of ours on its way into a row. All of them are plain data by construction. */
export function asJson(value: object): Json {
  return value as Json;
}

/** A stored value on its way back into the shape it was written in. */
export function plain(value: Json): unknown {
  return value;
}

export function settled(step: StepRecord | undefined): step is StepRecord {
  return step !== undefined && step.status !== 'running';
}

export function succeeded(step: StepRecord | undefined): step is StepRecord {
  return step?.status === 'succeeded';
}

function outputOf(journal: Pick<Journal, 'steps'>, step_id: string): Json {
  const step = journal.steps.get(step_id);
  return succeeded(step) ? step.output : null;
}

export function collectOutput(journal: Pick<Journal, 'steps'>): CollectOutput | null {
  return outputOf(journal, COLLECT) as CollectOutput | null;
}

/** The plan that holds: as it was made, or as a person approved it. */
export function planOutput(journal: Pick<Journal, 'steps'>): Plan | null {
  const made = outputOf(journal, PLAN) as Plan | null;
  const approved = outputOf(journal, APPROVAL) as ApprovalOutput | null;
  if (made === null || approved?.subtasks == null) return made;
  // How many agents an edited plan has was a person's choice.
  const { limited_to: _, ...rest } = made;
  return { ...rest, subtasks: approved.subtasks };
}

/** What was asked for and is not in the plan, agents that there is no budget for included. */
export function planMissing({ missing, limited_to }: Plan): Plan['missing'] {
  if (limited_to === undefined) return missing;
  const why = "the agents' part of the budget pays for the first turn and the notes of no more";
  return [...missing, { what: `more than ${count(limited_to, 'agent')}`, why }];
}

export function agentOutput(journal: Pick<Journal, 'steps'>, agent_id: string): AgentOutput | null {
  return outputOf(journal, agentStepId(agent_id)) as AgentOutput | null;
}

export function mergedOutput(journal: Pick<Journal, 'steps'>, agent_id: string): Merged | null {
  return outputOf(journal, synthesisStepId(agent_id)) as Merged | null;
}

/** What the synthesis that writes the report wrote, whatever its pattern calls it. */
export function compositionOutput(journal: Pick<Journal, 'steps'>): Composition | null {
  const written = synthesesOf(journal, 'write').find(succeeded);
  return (written?.output ?? null) as Composition | null;
}

/** The syntheses begun so far that merge, or that write. */
export function synthesesOf({ steps }: Pick<Journal, 'steps'>, work: Exclude<Work, 'research'>): StepRecord[] {
  const syntheses = [...steps.values()].filter((step) => step.kind === 'synthesis');
  return syntheses.filter((step) => workOf(synthesisInput(step).role) === work);
}

/** Fallback models whose answers are in this journal, in its order; those that an earlier workflow of the line asked, too. */
export function fallbacksUsed({ steps }: Pick<Journal, 'steps'>): readonly string[] {
  const outputs = [...steps.values()].filter(succeeded).map(({ output }) => output as StandIns | null);
  return [...new Set(outputs.flatMap((output) => output?.fallbacks ?? []))];
}

/** A failure that is tried again, or that others have to do without. `said`: what it says beside the error. */
export function failureEvent(
  spec: StepSpec,
  failed: { readonly error: ErrorRecord; readonly retry_at: string | null },
  said: EventDraft['data'] = {},
): EventDraft {
  return eventOf(spec, 'agent_error', { ...said, error: asJson(failed.error), retry_at: failed.retry_at });
}

/** An event about a step's agent. */
export function eventOf(spec: StepSpec, event_type: EventDraft['event_type'], data: EventDraft['data']): EventDraft {
  return { event_type, ...(spec.agent_id === null ? {} : { agent_id: spec.agent_id }), data };
}
