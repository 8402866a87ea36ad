/** Records a process at work: compiles the recorder, preloads it, and reads what it wrote. */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Disk, operationsOf } from './disk.ts';

const SOURCE = fileURLToPath(new URL('recorder.c', import.meta.url));
const PROGRAM = fileURLToPath(new URL('recorded.ts', import.meta.url));
const run = promisify(execFile);

export type Synchronous = 'FULL' | 'NORMAL' | 'OFF';
type Operation = ReturnType<typeof operationsOf>[number];

/** The database and the ledger, from the recorded folder on. */
export const DATABASE = 'home/deep/a.db';
const LEDGER = 'ledger.txt';

export interface Recording {
  /** What was done to the disk; the ledger is kept apart, because it is ours and no power fails on it. */
  readonly operations: readonly Operation[];
  /** The ledger as it stood before each operation, by its length. */
  readonly told: readonly number[];
  readonly ledger: string;
  /** The folder as the process left it. */
  readonly folder: string;
}

/** Why nothing can be recorded here, or null. */
export async function whyNot(): Promise<string | null> {
  if (process.platform !== 'linux') return `LD_PRELOAD is Linux, this is ${process.platform}`;
  return run('cc', ['--version']).then(
    () => null,
    () => 'there is no C compiler',
  );
}

/** Runs as many workflows each time the database is opened. */
export async function record(place: string, synchronous: Synchronous, sessions: readonly number[]): Promise<Recording> {
  const folder = join(place, 'disk');
  const log = join(place, 'log');
  const recorder = join(place, 'recorder.so');
  mkdirSync(folder, { recursive: true });
  await run('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    recorder,
    SOURCE,
    '-ldl',
    '-lpthread',
  ]);
  await run(
    process.execPath,
    [PROGRAM, join(folder, DATABASE), join(folder, LEDGER), synchronous, sessions.join(',')],
    { env: { LD_PRELOAD: recorder, POWER_LOSS_FOLDER: folder, POWER_LOSS_LOG: log } },
  );
  const operations: Operation[] = [];
  const told: number[] = [];
  let length = 0;
  for (const operation of operationsOf(readFileSync(log), folder)) {
    if (operation.path === LEDGER) {
      length += operation.data.length;
      continue;
    }
    told.push(length);
    operations.push(operation);
  }
  return { operations, told: [...told, length], ledger: readFileSync(join(folder, LEDGER), 'utf8'), folder };
}

/** The disk after all of it. */
export function whole({ operations }: Recording): Disk {
  const disk = new Disk();
  for (const operation of operations) disk.apply(operation);
  return disk;
}
