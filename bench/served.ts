/** The binary, and a bare SDK server with one tool that does nothing: each as a host starts it over stdio. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));

/** A server with one tool, whose answer is that expression. */
function serverOf(answer: string): readonly string[] {
  const program = `
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1' });
  server.registerTool('nothing', { inputSchema: z.object({ task_id: z.string() }) }, async ({ task_id }) => (${answer}));
  return server;
});
`;
  return ['--input-type=module', '--eval', program];
}

/** Arguments of Node. Needs a build. */
export const OURS: readonly string[] = ['bin/beltalowda.js'];
export const BARE: readonly string[] = serverOf(`{ content: [{ type: 'text', text: task_id }] }`);

/** A server that has this answer ready: what it costs to carry it, and nothing else. */
export function ready(answer: unknown): readonly string[] {
  return serverOf(JSON.stringify(answer));
}

/** A connected client; `home` is the server's data directory. */
export async function connected(args: readonly string[], home: string): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1' });
  const env = { PATH: process.env['PATH'] ?? '', BELTALOWDA_HOME: home };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [...args], cwd: ROOT, env, stderr: 'inherit' }),
  );
  return client;
}
