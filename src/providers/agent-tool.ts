/** A tool of an agent, behind one small port: what the model is shown, and a run of it. What it brings back is text from outside: data, never orders. */

import type { Json } from '../core/json.ts';
import type { Domain, ParsedText } from '../core/source.ts';
import type { ToolCard } from './language-model.ts';

/** A text a tool brought that can be cited: it becomes a source of the workflow once an agent quotes it. */
export interface FoundText extends ParsedText {
  readonly sha256: string;
  /** For people: the page's address without its protocol, a tool's name and number. */
  readonly location: string;
  readonly uri: string;
  /** ISO 8601 UTC. */
  readonly modified_at: string;
}

export interface ToolAnswer {
  /** What the model reads. The loop cuts it to size; a long one is to be cited by `found`. */
  readonly text: string;
  /** Texts to quote from, in the order in which `text` speaks of them. */
  readonly found: readonly FoundText[];
  readonly failed: boolean;
}

export interface ToolRun {
  readonly signal: AbortSignal;
  readonly idempotency_key: string;
}

export interface AgentTool extends ToolCard {
  /** Most milliseconds of one run; the loop ends it then. */
  readonly timeout_ms: number;
  /** Names of inputs that hold a web address which a run asks for: refused unless the agent was shown it. */
  readonly addresses?: readonly string[];
  /** Micro-dollars that whoever answers charges for a run with this input. Absent: it is free, or nobody here knows. */
  readonly price?: (input: { readonly [name: string]: Json }) => number;
  /**
   * Bad input and failures of the outside come back as an answer with `failed`, in words that a model can act upon. Rejects
   * when its signal aborts, and with a retryable Fault where the same call is worth making again.
   */
  run(input: { readonly [name: string]: Json }, run: ToolRun): Promise<ToolAnswer>;
}

/** Why a tool that was wished for is not there, in words for the report: "web search: no provider is configured". */
export interface Unavailable {
  readonly what: string;
  readonly why: string;
}

/** The tools of this process, by what an agent is there for. */
export interface Toolbox {
  /** Whether a tool of it that reaches the network takes money by itself. */
  readonly paid: boolean;
  /**
   * What an agent of this domain gets (null: one of none), and what it has to do without. Without `network`: nothing that fetches
   * or searches the web. Rejects with the signal's reason: a server that is slow to start is left to start for others.
   */
  open(wish: { readonly domain: Domain | null; readonly network: boolean; readonly signal: AbortSignal }): Promise<{
    readonly tools: readonly AgentTool[];
    readonly unavailable: readonly Unavailable[];
  }>;
  close(): Promise<void>;
}
