/** One tool: what is advertised, and a call from raw arguments to a result that is either an answer or a catalogue error. */

import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { Fault, toFault, type ErrorRecord } from '../../core/errors.ts';
import type { Trace } from '../../core/trace.ts';
import type { Caller, DocumentLink, Orchestrator, StatusView } from '../../core/views.ts';
import type { Scope } from '../scope.ts';
import { parseArguments } from './arguments.ts';
import { checked } from './checked.ts';
import { errorOutput, type SchemaOf } from './outputs.ts';
import type { Defect } from './protocol-error.ts';
import { brief, inputSchemaOf, outputSchemaOf, type JsonSchema } from './schema.ts';

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
  /** Trace context the call came with. */
  readonly trace: Trace | undefined;
}

/** A call before its arguments are known to be right: nothing is opened for a wrong one. */
export interface Calling extends Omit<Call, 'orchestrator'> {
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly scopes: ReadonlySet<Scope>;
  /** Told every error that is a defect of ours, with its cause. */
  readonly defect: Defect;
  /** Whether the client takes a task as the answer of this call. */
  readonly takesTasks: boolean;
  /** Whether the client knows links among the content: older ones reject the whole answer. */
  readonly takesLinks: boolean;
}

/** A tool as `tools/list` shows it, `outputSchema` in short. */
export interface ToolCard {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolHints;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
}

/** A call whose answer is the structured one alone. */
type PlainCalling = Omit<Calling, 'takesTasks' | 'takesLinks' | 'defect'>;

export interface Tool {
  readonly name: string;
  /** What the caller must be allowed to do. */
  readonly scope: Scope;
  /** Its schemas are converted when first asked for: many connections are probes that never list. */
  readonly card: () => ToolCard;
  /** What the answers are checked against, whole. */
  readonly answers: () => JsonSchema;
  /** Never rejects. */
  readonly call: (raw: unknown, calling: Calling) => Promise<CallToolResult>;
  /** The `structuredContent` of the same answer. Rejects with what a call tells as an error result. */
  readonly plain: (raw: unknown, calling: PlainCalling) => Promise<Readonly<Record<string, unknown>>>;
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
  readonly output: SchemaOf<NoInfer<V>>;
  readonly run: (args: z.output<I>, call: Call) => Promise<V>;
  /** Whether such a call leaves everything as it is: then nothing that was interrupted is taken up because of it. */
  readonly inert?: (args: z.output<I>) => boolean;
  /** The same facts for a reader; the last line is the next call to make. */
  readonly text: (view: V, args: z.output<I>) => string;
  /** Files of the answer that can be read as resources. */
  readonly links?: (view: V, args: z.output<I>) => readonly DocumentLink[];
  /** The workflow the call has accepted, as a task for a client that takes one; null when there is none. */
  readonly task?: (view: V) => CallToolResult | null;
}

export function defineTool<I extends z.ZodObject, V>(definition: ToolDefinition<I, V>): Tool {
  const { name, title, description, annotations, input, output } = definition;
  let answers: JsonSchema | undefined;
  let card: ToolCard | undefined;
  const whole = (): JsonSchema => (answers ??= outputSchemaOf(output, errorOutput));
  const scope: Scope = annotations.readOnlyHint ? 'read' : 'run';
  const run = async (raw: unknown, calling: PlainCalling): Promise<Called<z.output<I>, V>> => {
    if (!calling.scopes.has(scope)) throw new Fault('FORBIDDEN', `${name} takes the scope ${scope}`);
    const args = parseArguments(input, raw, 'tool');
    const orchestrator = await calling.orchestrator();
    if (definition.inert?.(args) !== true) orchestrator.recover();
    return { args, view: await definition.run(args, { ...calling, orchestrator }) };
  };
  return {
    name,
    scope,
    card: () =>
      (card ??= {
        name,
        title,
        description,
        annotations,
        inputSchema: inputSchemaOf(input),
        outputSchema: brief(whole()),
      }),
    answers: whole,
    call: async (raw, calling) => {
      try {
        const called = await run(raw, calling);
        const task = calling.takesTasks ? (definition.task?.(called.view) ?? null) : null;
        return task ?? answer(definition, called, calling);
      } catch (thrown) {
        const fault = toFault(thrown);
        if (fault.code === 'INTERNAL') calling.defect(fault);
        return errorResult(fault.toRecord());
      }
    },
    plain: async (raw, calling) => structured(definition, (await run(raw, calling)).view),
  };
}

interface Called<A, V> {
  readonly args: A;
  readonly view: V;
}

function answer<I extends z.ZodObject, V>(
  definition: ToolDefinition<I, V>,
  { view, args }: Called<z.output<I>, V>,
  calling: Calling,
): CallToolResult {
  const links = calling.takesLinks ? (definition.links?.(view, args) ?? []) : [];
  return {
    content: [{ type: 'text', text: definition.text(view, args) }, ...links.map((link) => linkBlock(link))],
    structuredContent: structured(definition, view),
  };
}

function structured<I extends z.ZodObject, V>(
  { name, output }: ToolDefinition<I, V>,
  view: V,
): Record<string, unknown> {
  return checked(output, view, `the answer of ${name}`);
}

/** The request with the trace context of its call. */
export function traced<R extends object>(request: R, { trace }: Call): R & { readonly trace?: Trace } {
  return trace === undefined ? request : { ...request, trace };
}

/** A link among the content of an answer, which a host may offer to open. */
export function linkBlock({ uri, name, mime_type }: DocumentLink): ContentBlock {
  return { type: 'resource_link', uri, name, mimeType: mime_type };
}

function errorResult(error: ErrorRecord): CallToolResult {
  const retry = error.retryable ? '\nThe same call can succeed later.' : '';
  return {
    isError: true,
    content: [{ type: 'text', text: `${error.code}: ${error.message}\n${error.hint}${retry}` }],
    structuredContent: { error: { ...error } },
  };
}
