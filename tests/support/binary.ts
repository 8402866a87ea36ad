/** The real binary as hosts and pipes start it, with a data directory of its own. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));
export const BINARY: string = path.join(ROOT, 'bin', 'beltalowda.js');
const EXAMPLES: string = path.join(ROOT, 'examples', 'documents', 'durability');

/** Enough for four agents, two Drummers and Camina. To read all examples, the packed ones above all, takes twice the time. */
export const FEW: readonly string[] = [
  'write-ahead-logging.md',
  'rollback-journal.md',
  'fsync-and-the-disk.txt',
  'checkpointing.html',
];

export interface Home {
  readonly folder: string;
  /** The environment of a process that lives there: nothing of the machine's own settings. */
  readonly env: Record<string, string>;
  remove(): Promise<void>;
}

export async function temporaryHome(settings: Readonly<Record<string, string>> = {}): Promise<Home> {
  const folder = await mkdtemp(path.join(tmpdir(), 'beltalowda-test-'));
  return {
    folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      BELTALOWDA_HOME: folder,
      BELTALOWDA_SOURCES: [...FEW, 'group-commit.md'].map((name) => path.join(EXAMPLES, name)).join(path.delimiter),
      ...settings,
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the binary, pipes `input` in, ends the input, and waits for the process to exit. */
export async function pipeIn(home: Home, input: string | Buffer, args: readonly string[] = []): Promise<Run> {
  const child = spawn(process.execPath, [BINARY, ...args], { cwd: ROOT, env: home.env, stdio: 'pipe' });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await closed, stdout, stderr };
}
