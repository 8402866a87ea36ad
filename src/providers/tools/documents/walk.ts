/** Finds the files below the user's roots, in the order of their locations, and says what it passed over. */

import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { SkippedFile, SourceRoot } from '../../../core/source.ts';
import { recognise } from './formats.ts';

export type WalkStep =
  | { readonly kind: 'file'; readonly path: string; readonly location: string }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile };

/** Folders of other people's code, caches and system litter: not what the user means by "my documents". */
const PASSED_OVER = new Set([
  'node_modules',
  'bower_components',
  '__pycache__',
  '__MACOSX',
  '$RECYCLE.BIN',
  'System Volume Information',
]);
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
    // The path was real when the user named it. Since then, in the queue or before a resumption, somebody may have put a
    // link in its place or in the place of a folder above it, and what the link leads to is not what the user meant.
    if (realRoot !== resolve(root.path)) {
      yield skipped(root.label, 'it is a link now and leads elsewhere; name the folder it leads to, if that is meant');
      return;
    }
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
    const { entries: below, refused } = await readFolder(walk, entry);
    for (const skip of refused) yield { kind: 'skipped', skipped: skip };
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

interface Folder {
  readonly entries: Entry[];
  readonly refused: SkippedFile[];
}

async function readFolder(walk: Walk, folder: Entry): Promise<Folder> {
  const read: Folder = { entries: [], refused: [] };
  let names: string[];
  try {
    names = (await readdir(folder.path)).sort(compare);
  } catch (error) {
    read.refused.push({ location: folder.location, reason: reasonOf(error) });
    return read;
  }
  for (const name of names) {
    const location = `${folder.location}/${name}`;
    if (name.startsWith('.') || LITTER.test(name)) {
      pass(walk, 'hidden or temporary', name);
      continue;
    }
    try {
      const found = await classify(walk, join(folder.path, name), name);
      if (typeof found === 'string') read.refused.push({ location, reason: found });
      else if (found !== null) read.entries.push({ ...found, location });
    } catch (error) {
      read.refused.push({ location, reason: reasonOf(error) });
    }
  }
  return read;
}

/** What stands at a path: a file or folder to read, null for what is only counted, or why it is refused. */
async function classify(walk: Walk, path: string, name: string): Promise<Omit<Entry, 'location'> | string | null> {
  const info = await lstat(path);
  const link = info.isSymbolicLink();
  const real = link ? await realpath(path) : path;
  const kind = link ? await stat(real) : info;
  const folder = kind.isDirectory();
  if (folder && PASSED_OVER.has(name)) {
    pass(walk, `folder ${name}`, name);
    return null;
  }
  if (!folder && !kind.isFile()) return 'not a regular file';
  if (link) {
    const refusal = refuseLink(walk, { from: path, to: real, folder });
    if (refusal !== null) return refusal;
  }
  const known = recognise(name);
  if (!folder && known.kind === 'unread') return known.reason;
  if (!folder && known.kind === 'binary') {
    pass(walk, `.${known.extension}`, name);
    return null;
  }
  return { path: real, folder };
}

/** A link may not lead out of the root, back to a folder it stands in, or twice to the same folder. */
function refuseLink(walk: Walk, link: { from: string; to: string; folder: boolean }): string | null {
  if (link.to !== walk.realRoot && !isBelow(link.to, walk.realRoot))
    return 'symbolic link that leads out of the folder';
  if (!link.folder) return null;
  if (link.to === dirname(link.from) || isBelow(link.from, link.to)) return 'symbolic link to a folder it stands in';
  if (walk.linked.has(link.to)) return 'symbolic link to a folder already read';
  walk.linked.add(link.to);
  return null;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function pass(walk: Walk, kind: string, name: string): void {
  const passed = walk.passed.get(kind) ?? { count: 0, examples: [] };
  walk.passed.set(kind, passed);
  passed.count += 1;
  if (passed.examples.length < 3 && !passed.examples.includes(name)) passed.examples.push(name);
}

/** One line for each kind, never one for each of thousands. */
function* passedOver(walk: Walk): Generator<WalkStep> {
  for (const kind of [...walk.passed.keys()].sort(compare)) {
    const { count, examples } = walk.passed.get(kind) ?? { count: 0, examples: [] };
    const many = count === 1 ? '' : 's';
    let reason = `${count} ${kind} file${many} or folder${many} passed over (${examples.join(', ')}${count > examples.length ? ', …' : ''})`;
    if (kind.startsWith('folder ')) reason = `${count} folder${many} named ${kind.slice(7)} passed over`;
    if (kind.startsWith('.')) reason = `${count} ${kind} file${many} passed over: not text`;
    yield skipped(walk.root.label, reason);
  }
}

function skipped(location: string, reason: string): WalkStep {
  return { kind: 'skipped', skipped: { location, reason } };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'not found',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ELOOP: 'symbolic link that leads back to itself',
  ENAMETOOLONG: 'its path is too long',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
};

/** An error of the file system in words for the user. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
