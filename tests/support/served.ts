/** Servers of tools for tests: entries as the configuration gives them, and calls of their tools. */

import path from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import type { Json } from '../../src/core/json.ts';
import type { LocalServer, ToolServer } from '../../src/core/tool-server.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import type { AgentTool, ToolAnswer } from '../../src/providers/agent-tool.ts';
import { type ToolServers, toolServers } from '../../src/providers/tools/mcp/mcp.ts';

const EVERYTHING = import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js');

const ANY = { tools: null, domains: null, timeout_seconds: 60 } as const;

export function local(name: string, args: readonly string[], more: Partial<LocalServer> = {}): LocalServer {
  return { kind: 'local', name, command: process.execPath, args, env: {}, cwd: null, ...ANY, ...more };
}

export function remote(name: string, url: string, headers: Readonly<Record<string, string>> = {}): ToolServer {
  return { kind: 'remote', name, url, headers, ...ANY };
}

/** The server of this folder that misbehaves. */
export function misbehaving(mode: string, file?: string, more: Partial<LocalServer> = {}): LocalServer {
  const program = path.join(import.meta.dirname, 'tool-server.ts');
  return local('odd', [program, mode, ...(file === undefined ? [] : [file])], more);
}

export function everything(...args: readonly string[]): LocalServer {
  return local('everything', [new URL(EVERYTHING).pathname, ...args]);
}

export interface Serving {
  readonly servers: ToolServers;
  readonly log: readonly string[];
}

export type Tools = ReadonlyMap<string, AgentTool>;

/** To be closed by whoever opens it. */
export function opened(servers: readonly ToolServer[], clock: Clock = systemClock): Serving {
  const log: string[] = [];
  return {
    servers: toolServers({ servers, clock, version: '1.0.0', reserved: [], log: (line) => log.push(line) }),
    log,
  };
}

/** Closed when the running test ends. */
export function serving(servers: readonly ToolServer[], clock: Clock = systemClock): Serving {
  const service = opened(servers, clock);
  onTestFinished(() => service.servers.close());
  return service;
}

/** All tools of all servers, by name. */
export async function toolsOf({ servers }: Serving): Promise<Tools> {
  const { tools } = await servers.open(servers.servers, true);
  return new Map(tools.map((tool) => [tool.name, tool]));
}

export function call(tools: Tools, name: string, input: Readonly<Record<string, Json>> = {}): Promise<ToolAnswer> {
  const tool = tools.get(name);
  if (tool === undefined) throw new RangeError(`there is no ${name} among ${Array.from(tools.keys()).join(', ')}`);
  return tool.run(input, { signal: new AbortController().signal, idempotency_key: name });
}
