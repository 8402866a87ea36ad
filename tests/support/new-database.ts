/** A database with the schema and nothing in it: copied, as to run all migrations takes longer than most tests. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { FakeClock } from './fake-clock.ts';

let made: Promise<Buffer> | undefined;

async function make(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'beltalowda-test-'));
  const file = join(folder, 'new.db');
  await (await openSqliteStore({ file, clock: new FakeClock() })).close();
  const bytes = await readFile(file);
  await rm(folder, { recursive: true });
  return bytes;
}

/** Puts it at the path, and returns the path. */
export async function newDatabase(file: string): Promise<string> {
  made ??= make();
  await writeFile(file, await made);
  return file;
}
