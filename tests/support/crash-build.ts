/** Builds that are broken on purpose: a copy of the package with a few lines of its `dist` exchanged. */

import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './binary.ts';

/** One exchange. `from` stands in the file exactly once: where the source moved on, the exchange has to be made anew. */
export interface Edit {
  /** Below `dist`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the package and makes the exchanges. Throws when one does not fit. Returns the copy's folder. */
export function brokenBuild(edits: readonly Edit[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'beltalowda-broken-'));
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, from, to } of edits) {
    const path = join(folder, 'dist', file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`dist/${file} holds this ${parts.length - 1} times, not once:\n${from}`);
    writeFileSync(path, parts.join(to));
  }
  return folder;
}
