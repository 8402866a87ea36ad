/** The requests about tools: list and call. */

import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import { readTrace, type Trace, traceOfHeaders } from '../../core/trace.ts';
import { ALL_SCOPES } from '../scope.ts';
import { oneNamed } from './named.ts';
import type { McpParts } from './parts.ts';
import { answered, type Defect } from './protocol-error.ts';
import { takesTasks } from './tasks-extension.ts';
import type { Calling, Tool, ToolCard } from './tool.ts';
import { cancel } from './tools/cancel.ts';
import { getAnalytics } from './tools/get-analytics.ts';
import { getResult } from './tools/get-result.ts';
import { getStatus } from './tools/get-status.ts';
import { listWorkflows } from './tools/list-workflows.ts';
import { orchestrateResearch } from './tools/orchestrate-research.ts';
import { resume } from './tools/resume.ts';
import { progressReporter } from './waiting.ts';

/** In the order of `tools/list`, which clients cache: new ones go to the end. */
export const TOOLS: readonly Tool[] = [
  orchestrateResearch,
  getStatus,
  getResult,
  cancel,
  resume,
  listWorkflows,
  getAnalytics,
];

/** Content blocks that link resources came with this revision; older clients reject an answer that holds one. */
const LINKS_SINCE = '2025-06-18';

export function serveTools(mcp: McpServer, parts: McpParts, defect: Defect): void {
  const { server } = mcp;
  server.setRequestHandler('tools/list', () => ({ tools: TOOLS.map((tool) => toWire(tool.card())) }));
  server.setRequestHandler('tools/call', ({ params }, context) =>
    answered(defect, () =>
      oneNamed('tool', TOOLS, params.name).call(params.arguments, calling(mcp, { parts, context, defect })),
    ),
  );
}

function toWire({ inputSchema, outputSchema, ...card }: ToolCard) {
  return {
    ...card,
    inputSchema: { ...inputSchema, type: 'object' as const },
    outputSchema: { ...outputSchema, type: 'object' as const },
  };
}

interface Called {
  readonly parts: McpParts;
  readonly context: ServerContext;
  readonly defect: Defect;
}

/** What the call itself says; else, over HTTP, what its request says. */
function traceIn({ mcpReq, http }: ServerContext): Trace | null {
  const headers = http?.req?.headers;
  return readTrace(mcpReq._meta) ?? (headers === undefined ? null : traceOfHeaders(headers));
}

function calling({ server }: McpServer, { parts, context, defect }: Called): Calling {
  const { mcpReq } = context;
  const token = mcpReq._meta?.progressToken;
  return {
    caller: parts.caller,
    scopes: parts.scopes ?? ALL_SCOPES,
    orchestrator: parts.orchestrator,
    signal: parts.ends === undefined ? mcpReq.signal : AbortSignal.any([mcpReq.signal, parts.ends]),
    progress: token === undefined ? undefined : progressReporter(token, (notification) => mcpReq.notify(notification)),
    trace: traceIn(context) ?? undefined,
    takesTasks: parts.tasks && takesTasks(context),
    takesLinks: (server.getNegotiatedProtocolVersion() ?? '') >= LINKS_SINCE,
    defect,
  };
}
