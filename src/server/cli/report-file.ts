/** The report as a file that is either the old one or the whole new one, and never in place of what is not a report of ours. */

import { constants, existsSync, statSync } from 'node:fs';
import { access, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/errors.ts';
import { REPORT_NAME } from '../../core/report.ts';

/** How each of our reports begins: its title, then which model wrote it. */
const OURS = /^# [^\r\n]*\r?\n\r?\n> [^\s:][^\r\n]*: /;
/** More than a title of ours and the name of a model can take. */
const BEGINNING_BYTES = 16_384;

/**
 * Makes the folder and checks that a report can be written there, before work is spent on one. Throws INVALID_INPUT, also
 * where another report.md would be lost.
 */
export async function prepareFolder(folder: string): Promise<void> {
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new Fault('INVALID_INPUT', `--out ${folder} is a file; the report is written to a folder`, {
      hint: `Name a folder with --out: ${path.dirname(folder)}, for example, or one that is to be made.`,
    });
  }
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (thrown) {
    throw unwritable(folder, thrown);
  }
  await keepForeign(path.join(folder, REPORT_NAME));
}

/** Throws INVALID_INPUT when the file is there and is not a report of ours. */
async function keepForeign(file: string): Promise<void> {
  if (!existsSync(file) || OURS.test(await beginning(file))) return;
  throw new Fault('INVALID_INPUT', `--out would replace ${file}, which is not a report of beltalowda`, {
    hint: 'Name another folder with --out, or move that file away.',
  });
}

/** What it begins with; nothing for a folder or a device. Throws INVALID_INPUT when it cannot be read. */
async function beginning(file: string): Promise<string> {
  // Opening a pipe would wait for whoever writes to it.
  if (!statSync(file).isFile()) return '';
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(BEGINNING_BYTES) });
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw new Fault('INVALID_INPUT', `--out would replace ${file}, which cannot be read: ${reasonOf(thrown)}`, {
      hint: 'Name another folder with --out, or move that file away.',
      cause: thrown,
    });
  }
}

/** Writes report.md there by way of a temporary file, and returns its path. Throws INVALID_INPUT; then nothing has changed. */
export async function writeReport(folder: string, text: string): Promise<string> {
  const file = path.join(folder, REPORT_NAME);
  const draft = path.join(folder, `.${REPORT_NAME}.${process.pid}.tmp`);
  try {
    await makeFolder(folder);
    await writeFile(draft, text.endsWith('\n') ? text : `${text}\n`);
    // Research takes its time; a file may have come since the folder was prepared.
    await keepForeign(file);
    await rename(draft, file);
  } catch (thrown) {
    // Where the folder itself has gone there is no draft either, and what went wrong first is what is told.
    await rm(draft, { force: true }).catch(() => undefined);
    throw thrown instanceof Fault ? thrown : unwritable(folder, thrown);
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
  return new Fault('INVALID_INPUT', `--out ${folder} cannot be written: ${reasonOf(thrown)}`, {
    hint: 'Name a folder you may write to with --out.',
    cause: thrown,
  });
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
