/** Servers over HTTP, each in a process of its own, and one connection to each that is kept. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ROOT } from './served.ts';

/** Node's own server and nothing else: it reads and parses what is sent, and has its answer ready. */
export function plainServer(answer: unknown): readonly string[] {
  return evaluated(`
import { createServer } from 'node:http';
const full = ${JSON.stringify(JSON.stringify(answer))};
const server = createServer((incoming, outgoing) => {
  let body = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk) => { body += chunk; });
  incoming.on('end', () => {
    if (body !== '') JSON.parse(body);
    const said = incoming.url === '/nothing' ? '{}' : full;
    outgoing.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(said) });
    outgoing.end(said);
  });
});
server.listen(0, '127.0.0.1', () => process.stderr.write('http://127.0.0.1:' + server.address().port + '\\n'));
`);
}

/** The SDK's stateless handler, both eras, with a tool that does nothing and one that has its answer ready. */
export function sdkServer(answer: unknown): readonly string[] {
  return evaluated(`
import { serve } from '@hono/node-server';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
const inputSchema = z.object({ task_id: z.string() });
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bare', version: '1' });
  server.registerTool('nothing', { inputSchema }, async ({ task_id }) => ({ content: [{ type: 'text', text: task_id }] }));
  server.registerTool('ready', { inputSchema }, async () => (${JSON.stringify(answer)}));
  return server;
});
serve({ fetch: (request) => handler.fetch(request), port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  process.stderr.write('http://127.0.0.1:' + port + '\\n'));
`);
}

function evaluated(program: string): readonly string[] {
  return ['--input-type=module', '--eval', program];
}

export interface Asking {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Connected {
  /** Milliseconds until the whole answer is there. Throws when it is not 200. */
  timed(asking: Asking): Promise<number>;
  answer(asking: Asking): Promise<string>;
  close(): Promise<void>;
}

/** Starts a server that says on standard error where it listens, and connects to it; `home` is its data directory. */
export async function connectedHttp(args: readonly string[], home: string): Promise<Connected> {
  const env = { PATH: process.env['PATH'] ?? '', BELTALOWDA_HOME: home, BELTALOWDA_PORT: '0' };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await listening(child);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answer = async (asking: Asking): Promise<string> => asked(url, agent, asking);
  return {
    answer,
    timed: async (asking) => {
      const begin = performance.now();
      await answer(asking);
      return performance.now() - begin;
    },
    close: async () => {
      agent.destroy();
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}

async function listening(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`a server ended before it listened: ${said}`);
}

async function asked(url: string, agent: Agent, { method, path, body, headers }: Asking): Promise<string> {
  const sent = body === undefined ? null : JSON.stringify(body);
  const kind = sent === null ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent) };
  const asking = request(url + path, { method, agent, headers: { ...kind, ...headers } });
  asking.end(sent);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const all = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${all}`);
  return all;
}
