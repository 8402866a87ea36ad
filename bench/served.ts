/** The binary, and a bare SDK server with one tool that does nothing: both as a host starts them over stdio. */

import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export const ROOT: string = fileURLToPath(new URL('..', import.meta.url));

const BARE_SERVER = `
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1' });
  server.registerTool('nothing', { inputSchema: z.object({ task_id: z.string() }) }, async ({ task_id }) => ({
    content: [{ type: 'text', text: task_id }],
  }));
  return server;
});
`;

/** Arguments of Node. Needs a build. */
export const OURS: readonly string[] = ['bin/beltalowda.js'];
export const BARE: readonly string[] = ['--input-type=module', '--eval', BARE_SERVER];

/** A connected client; `home` is the server's data directory. */
export async function connected(args: readonly string[], home: string): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1' });
  const env = { PATH: process.env['PATH'] ?? '', BELTALOWDA_HOME: home };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [...args], cwd: ROOT, env, stderr: 'inherit' }),
  );
  return client;
}
