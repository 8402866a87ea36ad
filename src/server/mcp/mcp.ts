/**
 * The MCP edge: one factory for both protocol eras and every transport. It holds no state; what a call changes is in
 * the store behind the orchestrator.
 */

import { McpServer, type ServerContext } from '@modelcontextprotocol/server';
import type { Caller, Orchestrator } from '../../core/views.ts';
import { advertised } from './schema.ts';
import type { Calling, Tool, ToolCard } from './tool.ts';
import { cancel } from './tools/cancel.ts';
import { getResult } from './tools/get-result.ts';
import { getStatus } from './tools/get-status.ts';
import { orchestrateResearch } from './tools/orchestrate-research.ts';
import { progressReporter } from './waiting.ts';

export type { ToolCard } from './tool.ts';

/** Where defects go; a pino logger fits. */
export interface McpLog {
  warn(fields: object, message: string): void;
}

export interface McpParts {
  readonly version: string;
  /**
   * Gives the orchestrator, opened at the first call and then the same. Not called before a tool is called with valid
   * arguments, so that probes and listings open nothing; from the first call that is no dry run it recovers what was
   * interrupted. When it rejects, the call answers that error and the next one
   * asks again.
   */
  readonly orchestrator: () => Promise<Orchestrator>;
  readonly caller: Caller;
  readonly log?: McpLog | undefined;
}

/** In the order of `tools/list`, which clients cache: new ones go to the end. */
const TOOLS: readonly Tool[] = [orchestrateResearch, getStatus, getResult, cancel];

const INSTRUCTIONS =
  'Research over the documents this server may read, as a background task: orchestrate_research returns a task_id at once; get_status with wait_seconds 45 follows it; get_result returns the cited report. Tasks survive disconnects and restarts. Every answer ends with the next call to make.';

/** The tools as clients see them. */
export function toolCards(): readonly ToolCard[] {
  return TOOLS.map(({ card, inputSchema, outputSchema }) => ({
    ...card,
    inputSchema: inputSchema(),
    outputSchema: outputSchema(),
  }));
}

/** One server for one connection. */
export function mcpServer(parts: McpParts): McpServer {
  const server = new McpServer(
    { name: 'beltalowda', title: 'Beltalowda research', version: parts.version },
    { capabilities: { tools: { listChanged: false } }, instructions: INSTRUCTIONS },
  );
  for (const tool of TOOLS) register(server, parts, tool);
  return server;
}

function register(server: McpServer, parts: McpParts, tool: Tool): void {
  const { name, title, description, annotations } = tool.card;
  server.registerTool(
    name,
    {
      title,
      description,
      annotations,
      inputSchema: advertised(tool.inputSchema),
      outputSchema: advertised(tool.outputSchema),
    },
    (args: unknown, context: ServerContext) => tool.call(args, calling(parts, context)),
  );
}

function calling(parts: McpParts, { mcpReq }: ServerContext): Calling {
  const token = mcpReq._meta?.progressToken;
  return {
    caller: parts.caller,
    orchestrator: parts.orchestrator,
    signal: mcpReq.signal,
    progress: token === undefined ? undefined : progressReporter(token, (notification) => mcpReq.notify(notification)),
    defect: (fault) => parts.log?.warn({ err: fault.cause ?? fault }, fault.message),
  };
}
