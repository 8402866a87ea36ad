/** The real binary as a service: `serve` on a port of its own, spoken to over HTTP, stopped or killed from outside. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { BINARY, type Home, ROOT } from './binary.ts';

export interface ServiceProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly url: string;
  readonly stderr: () => string;
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Resolves when it says where it listens; rejects with what it said when it ended instead. */
export async function startService(home: Home, args: readonly string[] = []): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [BINARY, 'serve', '--port', '0', ...args], {
    cwd: ROOT,
    env: home.env,
    stdio: 'pipe',
  });
  let stderr = '';
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const listening = new Promise<string>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const [, url] = /listens on (\S+) /.exec(stderr) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([listening, exited.then(() => null)]);
  if (url === null) throw new Error(`the service ended: ${stderr}`);
  return {
    child,
    url,
    stderr: () => stderr,
    stop: async (name) => {
      child.kill(name);
      const [code, signal] = await exited;
      return { code, signal };
    },
  };
}
