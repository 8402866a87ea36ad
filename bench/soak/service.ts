/** The real binary as a service with tokens of its own, as whoever runs it starts it. Needs a build. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { ROOT } from '../served.ts';
import { collector } from './collector.ts';

const run = promisify(execFile);
const BINARY = join(ROOT, 'bin', 'beltalowda.js');

export interface Running {
  readonly url: string;
  readonly pid: number;
  /** By owner; `admin` has every scope. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly database: string;
  /** What it keeps is what is left after this. */
  collect(): Promise<void>;
  /** Runs a command of the same binary on the same home. */
  command(...args: readonly string[]): Promise<string>;
  /** Stops it as systems do; resolves to its exit code. */
  stop(): Promise<number | null>;
}

export interface Starting {
  readonly home: string;
  readonly owners: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** Arguments of Node. */
  readonly node: readonly string[];
  /** Where its log goes. */
  readonly log: string;
}

export async function startService({ home, owners, settings, node, log }: Starting): Promise<Running> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    BELTALOWDA_HOME: home,
    BELTALOWDA_TOKENS_FILE: join(home, 'tokens.json'),
    BELTALOWDA_SOURCES: join(ROOT, 'examples', 'documents'),
    ...settings,
  };
  const command = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, [BINARY, ...args], { cwd: ROOT, env })).stdout;
  const tokens: Record<string, string> = {};
  for (const owner of [...owners, 'admin']) {
    const scopes = owner === 'admin' ? ['read', 'run', 'admin'].flatMap((scope) => ['--scope', scope]) : [];
    const made = JSON.parse(await command('token', 'create', '--owner', owner, '--json', ...scopes)) as {
      readonly token: string;
    };
    tokens[owner] = made.token;
  }
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', ...node, BINARY, 'serve', '--port', '0'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const { url, inspector } = await listening(child, log);
  const garbage = await collector(inspector);
  return {
    url,
    collect: () => garbage.collect(),
    pid: child.pid ?? 0,
    tokens,
    database: join(home, 'beltalowda.db'),
    command,
    stop: async () => {
      // Node waits for whoever inspects it.
      garbage.close();
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

interface Listening {
  readonly url: string;
  readonly inspector: string;
}

async function listening(child: ChildProcess, log: string): Promise<Listening> {
  const { promise, resolve, reject } = Promise.withResolvers<Listening>();
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, 10_000);
    const [, url] = /listens on (\S+) /.exec(said) ?? [];
    const [, inspector] = /Debugger listening on (\S+)/.exec(said) ?? [];
    if (url !== undefined && inspector !== undefined) resolve({ url, inspector });
  });
  child.stderr?.pipe(createWriteStream(log));
  child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${said}`)));
  return promise;
}
