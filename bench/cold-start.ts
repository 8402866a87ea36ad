/**
 * Cold start: from spawning the process to the `initialize` answer over stdio, beside a bare SDK server with one tool.
 * Run after a build: `node bench/cold-start.ts [rounds]`. The two take turns, so that a busy machine slows both.
 */

import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const BARE = `
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1' });
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
});
`;

const HELLO = `${JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
})}\n`;

/** Milliseconds until the first line of the answer. */
async function coldStart(args: readonly string[]): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  child.stdin.write(HELLO);
  const answer = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${args.join(' ')} ended with ${code} before it answered`)));
  });
  const taken = performance.now() - begin;
  if (!answer.includes('serverInfo')) throw new Error(`no initialize answer: ${answer}`);
  child.stdin.end();
  await closed;
  return taken;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const rounds = Number(process.argv[2] ?? 15);
const bare: number[] = [];
const ours: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  bare.push(await coldStart(['--input-type=module', '--eval', BARE]));
  ours.push(await coldStart(['bin/beltalowda.js']));
}
const ratio = median(ours) / median(bare);
console.log(`cold start to initialize, median of ${rounds}: bare SDK server ${median(bare).toFixed(0)} ms`);
console.log(`beltalowda ${median(ours).toFixed(0)} ms, ratio ${ratio.toFixed(2)} (aim: at most 1.30)`);
