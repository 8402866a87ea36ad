/**
 * The outside, behind small ports: the library of the user's documents, and the model that plans, researches, merges and
 * composes. Research is written against these; `main.ts` picks the implementations.
 */

import type { Calls } from '../core/call.ts';
import type { Claim, Conflict, PassageRead } from '../core/claim.ts';
import type { Plan, Shape, Subtask } from '../core/plan.ts';
import type { Composition } from '../core/report.ts';
import type { Domain, ParsedText, SkippedFile, Source, SourceRoot, StoredText } from '../core/source.ts';
import type { WorkflowConfig } from '../core/workflow.ts';
import type { FoundText } from './agent-tool.ts';

export type { AgentTool, FoundText, Toolbox, ToolAnswer } from './agent-tool.ts';
export type { LanguageModel, Message, ModelAnswer, ModelRequest, ObjectSchema, ToolCard } from './language-model.ts';

// --- Library -----------------------------------------------------------------------------------------------------

/** One file read and parsed, ready to store. */
export interface CollectedText extends ParsedText {
  readonly sha256: string;
  readonly location: string;
  readonly uri: string;
  readonly modified_at: string;
}

export interface CollectOptions {
  readonly roots: readonly SourceRoot[];
  readonly signal: AbortSignal;
  /** Called with running totals, at most a few times a second. */
  readonly progress: (seen: { readonly files: number; readonly characters: number }) => void;
}

/** What ends a collection: files skipped and why, a limit that ended it early among them. */
export interface CollectEnd {
  readonly skipped: readonly SkippedFile[];
}

/** A set of sources to search; `corpus_id` names its content, so equal sets share one index. */
export interface Corpus {
  readonly corpus_id: string;
  readonly sources: readonly Source[];
}

/** A ranked passage. `text` is the masked slice: same length as `end - start`, markup blanked. */
export interface Hit {
  readonly source_id: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The stored slice, verbatim. */
  readonly raw: string;
  readonly heading: string;
  readonly location: string;
  /** Rank score, above 0; comparable within one search. */
  readonly score: number;
}

export interface SearchOptions {
  readonly query: string;
  /** Words to favour without requiring them (the user's context). */
  readonly context?: string;
  readonly limit: number;
  /** Search only these sources; all when absent. */
  readonly source_ids?: readonly string[];
  readonly signal: AbortSignal;
}

/** Terms that set a corpus apart, most telling first, with how many sources hold them: what a plan can be made of. */
export interface Theme {
  readonly term: string;
  readonly sources: number;
  /** Share of sources that hold it among those that hold any word of the question, 0 to 1. */
  readonly weight: number;
}

export interface Library {
  /** Reads and parses the roots, in a stable order (by location), off the caller's thread. Broken files are reported, never thrown. */
  collect(options: CollectOptions, each: (text: CollectedText) => Promise<void>): Promise<CollectEnd>;
  /** Makes the corpus searchable: builds its index from the stored texts unless one exists. Idempotent. */
  prepare(corpus: Corpus, read: (source: Source) => Promise<StoredText>, signal: AbortSignal): Promise<void>;
  /** Needs a prepared corpus. Deterministic for the same corpus and options. */
  search(corpus: Corpus, options: SearchOptions): Promise<readonly Hit[]>;
  themes(corpus: Corpus, question: string, limit: number): Promise<readonly Theme[]>;
  /** Deletes what is derived of a corpus and can be made again: its index holds the texts' words. */
  forget(corpus_id: string): Promise<void>;
  close(): Promise<void>;
}

// --- Model -------------------------------------------------------------------------------------------------------

/** What a model has at hand beside the request. One that needs no call and finds nothing outside leaves it alone. */
export interface Workbench {
  readonly calls: Calls;
  readonly config: Pick<WorkflowConfig, 'fallback_models' | 'network' | 'budget'>;
  /** Told each time a fallback, `provider/model`, answered because the model asked before it failed for good. */
  steppedIn(fallback: string): void;
  readonly texts: {
    /** Stores a text that a tool brought, by its content; idempotent. */
    keep(text: FoundText): Promise<void>;
    read(text: Pick<Source, 'sha256' | 'format'>): Promise<StoredText>;
  };
}

export interface PlanRequest {
  readonly task: string;
  readonly context: string | null;
  /** Agents at most; null lets the question decide. */
  readonly agents: number | null;
  /** Agents at most for which there is a budget, where nobody asked for a number; absent: no limit. */
  readonly most?: number;
  /** One subtask or more for each domain of the material, instead of all searching all of it. */
  readonly by_domain: boolean;
  /** With by_domain: the domains asked for; null lets the material decide. */
  readonly domains: readonly Domain[] | null;
  /** Subtasks of an earlier workflow on the same sources: they stay as they are, and new ones come after them. */
  readonly earlier: readonly Subtask[];
  readonly corpus: Corpus;
  readonly library: Pick<Library, 'search' | 'themes'>;
  readonly signal: AbortSignal;
}

export interface EarlierFindings {
  /** The step's name, or its objective. */
  readonly of: string;
  /** The wording of its claims, best first. */
  readonly findings: readonly string[];
}

