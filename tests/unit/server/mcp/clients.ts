/** The clients real hosts embed, connected over byte streams to a server of ours. */

import { PassThrough } from 'node:stream';
import { Client as ClientTwo } from '@modelcontextprotocol/client';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioServerTransport as StreamsOne } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StdioServerTransport as StreamsTwo } from '@modelcontextprotocol/server/stdio';
import type { McpParts } from '../../../../src/server/mcp/mcp.ts';
import { serveOverStdio, type StdioService } from '../../../../src/server/stdio.ts';

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

export interface ToolResult {
  readonly isError?: boolean | undefined;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Record<string, unknown> | undefined;
}

interface CallOptions {
  readonly onprogress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** What the tests ask of a client, whichever it is. */
interface TestClient {
  listTools(): Promise<{ tools: { name: string; [key: string]: unknown }[] }>;
  callTool(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
  instructions(): string | undefined;
  close(): Promise<void>;
}

export interface Connection {
  readonly client: TestClient;
  readonly service: StdioService;
}

const INFO = { name: 'test', version: '1' };
const SILENT = { warn: (): void => undefined };

async function serve(
  parts: McpParts,
): Promise<{ service: StdioService; toServer: PassThrough; fromServer: PassThrough }> {
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const service = await serveOverStdio(parts, { stdin: toServer, stdout: fromServer }, SILENT);
  return { service, toServer, fromServer };
}

async function connectOne(parts: McpParts): Promise<Connection> {
  const { service, toServer, fromServer } = await serve(parts);
  const client = new ClientOne(INFO);
  await client.connect(new StreamsOne(fromServer, toServer));
  return {
    service,
    client: {
      listTools: () => client.listTools(),
      callTool: async (name, args, options) =>
        (await client.callTool({ name, arguments: args }, undefined, options)) as ToolResult,
      instructions: () => client.getInstructions(),
      close: () => client.close(),
    },
  };
}

async function connectTwo(parts: McpParts, mode: 'legacy' | { readonly pin: string }): Promise<Connection> {
  const { service, toServer, fromServer } = await serve(parts);
  const client = new ClientTwo(INFO, { versionNegotiation: { mode } });
  await client.connect(new StreamsTwo(fromServer, toServer));
  return {
    service,
    client: {
      listTools: () => client.listTools(),
      callTool: async (name, args, options) =>
        (await client.callTool({ name, arguments: args }, options)) as ToolResult,
      instructions: () => client.getInstructions(),
      close: () => client.close(),
    },
  };
}

export const CLIENTS: readonly (readonly [name: string, connect: (parts: McpParts) => Promise<Connection>])[] = [
  ['SDK v1 client', connectOne],
  ['SDK v2 client, 2025 era', (parts) => connectTwo(parts, 'legacy')],
  ['SDK v2 client, 2026 era', (parts) => connectTwo(parts, { pin: '2026-07-28' })],
];
