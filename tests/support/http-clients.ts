/** The clients that hosts embed, connected over HTTP: both generations, the newer one in both eras. */

import { Client as ClientTwo, StreamableHTTPClientTransport as HttpTwo } from '@modelcontextprotocol/client';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpOne } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

interface ToolAnswer {
  readonly isError?: boolean | undefined;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>> | undefined;
}

export interface Progress {
  readonly progress: number;
  readonly message?: string | undefined;
}

interface CallOptions {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: Progress) => void;
}

interface Prompt {
  readonly name: string;
  readonly arguments?: readonly { readonly name: string; readonly required?: boolean | undefined }[] | undefined;
}

export interface HttpClient {
  readonly version: () => string | undefined;
  readonly capabilities: () => Readonly<Record<string, unknown>>;
  readonly tools: () => Promise<readonly string[]>;
  readonly resources: () => Promise<readonly string[]>;
  readonly templates: () => Promise<readonly string[]>;
  readonly read: (uri: string) => Promise<string>;
  readonly prompts: () => Promise<readonly Prompt[]>;
  /** The text of a prompt. */
  readonly prompt: (name: string, args: Record<string, string>) => Promise<string>;
  /** Values for a part of a template of resources, or for an argument of a prompt. */
  readonly complete: (of: Completed, argument: Argument, known?: Record<string, string>) => Promise<readonly string[]>;
  readonly call: (name: string, args: Record<string, unknown>, options?: CallOptions) => Promise<ToolAnswer>;
  readonly close: () => Promise<void>;
}

type Completed = { readonly uri: string } | { readonly prompt: string };

interface Argument {
  readonly name: string;
  readonly value: string;
}

type Headers = Readonly<Record<string, string>>;

const INFO = { name: 'test', version: '1' };

/** What both generations do alike. */
function alike(client: ClientOne | ClientTwo) {
  return {
    capabilities: () => ({ ...client.getServerCapabilities() }),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    templates: async () =>
      (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    read: async (uri: string) => {
      const { contents } = await client.readResource({ uri });
      const [only] = contents;
      if (only === undefined || !('text' in only)) throw new Error(`no text at ${uri}`);
      return only.text;
    },
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: async (name: string, args: Record<string, string>) => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      const content = messages[0]?.content;
      return content?.type === 'text' ? content.text : '';
    },
    complete: async (of: Completed, argument: Argument, known: Record<string, string> = {}) => {
      const ref =
        'uri' in of ? { type: 'ref/resource' as const, uri: of.uri } : { type: 'ref/prompt' as const, name: of.prompt };
      const { completion } = await client.complete({ ref, argument, context: { arguments: known } });
      return completion.values;
    },
    close: () => client.close(),
  };
}

async function connectOne(url: string, headers: Headers): Promise<HttpClient> {
  const client = new ClientOne(INFO);
  const transport = new HttpOne(new URL('/mcp', url), { requestInit: { headers } });
  await client.connect(transport);
  return {
    ...alike(client),
    version: () => transport.protocolVersion,
    call: async (name, args, options) =>
      (await client.callTool({ name, arguments: args }, undefined, options)) as ToolAnswer,
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
    ...alike(client),
    version: () => client.getNegotiatedProtocolVersion(),
    call: async (name, args, options) => (await client.callTool({ name, arguments: args }, options)) as ToolAnswer,
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
