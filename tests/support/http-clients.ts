/** The clients that hosts embed, connected over HTTP: both generations, the newer one in both eras. */

import { Client as ClientTwo, StreamableHTTPClientTransport as HttpTwo } from '@modelcontextprotocol/client';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpOne } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

interface ToolAnswer {
  readonly isError?: boolean | undefined;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>> | undefined;
}

interface Progress {
  readonly progress: number;
  readonly message?: string | undefined;
}

interface CallOptions {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: Progress) => void;
}

interface HttpClient {
  readonly version: () => string | undefined;
  readonly capabilities: () => Readonly<Record<string, unknown>>;
  readonly tools: () => Promise<readonly string[]>;
  readonly resources: () => Promise<readonly string[]>;
  readonly call: (name: string, args: Record<string, unknown>, options?: CallOptions) => Promise<ToolAnswer>;
  readonly close: () => Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

const INFO = { name: 'test', version: '1' };

async function connectOne(url: string, headers: Headers): Promise<HttpClient> {
  const client = new ClientOne(INFO);
  const transport = new HttpOne(new URL('/mcp', url), { requestInit: { headers } });
  await client.connect(transport);
  return {
    version: () => transport.protocolVersion,
    capabilities: () => ({ ...client.getServerCapabilities() }),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    call: async (name, args, options) =>
      (await client.callTool({ name, arguments: args }, undefined, options)) as ToolAnswer,
    close: () => client.close(),
  };
}

/** The newer client itself, for what only its era has. */
export async function modernClient(url: string, headers: Headers = {}): Promise<ClientTwo> {
  const client = new ClientTwo(INFO, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new HttpTwo(new URL('/mcp', url), { requestInit: { headers } }));
  return client;
}

async function connectTwo(
  url: string,
  headers: Headers,
  mode: 'legacy' | 'auto' | { readonly pin: string },
): Promise<HttpClient> {
  const client = new ClientTwo(INFO, { versionNegotiation: { mode } });
  await client.connect(new HttpTwo(new URL('/mcp', url), { requestInit: { headers } }));
  return {
    version: () => client.getNegotiatedProtocolVersion(),
    capabilities: () => ({ ...client.getServerCapabilities() }),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    call: async (name, args, options) => (await client.callTool({ name, arguments: args }, options)) as ToolAnswer,
    close: () => client.close(),
  };
}

export interface HttpClientKind {
  readonly title: string;
  readonly version: string;
  readonly connect: (url: string, headers?: Headers) => Promise<HttpClient>;
}

export const HTTP_CLIENTS: readonly HttpClientKind[] = [
  { title: 'SDK v1 client', version: '2025-11-25', connect: (url, headers = {}) => connectOne(url, headers) },
  {
    title: 'SDK v2 client, 2025 era',
    version: '2025-11-25',
    connect: (url, headers = {}) => connectTwo(url, headers, 'legacy'),
  },
  {
    title: 'SDK v2 client, 2026 era',
    version: '2026-07-28',
    connect: (url, headers = {}) => connectTwo(url, headers, { pin: '2026-07-28' }),
  },
  {
    title: 'SDK v2 client that asks which era',
    version: '2026-07-28',
    connect: (url, headers = {}) => connectTwo(url, headers, 'auto'),
  },
];
