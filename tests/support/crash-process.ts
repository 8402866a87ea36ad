/** Processes that are to be killed: the binary of a build as its users start it, and the composition of crash-entry.ts. */

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ROOT } from './binary.ts';
import type { Job } from './crash-entry.ts';

const ENTRY = fileURLToPath(new URL('crash-entry.ts', import.meta.url));
const EXAMPLES = join(ROOT, 'examples', 'documents', 'durability');

export const AGENTS = 4;

export const TASK = 'How do embedded databases keep committed data safe after a crash or power loss?';

/** What a report consists of, whatever process and edge gives it. */
export interface Answer {
  readonly text: string;
  readonly completeness: string;
  readonly citations: unknown;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A data directory with a folder of documents beside it. */
export interface Place {
  readonly home: string;
  readonly file: string;
  readonly documents: string;
  /** Variables beside those of every place. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes throw-away data directories, and removes them all. */
export class Places {
  readonly #folders: string[] = [];

  /** `documents`: names of the examples to read; all of them where none is named, at the place where they are. */
  make(documents?: readonly string[]): Place {
    const home = mkdtempSync(join(tmpdir(), 'beltalowda-crash-'));
    this.#folders.push(home);
    const folder = documents === undefined ? EXAMPLES : join(home, 'documents');
    for (const name of documents ?? []) cpSync(join(EXAMPLES, name), join(folder, name));
    return { home, file: join(home, 'beltalowda.db'), documents: folder };
  }

  remove(): void {
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the binary of a package on a data directory. */
export function startBinary(build: string, place: Place, args: readonly string[]): ChildProcess {
  const env = {
    PATH: process.env['PATH'] ?? '',
    BELTALOWDA_HOME: place.home,
    BELTALOWDA_SOURCES: place.documents,
    NO_COLOR: '1',
    ...place.env,
  };
  return spawn(process.execPath, [join(build, 'bin', 'beltalowda.js'), ...args], { env, stdio: 'pipe' });
}

export function startEntry(job: Job): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };
  return spawn(process.execPath, [ENTRY, JSON.stringify(job)], { env, stdio: 'pipe' });
}

/** Resolves when the process is gone, with all it printed; `killAfterMs` sends SIGKILL so long from now. */
export function end(child: ChildProcess, killAfterMs?: number): Promise<Ended> {
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

export function answerOf(json: string): Answer {
  const { text, completeness, citations } = JSON.parse(json) as Answer;
  return { text, completeness, citations };
}

/** Whether the process is paused by SIGSTOP, as the kernel tells it. */
export function isPaused(child: ChildProcess | undefined): boolean {
  const stat = `/proc/${child?.pid}/stat`;
  if (!existsSync(stat)) return false;
  const text = readFileSync(stat, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).startsWith('T');
}

/** Looks again until it holds. Throws, and says what it waited for, when it does not for minutes. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let looks = 0; !holds(); looks += 1) {
    if (looks > 20_000) throw new Error(`never happened: ${what}`);
    await pause(10);
  }
}

/** Works on all items, so many at a time; results in the order of the items. */
export async function pooled<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
