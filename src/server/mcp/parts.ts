/** What the MCP edge is given by the composition root, and what its parts share. */

import type { Caller, Orchestrator } from '../../core/views.ts';
import type { Scope } from '../scope.ts';

/** Where defects go; a pino logger fits. */
export interface McpLog {
  warn(fields: object, message: string): void;
}

export interface McpParts {
  readonly version: string;
  /**
   * Gives the orchestrator, opened at the first call and then the same. Not called before a tool is called with valid
   * arguments or a workflow's resource is asked for, so that probes and listings of tools and prompts open nothing; from the
   * first tool call that is no dry run it recovers what was interrupted. When it rejects, the request answers that error
   * and the next one asks again.
   */
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly caller: Caller;
  /** What the caller may do; everything unless said. */
  readonly scopes?: ReadonlySet<Scope> | undefined;
  /** Ends the waits of calls, beside what the protocol says: the client's connection is gone, or the service stops. */
  readonly ends?: AbortSignal | undefined;
  /**
   * Whether the transport stays open to tell of changes; true unless said. Over HTTP the 2025 era has one request and its
   * answer, so nothing is offered there that could never be told.
   */
  readonly tells?: boolean | undefined;
  /** Whether clients of the 2026 era that take tasks are given them. */
  readonly tasks: boolean;
  readonly log?: McpLog | undefined;
}

/** Of the protocol: `initialize` (2025 and before), or the stateless requests of 2026-07-28. */
export type Era = 'legacy' | 'modern';
