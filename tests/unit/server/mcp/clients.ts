/** The clients real hosts embed, connected over byte streams to a server of ours. */

import { PassThrough } from 'node:stream';
import { Client as ClientTwo } from '@modelcontextprotocol/client';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioServerTransport as StreamsOne } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
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
  readonly content: readonly { readonly type: string; readonly text?: string; readonly uri?: string }[];
  readonly structuredContent?: Record<string, unknown> | undefined;
}

interface CallOptions {
  readonly onprogress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  readonly meta?: Record<string, unknown>;
}

interface Interest {
  readonly uris?: readonly string[];
  readonly list?: boolean;
}

type Reference =
  | { readonly type: 'ref/prompt'; readonly name: string }
  | { readonly type: 'ref/resource'; readonly uri: string };

interface Completing {
  readonly ref: Reference;
  readonly argument: { readonly name: string; readonly value: string };
  readonly context?: { readonly arguments: Record<string, string> };
}

/** What both generations of clients have under the same names. */
interface Common {
  listTools(): Promise<{ tools: { name: string; [key: string]: unknown }[] }>;
  listResources(params?: { cursor: string }): Promise<{
    resources: { uri: string; name: string; mimeType?: string | undefined }[];
    nextCursor?: string | undefined;
  }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { name: string; uriTemplate: string }[] }>;
  readResource(params: { uri: string }): Promise<{
    contents: { uri: string; mimeType?: string | undefined; text?: string }[];
  }>;
  listPrompts(): Promise<{
    prompts: { name: string; arguments?: { name: string; required?: boolean | undefined }[] | undefined }[];
  }>;
  getPrompt(params: {
    name: string;
    arguments: Record<string, string>;
  }): Promise<{ messages: { role: string; content: { type: string; text?: string } }[] }>;
  complete(params: Completing): Promise<{ completion: { values: string[]; hasMore?: boolean | undefined } }>;
  getInstructions(): string | undefined;
  getServerCapabilities(): Record<string, unknown> | undefined;
  close(): Promise<void>;
}

/** What the tests ask of a client, whichever it is. */
export interface TestClient extends Common {
  callTool(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
  /** Watches resources the way the client's era does it; the result ends that. */
  listen(interest: Interest): Promise<() => Promise<void>>;
  /** Told the URI that changed, or null for the list. */
  onChange(heard: (uri: string | null) => void): void;
}

export interface Connection {
  readonly client: TestClient;
  readonly service: StdioService;
  /** Ends the server's input, as a host that quits does. */
  hangUp(): void;
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

/** The methods of a client bound to it. */
function common(client: unknown): Common {
  const bound = (name: string): unknown => {
    const method: unknown = (client as Record<string, unknown>)[name];
    return typeof method === 'function' ? method.bind(client) : method;
  };
  const names: readonly (keyof Common)[] = [
    'listTools',
    'listResources',
    'listResourceTemplates',
    'readResource',
    'listPrompts',
    'getPrompt',
    'complete',
    'getInstructions',
    'getServerCapabilities',
    'close',
  ];
  return Object.fromEntries(names.map((name) => [name, bound(name)])) as unknown as Common;
}

function subscribing(client: {
  subscribeResource(params: { uri: string }): Promise<unknown>;
  unsubscribeResource(params: { uri: string }): Promise<unknown>;
}): TestClient['listen'] {
  // The list needs no subscription in the 2025 era: having listed is enough.
  return async ({ uris = [] }) => {
    for (const uri of uris) await client.subscribeResource({ uri });
    return async () => {
      for (const uri of uris) await client.unsubscribeResource({ uri });
    };
  };
}

async function connectOne(parts: McpParts): Promise<Connection> {
  const { service, toServer, fromServer } = await serve(parts);
  const client = new ClientOne(INFO);
  await client.connect(new StreamsOne(fromServer, toServer));
  return {
    service,
    hangUp: () => toServer.end(),
    client: {
      ...common(client),
      callTool: async (name, args, { meta, ...options } = {}) => {
        const params = { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) };
        return (await client.callTool(params, undefined, options)) as ToolResult;
      },
      listen: subscribing(client),
      onChange: (heard) => {
        client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri));
        client.setNotificationHandler(ResourceListChangedNotificationSchema, () => heard(null));
      },
    },
  };
}

async function connectTwo(parts: McpParts, mode: 'legacy' | { readonly pin: string }): Promise<Connection> {
  const { service, toServer, fromServer } = await serve(parts);
  const client = new ClientTwo(INFO, { versionNegotiation: { mode } });
  await client.connect(new StreamsTwo(fromServer, toServer));
  const listen: TestClient['listen'] = async ({ uris = [], list = false }) => {
    const subscription = await client.listen({ resourceSubscriptions: [...uris], resourcesListChanged: list });
    return () => subscription.close();
  };
  return {
    service,
    hangUp: () => toServer.end(),
    client: {
      ...common(client),
      callTool: async (name, args, { meta, ...options } = {}) => {
        const params = { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) };
        return (await client.callTool(params, options)) as ToolResult;
      },
      listen: mode === 'legacy' ? subscribing(client) : listen,
      onChange: (heard) => {
        client.setNotificationHandler('notifications/resources/updated', ({ params }) => heard(params.uri));
        client.setNotificationHandler('notifications/resources/list_changed', () => heard(null));
      },
    },
  };
}

type Era = 'legacy' | 'modern';

export const CLIENTS: readonly (readonly [
  name: string,
  connect: (parts: McpParts) => Promise<Connection>,
  era: Era,
])[] = [
  ['SDK v1 client', connectOne, 'legacy'],
  ['SDK v2 client, 2025 era', (parts) => connectTwo(parts, 'legacy'), 'legacy'],
  ['SDK v2 client, 2026 era', (parts) => connectTwo(parts, { pin: '2026-07-28' }), 'modern'],
];
