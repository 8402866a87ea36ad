/**
 * Servers of the Model Context Protocol that the user lists, as tools of agents. What they answer was written by somebody else: data
 * to judge and quote, never orders; it can bring no tool, no source and no spending. A server is started or reached when its
 * tools are first wished for, and one that cannot be is told as unavailable.
 */

import { toFault } from '../../../core/errors.ts';
import { isNear, type ToolServer, type ToolServerState } from '../../../core/tool-server.ts';
import type { AgentTool, Unavailable } from '../../agent-tool.ts';
import { unlessAborted } from './abort.ts';
import { prefixOf } from './names.ts';
import { allOf, NETWORK_OFF, type ToolServersOptions } from './options.ts';
import type { ServedTools } from './served.ts';

export { allOf, MOST_TOOLS, NETWORK_OFF, type ToolServersOptions } from './options.ts';

export interface ToolServers {
  readonly servers: readonly ToolServer[];
  /** How the names of all tools of a server begin. */
  prefix(server: ToolServer): string;
  /**
   * What these servers have for agents, in this order. Without `network`, nothing that says of itself that it goes out. Rejects
   * with nothing but the signal's reason.
   */
  open(
    servers: readonly ToolServer[],
    network: boolean,
    signal?: AbortSignal,
  ): Promise<{ readonly tools: readonly AgentTool[]; readonly unavailable: readonly Unavailable[] }>;
  /** What there is, for people: starts or reaches every server. */
  states(): Promise<readonly ToolServerState[]>;
  /** Ends what was started, and everything it started itself. */
  close(): Promise<void>;
}

export function toolServers(options: ToolServersOptions): ToolServers {
  const { servers, log } = options;
  let opened: Promise<ReadonlyMap<string, ServedTools>> | null = null;
  let closed = false;
  const served = (): Promise<ReadonlyMap<string, ServedTools>> => {
    opened ??= import('./served.ts').then(
      ({ serve }) => new Map(servers.map((server) => [server.name, serve(server, options)])),
    );
    return opened;
  };
  const one = async (server: ToolServer, wish: { network: boolean; all: boolean }): ReturnType<ServedTools['open']> => {
    const what = allOf(server);
    if (closed) return { tools: [], unavailable: [{ what, why: 'this process is ending' }] };
    if (!wish.network && !isNear(server)) return { tools: [], unavailable: [{ what, why: NETWORK_OFF }] };
    const found = (await served()).get(server.name);
    try {
      return await (found?.open(wish) ?? Promise.resolve({ tools: [], unavailable: [] }));
    } catch (thrown) {
      const { message, code } = toFault(thrown);
      // What became of a server was told by itself.
      if (code !== 'TOOL_UNAVAILABLE') log(`${server.name}: ${message}`);
      return { tools: [], unavailable: [{ what, why: message }] };
    }
  };
  return {
    servers,
    prefix: prefixOf,
    open: async (wished, network, signal) => {
      const opening = Promise.all(wished.map((server) => one(server, { network, all: false })));
      const all = await (signal === undefined ? opening : unlessAborted(opening, signal));
      return { tools: all.flatMap(({ tools }) => tools), unavailable: all.flatMap(({ unavailable }) => unavailable) };
    },
    states: () =>
      Promise.all(
        servers.map(async (server) => {
          const { tools, unavailable } = await one(server, { network: true, all: true });
          return {
            name: server.name,
            tools: tools.map(({ name }) => name),
            wrong: unavailable.map(({ what, why }) => (what === allOf(server) ? why : `${what}: ${why}`)),
          };
        }),
      ),
    close: async () => {
      closed = true;
      await Promise.all(Array.from((await opened)?.values() ?? [], (each) => each.close()));
    },
  };
}
