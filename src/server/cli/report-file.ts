/** The report as a file that is either the old one or the whole new one. */

import { constants, existsSync } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/errors.ts';

const NAME = 'report.md';

/** Makes the folder and checks that it can be written, before work is spent on a report. Throws INVALID_INPUT. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (thrown) {
    throw unwritable(folder, thrown);
  }
}

/** Writes report.md there by way of a temporary file, and returns its path. Throws INVALID_INPUT. */
export async function writeReport(folder: string, text: string): Promise<string> {
  const file = path.join(folder, NAME);
  const draft = path.join(folder, `.${NAME}.${process.pid}.tmp`);
  try {
    await makeFolder(folder);
    await writeFile(draft, text.endsWith('\n') ? text : `${text}\n`);
    await rename(draft, file);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw unwritable(folder, thrown);
  }
  return file;
}

/** Level by level: the recursive form never returns where a file system refuses new folders as "no such file" (/proc). */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  if (path.dirname(folder) !== folder) await makeFolder(path.dirname(folder));
  await mkdir(folder);
}

function unwritable(folder: string, thrown: unknown): Fault {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('INVALID_INPUT', `--out ${folder} cannot be written: ${reason}`, {
    hint: 'Name a folder you may write to with --out.',
    cause: thrown,
  });
}
