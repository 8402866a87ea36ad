/** A measurement in a process of its own, because memory once taken is not seen to go: peaks and heaps must begin at nothing. */

import { spawn } from 'node:child_process';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { ROOT } from './served.ts';

/** Runs a file of `bench/` and parses the one line of JSON it prints. */
export async function measuredApart<T>(
  file: string,
  args: readonly string[],
  node: readonly string[] = [],
): Promise<T> {
  const child = spawn(process.execPath, [...node, file, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [said, code] = await Promise.all([text(child.stdout), closed]);
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(said) as T;
}
