/** Builds that are broken on purpose: a copy of the package with a few lines of its `dist` exchanged. */

import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './binary.ts';

/** One exchange in a file of its own. `from` stands there exactly once: where the source moved on, it has to be made anew. */
export interface Edit {
  /** Below `dist`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copies the package and makes the exchanges, one after another. Throws when one does not fit. Returns the copy's folder. */
export function brokenBuild(edits: readonly Edit[]): string {
  const exchanged = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const parts = (exchanged.get(file) ?? readFileSync(join(ROOT, 'dist', file), 'utf8')).split(from);
    if (parts.length !== 2) throw new Error(`dist/${file} holds this ${parts.length - 1} times, not once:\n${from}`);
    exchanged.set(file, parts.join(to));
  }
  const folder = mkdtempSync(join(tmpdir(), 'beltalowda-broken-'));
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of exchanged) writeFileSync(join(folder, 'dist', file), text);
  return folder;
}
