/** Finds the files below the user's roots, in the order of their locations, and says what it passed over. */

import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { SkippedFile } from '../../../core/source.ts';
import type { SourceRoot } from '../../providers.ts';
import { recognise } from './formats.ts';

export type WalkStep =
  | { readonly kind: 'file'; readonly path: string; readonly location: string }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile };

/** Folders of other people's code, caches and system litter: not what the user means by "my documents". */
const PASSED_OVER = new Set(['node_modules', 'bower_components', '__pycache__', '__MACOSX', '$RECYCLE.BIN', 'System Volume Information']);
const LITTER = /^(?:Thumbs\.db|desktop\.ini|~\$.*|.*~)$/iu;

interface Walk {
  readonly root: SourceRoot;
  readonly realRoot: string;
  /** Folders already entered through a symbolic link: entering each once keeps every web of links finite. */
  readonly linked: Set<string>;
  /** What is only counted, by kind. */
  readonly passed: Map<string, { count: number; readonly examples: string[] }>;
}

interface Entry {
  readonly path: string;
  readonly location: string;
  readonly folder: boolean;
}

/** Walks the roots. Locations come in ascending code-unit order for each root. Never throws for what the disk holds. */
export async function* walkRoots(roots: readonly SourceRoot[]): AsyncGenerator<WalkStep> {
  const ordered = [...roots].sort((a, b) => compare(`${a.label}/${a.path}`, `${b.label}/${b.path}`));
  for (const root of ordered) yield* walkRoot(root);
}

async function* walkRoot(root: SourceRoot): AsyncGenerator<WalkStep> {
  let realRoot: string;
  try {
    realRoot = await realpath(root.path);
    const kind = await stat(realRoot);
    if (!kind.isDirectory()) {
      if (kind.isFile()) yield { kind: 'file', path: realRoot, location: root.label };
      else yield skipped(root.label, 'not a regular file');
      return;
    }
  } catch (error) {
    yield skipped(root.label, reasonOf(error));
    return;
  }
  const walk: Walk = { root, realRoot, linked: new Set(), passed: new Map() };
  const stack: Entry[] = [{ path: realRoot, location: root.label, folder: true }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    if (!entry.folder) {
      yield { kind: 'file', path: entry.path, location: entry.location };
      continue;
    }
    const below: Entry[] = [];
    for await (const step of readFolder(walk, entry)) {
      if ('kind' in step) yield step;
      else below.push(step);
    }
    below.sort((a, b) => compare(orderOf(b), orderOf(a)));
    for (const next of below) stack.push(next);
  }
  yield* passedOver(walk);
}

/** A folder stands where its files will: `a.txt` before `a/b.txt` only as the characters say. */
function orderOf(entry: Entry): string {
  return entry.folder ? `${entry.location}/` : entry.location;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function* readFolder(walk: Walk, folder: Entry): AsyncGenerator<Entry | WalkStep> {
  let names: string[];
  try {
    names = (await readdir(folder.path)).sort(compare);
  } catch (error) {
    yield skipped(folder.location, reasonOf(error));
    return;
  }
  for (const name of names) {
    const location = `${folder.location}/${name}`;
    if (name.startsWith('.') || LITTER.test(name)) {
      pass(walk, 'hidden or temporary', name);
      continue;
    }
    try {
      yield await classify(walk, { path: join(folder.path, name), location, name });
    } catch (error) {
      yield skipped(location, reasonOf(error));
    }
  }
}

async function classify(
  walk: Walk,
  found: { path: string; location: string; name: string },
): Promise<Entry | WalkStep> {
  const { location, name } = found;
  const info = await lstat(found.path);
  const path = info.isSymbolicLink() ? await realpath(found.path) : found.path;
  const kind = info.isSymbolicLink() ? await stat(path) : info;
  if (info.isSymbolicLink()) {
    const refusal = refuseLink(walk, { from: found.path, to: path, folder: kind.isDirectory() });
    if (refusal !== null) return skipped(location, refusal);
  }
  if (kind.isDirectory()) {
    if (!PASSED_OVER.has(name)) return { path, location, folder: true };
    pass(walk, name, name);
    return { path, location, folder: true, ...NOTHING };
  }
  if (!kind.isFile()) return skipped(location, 'not a regular file');
  return { path, location, folder: false };
}