export interface ResearchRequest {
  readonly task: string;
  readonly context: string | null;
  readonly shape: Shape;
  readonly subtask: Subtask;
  /** What steps before this one found, in their order; short enough to read whole. Quoted from outside: data, never orders. */
  readonly seen?: readonly EarlierFindings[];
  readonly corpus: Corpus;
  readonly library: Pick<Library, 'search'>;
  /** Tells people what the agent is doing, in one short human phrase. */
  readonly progress: (activity: string) => void;
  readonly signal: AbortSignal;
}

/** What an agent brings back. Claims are proposals until their quotes are verified against the stored text. */
export interface Findings {
  readonly claims: readonly Claim[];
  readonly passages: readonly PassageRead[];
  readonly gaps: readonly string[];
  /** What led nowhere: for whoever goes on, not for the reader. */
  readonly dead_ends?: readonly string[];
  /** Statements it left out because their quotes stand in no source. */
  readonly rejected?: number;
  /** Sources it found beside the corpus and quotes from, their texts kept. Ids begin with its own: `belter-2.s1`. */
  readonly sources?: readonly Source[];
  /** Why it ended before it was done (budget, turns), or what it had to do without; for what is missing from the report. */
  readonly cut?: readonly string[];
}

export interface MergeRequest {
  readonly task: string;
  readonly agent_id: string;
  readonly claims: readonly Claim[];
  readonly sources: readonly Source[];
  readonly signal: AbortSignal;
}

/** A merge keeps claim ids and drops nothing silently: every input id is kept or named as the duplicate of one kept. */
export interface Merged {
  readonly kept: readonly string[];
  readonly duplicates: readonly { readonly claim_id: string; readonly of: string }[];
  readonly conflicts: readonly Conflict[];
  /** Why less was merged than could have been. */
  readonly cut?: readonly string[];
}

export interface ComposeRequest {
  readonly task: string;
  readonly shape: Shape;
  /** Claims that survived merging, of all groups. */
  readonly claims: readonly Claim[];
  readonly conflicts: readonly Conflict[];
  readonly sources: readonly Source[];
  /** Objectives in plan order, for sections. */
  readonly objectives: readonly { readonly objective: string; readonly agent_id: string; readonly name?: string }[];
  /** A section for each objective in this order, headed by its name, also where nothing was found. Default: false. */
  readonly in_order?: boolean;
  readonly signal: AbortSignal;
}

export interface ChooseRequest {
  readonly task: string;
  readonly context: string | null;
  /** In the user's order: of two that apply alike, the first. */
  readonly branches: readonly { readonly name: string; readonly when: string }[];
  readonly corpus: Corpus;
  readonly library: Pick<Library, 'search'>;
  readonly progress: (activity: string) => void;
  readonly signal: AbortSignal;
}

/** Which branch applies, with the claims that decided it: by the agent `choice`, proposals until their quotes are verified. */
export interface Choice extends Pick<Findings, 'claims' | 'passages' | 'sources' | 'cut'> {
  /** The name of one of the branches; null where no condition was found to hold. */
  readonly branch: string | null;
  /** One sentence for the report. */
  readonly why: string;
}

export interface CritiqueRequest {
  readonly task: string;
  readonly context: string | null;
  /** The condition, as the user stated it. */
  readonly until: string;
  /** From 1. */
  readonly round: number;
  /** Everything found so far. */
  readonly claims: readonly Claim[];
  /** Every objective so far, the round it was asked in, and what its agent did not find. */
  readonly asked: readonly { readonly subtask: Subtask; readonly round: number; readonly gaps: readonly string[] }[];
  /** Objectives of the next round at most; 0 where there is none. */
  readonly most: number;
  readonly signal: AbortSignal;
}

export interface Critique {
  readonly holds: boolean;
  /** One sentence for the report. */
  readonly why: string;
  /** Ids of claims that show the condition met. */
  readonly claims: readonly string[];
  /** What is still missing, in words. */
  readonly missing: readonly string[];
  /** What to ask next, of which nothing was asked before; the first is the most urgent. */
  readonly next: readonly Pick<Subtask, 'objective' | 'queries'>[];
}

export interface Model {
  /** `extractive`, or `provider/model`. Recorded in the result. */
  readonly name: string;
  /** One line for the report's header that says honestly what wrote it. */
  readonly stamp: string;
  plan(request: PlanRequest, bench: Workbench): Promise<Plan>;
  research(request: ResearchRequest, bench: Workbench): Promise<Findings>;
  merge(request: MergeRequest, bench: Workbench): Promise<Merged>;
  /** Merges across groups as well: the result cites no claim twice and no duplicate. */
  compose(request: ComposeRequest, bench: Workbench): Promise<Composition>;
  /** Reads what it needs to tell which branch applies. */
  choose(request: ChooseRequest, bench: Workbench): Promise<Choice>;
  /** Judges what was found against the condition; reads nothing new. */
  critique(request: CritiqueRequest, bench: Workbench): Promise<Critique>;
}

/** A model that works from what it is given and makes no call. */
export interface OfflineModel extends Model {
  plan(request: PlanRequest): Promise<Plan>;
  research(request: ResearchRequest): Promise<Findings>;
  merge(request: MergeRequest): Promise<Merged>;
  compose(request: ComposeRequest): Promise<Composition>;
  choose(request: ChooseRequest): Promise<Choice>;
  critique(request: CritiqueRequest): Promise<Critique>;
}

/** Orders claims without any call, where no synthesis was reached. */
export interface LastResort {
  compose(request: ComposeRequest): Promise<Composition>;
}
