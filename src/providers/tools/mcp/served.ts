/** The tools of one server that agents get: those the user allows, named for every vendor, and no more than a model can hold. */

import type { Tool } from '@modelcontextprotocol/client';
import type { ToolServer } from '../../../core/tool-server.ts';
import type { AgentTool, Unavailable } from '../../agent-tool.ts';
import { unfitSchema } from './input-schema.ts';
import { Link } from './link.ts';
import { MOST_TOOLS, NETWORK_OFF, type ToolServersOptions } from './options.ts';
import { toolName } from './names.ts';
import { agentTool } from './tool.ts';

export interface ServedTools {
  /**
   * `unavailable`: what the user asked for by name and cannot have, with `all` whatever else the server lists and agents do not
   * get. Rejects with TOOL_UNAVAILABLE.
   */
  open(wish: Wish): Promise<{ readonly tools: readonly AgentTool[]; readonly unavailable: readonly Unavailable[] }>;
  close(): Promise<void>;
}

interface Wish {
  readonly network: boolean;
  readonly all: boolean;
}

export function serve(server: ToolServer, options: ToolServersOptions): ServedTools {
  const { clock, version, log } = options;
  const link = new Link(server, { clock, version, log });
  const among = { servers: options.servers, reserved: new Set(options.reserved) };
  return {
    open: async (wish) => {
      const { fit, unavailable } = chosen(await link.tools(), server, wish);
      const tools = fit.map((tool) => agentTool(tool, { link, clock, name: toolName(server, tool.name, among) }));
      return { tools, unavailable };
    },
    close: () => link.close(),
  };
}

interface Chosen {
  readonly fit: readonly Tool[];
  readonly unavailable: readonly Unavailable[];
}

/** Those that can be used, in the server's order, and why others cannot. What the user does not allow is not spoken of. */
function chosen(listed: readonly Tool[], server: ToolServer, { network, all }: Wish): Chosen {
  const { name, tools: allowed } = server;
  const byName = new Map(listed.map((tool) => [tool.name, tool]));
  const wished = allowed ?? Array.from(byName.keys());
  const judged = wished.map((wish) => ({ wish, tool: byName.get(wish), why: unfit(byName.get(wish), network) }));
  const fit = judged.flatMap(({ tool, why }) => (tool === undefined || why !== null ? [] : [tool]));
  const unavailable = judged.flatMap(({ wish, why }) =>
    why !== null && (all || allowed !== null) ? [{ what: `${wish} of ${name}`, why }] : [],
  );
  const more = fit.length - MOST_TOOLS;
  if (more > 0 && all) {
    unavailable.push({
      what: `${more} tools of ${name}`,
      why: `more than ${MOST_TOOLS}; name those to use in its tools`,
    });
  }
  // Which of them are among the most that an agent gets is known once those of all servers are.
  return { fit: all ? fit.slice(0, MOST_TOOLS) : fit, unavailable };
}

/** Null: it can be used. */
function unfit(tool: Tool | undefined, network: boolean): string | null {
  if (tool === undefined) return 'the server has no such tool';
  const { annotations, execution, inputSchema } = tool;
  if (!network && annotations?.openWorldHint === true) return NETWORK_OFF;
  if (execution?.taskSupport === 'required') return 'it can only be run as a task';
  return unfitSchema(inputSchema);
}
