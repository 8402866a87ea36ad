/** Cold start: from spawning the process to the `initialize` answer over stdio, beside a bare SDK server with one tool. */

import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { figure } from '../figures.ts';
import type { Part } from '../part.ts';
import { BARE, OURS, ROOT } from '../served.ts';

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

export const coldStarts: Part = {
  name: 'cold-start',
  about: 'from the spawn to the initialize answer, against a bare SDK server with one tool',
  rounds: 15,
  run: async ({ rounds }) => {
    const ours: number[] = [];
    const baseline: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      baseline.push(await coldStart(BARE));
      ours.push(await coldStart(OURS));
    }
    const target = { of: 'ratio', at: 'most', value: 1.3 } as const;
    return [figure({ what: 'cold start to the initialize answer', unit: 'ms', ours, baseline, target })];
  },
};
