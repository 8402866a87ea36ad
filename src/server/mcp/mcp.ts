/**
 * The MCP edge: one factory for both protocol eras and every transport. It holds no state but a connection's own
 * subscriptions; what a call changes is in the store behind the orchestrator.
 */

import type { McpServer } from '@modelcontextprotocol/server';
import { ALL_SCOPES } from '../scope.ts';
import { ChangeFeed } from './change-feed.ts';
import { EraServer } from './era-server.ts';
import type { Era, McpParts } from './parts.ts';
import type { PromptCard } from './prompt.ts';
import { PROMPTS, servePrompts } from './prompt-requests.ts';
import type { Defect } from './protocol-error.ts';
import { serveResources } from './resource-requests.ts';
import { type ResourceTemplateCard, TEMPLATES } from './resource-uris.ts';
import type { JsonSchema } from './schema.ts';
import { serveTasks, TASKS_EXTENSION } from './tasks-extension.ts';
import type { ToolCard } from './tool.ts';
import { serveTools, TOOLS } from './tool-requests.ts';

export type { Interest } from './change-feed.ts';
export type { Era, McpLog, McpParts } from './parts.ts';

const INSTRUCTIONS =
  'Research over the documents this server may read, as a background task: orchestrate_research returns a task_id at once; get_status with wait_seconds 45 follows it; get_result returns the cited report. Tasks survive disconnects and restarts; list_workflows finds them again. Every answer ends with the next call to make.';

/** What the edge offers, as clients see it. `answers` is a tool's whole output schema, of which its card shows a part. */
export function offered(): {
  readonly tools: readonly (ToolCard & { readonly answers: JsonSchema })[];
  readonly templates: readonly ResourceTemplateCard[];
  readonly prompts: readonly PromptCard[];
} {
  return {
    tools: TOOLS.map((tool) => ({ ...tool.card(), answers: tool.answers() })),
    templates: TEMPLATES,
    prompts: PROMPTS.map((prompt) => prompt.card()),
  };
}

/** One connection's server, and the feed that tells its client of changes: the transport's edge says who listens. */
export interface McpConnection {
  readonly server: McpServer;
  readonly feed: ChangeFeed;
}

/** One server for one connection. The feed ends with it. */
export function mcpServer(parts: McpParts, era: Era): McpConnection {
  const { orchestrator, caller } = parts;
  const mcp = new EraServer(
    era,
    { name: 'beltalowda', title: 'Beltalowda research', version: parts.version },
    { instructions: INSTRUCTIONS },
  );
  const tasks = era === 'modern' && parts.tasks;
  const tells = parts.tells ?? true;
  const { server } = mcp;
  server.registerCapabilities({
    tools: { listChanged: false },
    resources: { subscribe: tells, listChanged: tells },
    prompts: { listChanged: false },
    completions: {},
    ...(tasks ? { extensions: { [TASKS_EXTENSION]: {} } } : {}),
  });
  const defect: Defect = (thrown) => parts.log?.warn({ err: thrown.cause ?? thrown }, thrown.message);
  const feed = new ChangeFeed({
    orchestrator,
    caller,
    defect,
    updated: (uri) => server.sendResourceUpdated({ uri }).catch(connectionGone),
    listChanged: () => server.sendResourceListChanged().catch(connectionGone),
  });
  server.onclose = () => feed.close();
  serveTools(mcp, parts, defect);
  serveResources(mcp, { orchestrator, caller, era, feed: tells ? feed : null, defect });
  servePrompts(mcp, { orchestrator, caller, defect });
  if (tasks) serveTasks(mcp, { orchestrator, caller, scopes: parts.scopes ?? ALL_SCOPES, defect });
  return { server: mcp, feed };
}

/** A notification that cannot be sent means that the client left, which ends the feed as well. */
function connectionGone(): void {}
