/** Who takes part, what each is told, and what each promises for what it costs. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Contestant {
  readonly name: string;
  /** Its packages, whose versions are told, and where they are installed. */
  readonly packages: readonly string[];
  readonly installed: string;
  readonly licence: string;
  readonly configured: string;
  /** What the file holds when a workflow is over, and what a crash at any moment costs. */
  readonly promises: string;
}

function peer(contestant: Omit<Contestant, 'installed'>): Contestant {
  return { ...contestant, installed: FOLDER };
}

const OPENWORKFLOW = {
  packages: ['openworkflow'],
  licence: 'Apache-2.0',
  promises:
    'each step attempt before it runs and its output after it, the run with its output. After a crash no finished step runs again.',
};

const ALL: readonly Contestant[] = [
  {
    name: 'ours',
    packages: ['better-sqlite3'],
    installed: ROOT,
    licence: 'MIT',
    configured: 'defaults; WAL, synchronous=FULL, secure_delete; writes of one turn of the event loop commit together',
    promises:
      'each step before it runs and its outcome after it, events in order, claims and passages with their quotes located in the stored text, the rendered report, all chained by hashes and sealed, the report indexed for full text. After a crash no finished step runs again.',
  },
  peer({
    name: 'langgraph',
    packages: ['@langchain/langgraph', '@langchain/langgraph-checkpoint-sqlite', 'better-sqlite3'],
    licence: 'MIT',
    configured: "WAL, synchronous=FULL, durability 'sync', compiled once, researchers by Send, a thread a workflow",
    promises:
      'the whole state as a checkpoint after each superstep, and what each task wrote beside it. After a crash finished supersteps do not run again, nor finished tasks of the one that was broken off.',
  }),
  peer({
    name: 'openworkflow',
    ...OPENWORKFLOW,
    configured:
      'WAL, synchronous=FULL (as it opens the file), step.run for each call; the worker is told to claim at once and its ends are heard at once, without its polling',
  }),
  peer({
    name: 'openworkflow-polling',
    ...OPENWORKFLOW,
    configured: 'as it is shipped: the worker polls every 0.1 to 1 s, result() every second',
  }),
];

export const CONTESTANTS: Readonly<Record<string, Contestant>> = Object.fromEntries(
  ALL.map((contestant) => [contestant.name, contestant]),
);

/** Installs the peers' packages, which nobody else needs, from their own lockfile. No script of theirs has to run. */
export function ensureInstalled(contestants: readonly Contestant[]): void {
  const missing = contestants.some(({ packages, installed }) =>
    packages.some((name) => !existsSync(join(installed, 'node_modules', name))),
  );
  if (!missing) return;
  console.error('installing the peers: npm ci --ignore-scripts --prefix bench/peers');
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', FOLDER],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (status === 0) return;
  throw new Error(`the peers are not installed: npm ci ended with ${error?.message ?? status}; run it and try again`);
}

export function versionsOf(contestants: readonly Contestant[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    contestants.flatMap(({ packages, installed }) =>
      packages.map((name) => {
        const manifest = readFileSync(join(installed, 'node_modules', name, 'package.json'), 'utf8');
        return [name, String((JSON.parse(manifest) as { readonly version: unknown }).version)];
      }),
    ),
  );
}
