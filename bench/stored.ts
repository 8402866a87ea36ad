/** A composition over a database that is filled already, and how long a question to it takes. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Composition, compose } from './composition.ts';
import { filledDatabase, type Filling } from './filled.ts';

export interface Stored {
  readonly on: Composition;
  readonly file: string;
}

/** Workflows of several owners, patterns, models and prices, whose figures are still to be counted. */
export async function stored(folder: string, filling: Pick<Filling, 'workflows' | 'owners'>): Promise<Stored> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'filled.db');
  await filledDatabase(file, { ...filling, whole: 0, searchable: false, varied: true });
  return { file, on: await compose({ file, source: join(folder, 'sources') }) };
}

export async function msOf(work: () => unknown): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
