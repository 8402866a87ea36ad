/** A plan: the question divided into one objective for each agent, as a model made it or a person edited it. */

import type { Domain } from './source.ts';

export type Shape = 'fact' | 'comparison' | 'survey';

/** One agent's share of the work. */
export interface Subtask {
  readonly agent_id: string;
  readonly objective: string;
  /** What a step of a sequence is called in the report. */
  readonly name?: string | undefined;
  /** What to search for; the first is the main query. */
  readonly queries: readonly string[];
  readonly domain: Domain | null;
  /** Search only these sources of the workflow; all when absent. */
  readonly source_ids?: readonly string[] | undefined;
  /** What these were when they were named, in a plan that goes on to another reading, where other documents may have the ids. */
  readonly documents?: readonly DocumentName[] | undefined;
  /** What does not belong to it, because another has it or nobody asked. */
  readonly boundaries?: string | undefined;
  /** What its findings are to hold: figures by year, both sides of a dispute. */
  readonly expected?: string | undefined;
}

/** A document, whatever its id is: its place, and the hash of its text as it was. */
export interface DocumentName {
  readonly location: string;
  readonly sha256: string;
}

export interface Plan {
  readonly shape: Shape;
  readonly subtasks: readonly Subtask[];
  /** Asked for and not possible: a domain without material. */
  readonly missing: readonly { readonly what: string; readonly why: string }[];
  /** Why it is not the plan it could have been (budget, an answer of no use): a workflow that goes on plans anew. */
  readonly cut?: readonly string[] | undefined;
  /** So many agents the budget had room for, and the plan uses them all: with a larger one, more can be added to it. */
  readonly limited_to?: number | undefined;
}

/** A subtask as clients see it and hand it back edited: what is left out is filled in. */
export interface SubtaskEdit {
  /** Keeps an agent of the plan shown; a new one is named by code. */
  readonly agent_id?: string | undefined;
  readonly objective: string;
  /** Only where the report has a section for each: its heading. Default: as before, else the objective. */
  readonly name?: string | undefined;
  /** Default: the objective itself. */
  readonly queries?: readonly string[] | undefined;
  /** Swarm only. */
  readonly domain?: Domain | undefined;
  /** source_ids or locations of collected sources to search; default all. */
  readonly sources?: readonly string[] | undefined;
  /** Default: as the plan has them, where the objective is the plan's. */
  readonly boundaries?: string | undefined;
  readonly expected?: string | undefined;
}
