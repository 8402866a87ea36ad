/** One tool: what is advertised, and a call from raw arguments to a result that is either an answer or a catalogue error. */

import type { CallToolResult } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { Fault, toFault, type ErrorRecord } from '../../core/errors.ts';
import type { Caller, Orchestrator, StatusView } from '../../core/views.ts';
import { parseArguments } from './arguments.ts';
import { errorOutput } from './outputs.ts';
import { inputSchemaOf, outputSchemaOf, type JsonSchema } from './schema.ts';

/** All four hints, always: a host must not have to guess what an absent one means. */
interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** What one call may use. */
export interface Call {
  readonly caller: Caller;
  readonly orchestrator: Orchestrator;
  /** Aborted when the client gives the call up: ends a wait, never a workflow. */
  readonly signal: AbortSignal;
  /** Tells the client how far the workflow is; absent when it did not ask for that. */
  readonly progress: ((view: StatusView) => void) | undefined;
}

/** A call before its arguments are known to be right: nothing is opened for a wrong one. */
export interface Calling extends Omit<Call, 'orchestrator'> {
  readonly orchestrator: () => Promise<Orchestrator>;
  /** Told every error that is a defect of ours, with its cause. */
  readonly defect: (fault: Fault) => void;
}

/** A tool as `tools/list` shows it. */
export interface ToolCard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolHints;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
}

export interface Tool {
  readonly card: Omit<ToolCard, 'inputSchema' | 'outputSchema'>;
  /** Converted when first asked for: many connections are probes that never list. */
  readonly inputSchema: () => JsonSchema;
  readonly outputSchema: () => JsonSchema;
  /** Never rejects. */
  readonly call: (raw: unknown, calling: Calling) => Promise<CallToolResult>;
}

/** What a tool's own file says. `V` is the view it answers. */
export interface ToolDefinition<I extends z.ZodObject, V> {
  readonly name: string;
  readonly title: string;
  /** For a model that must decide: when to use it, what comes back, what to call next. */
  readonly description: string;
  readonly annotations: ToolHints;
  readonly input: I;
  /** Schema of `V`. What it does not name is left out of the answer. */
  readonly output: z.ZodObject;
  readonly run: (args: z.output<I>, call: Call) => Promise<V>;
  /** Whether such a call leaves everything as it is: then nothing that was interrupted is taken up because of it. */
  readonly inert?: (args: z.output<I>) => boolean;
  /** The same facts for a reader; the last line is the next call to make. */
  readonly text: (view: V, args: z.output<I>) => string;
}

export function defineTool<I extends z.ZodObject, V>(definition: ToolDefinition<I, V>): Tool {
  const { name, title, description, annotations, input, output } = definition;
  let inputJson: JsonSchema | undefined;
  let outputJson: JsonSchema | undefined;
  return {
    card: { name, title, description, annotations },
    inputSchema: () => (inputJson ??= inputSchemaOf(input)),
    outputSchema: () => (outputJson ??= outputSchemaOf(output, errorOutput)),
    call: async (raw, calling) => {
      try {
        const args = parseArguments(input, raw);
        const orchestrator = await calling.orchestrator();
        if (definition.inert?.(args) !== true) orchestrator.recover();
        const view = await definition.run(args, { ...calling, orchestrator });
        return {
          content: [{ type: 'text', text: definition.text(view, args) }],
          structuredContent: checked(definition, view),
        };
      } catch (thrown) {
        const fault = toFault(thrown);
        if (fault.code === 'INTERNAL') calling.defect(fault);
        return errorResult(fault.toRecord());
      }
    },
  };
}

function checked<I extends z.ZodObject, V>(definition: ToolDefinition<I, V>, view: V): Record<string, unknown> {
  const parsed = definition.output.safeParse(view);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Fault('INTERNAL', `the answer of ${definition.name} breaks its own schema at ${where}`, {
    cause: parsed.error,
  });
}

function errorResult(error: ErrorRecord): CallToolResult {
  const retry = error.retryable ? '\nThe same call can succeed later.' : '';
  return {
    isError: true,
    content: [{ type: 'text', text: `${error.code}: ${error.message}\n${error.hint}${retry}` }],
    structuredContent: { error: { ...error } },
  };
}
