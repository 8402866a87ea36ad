/** Which files a workflow may read: paths the caller named, checked against the allowed roots before anything is stored. */

import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { SourceRoot } from '../core/source.ts';
import type { Caller } from '../core/views.ts';

/**
 * The roots to collect: the named sources, or all allowed roots when none are named. Paths come back real (links
 * resolved), none inside another, each with a label of its own.
 */
export async function resolveSources(
  named: readonly string[] | undefined,
  caller: Caller,
  allowed: readonly string[],
): Promise<readonly SourceRoot[]> {
  const wanted = named ?? [];
  if (wanted.length === 0 && allowed.length === 0) {
    throw new Fault('NO_SOURCES', 'no source was given and BELTALOWDA_SOURCES names none');
  }
  const paths =
    wanted.length === 0
      ? await allRoots(allowed)
      : await Promise.all(wanted.map((path) => resolveOne(path, caller, allowed)));
  const distinct = [...new Set(paths)].sort();
  const outermost = distinct.filter((path) => !distinct.some((other) => other !== path && isInside(path, other)));
  return label(outermost);
}

/** The roots of a workflow whose agents may find sources by themselves: none where none is named or allowed. */
export async function optionalSources(
  named: readonly string[] | undefined,
  caller: Caller,
  allowed: readonly string[],
): Promise<readonly SourceRoot[]> {
  return (named ?? []).length + allowed.length === 0 ? [] : resolveSources(named, caller, allowed);
}

/** Every allowed root. One that is missing is left for the collection to report, unless there is no other. */
async function allRoots(allowed: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(allowed.map((path) => realpath(path).catch(() => null)));
  if (real.some((path) => path !== null)) return real.map((path, n) => path ?? resolve(allowed[n] ?? ''));
  return [await existing(allowed[0] ?? '', allowed.join(', '))];
}

async function resolveOne(named: string, caller: Caller, allowed: readonly string[]): Promise<string> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(named)) {
    throw new Fault(
      'SOURCE_UNSUPPORTED',
      `source ${JSON.stringify(named)} is a URL; this release reads files and folders`,
    );
  }
  if (named.trim() === '' || named.includes('\0')) {
    throw new Fault('INVALID_INPUT', `source ${JSON.stringify(named)} is not a path`);
  }
  if (caller.trusted) return existing(resolve(named), named);
  const candidates = isAbsolute(named) ? [resolve(named)] : allowed.map((root) => resolve(join(root, named)));
  const found = await Promise.all(allowed.map((root) => realpath(root).catch(() => null)));
  const roots = found.filter((root) => root !== null);
  // Judged by its spelling first: whether a path outside exists is nobody's business.
  const inside = candidates.filter((path) => [...allowed, ...roots].some((root) => isInside(path, resolve(root))));
  if (inside.length === 0) throw notAllowed(named, allowed);
  const real = (await Promise.all(inside.map((path) => realpath(path).catch(() => null)))).filter(
    (path) => path !== null,
  );
  const within = real.find((path) => roots.some((root) => isInside(path, root)));
  if (within !== undefined) return within;
  if (real.length > 0) throw notAllowed(named, allowed);
  throw new Fault('SOURCE_NOT_FOUND', `source ${JSON.stringify(named)} does not exist below ${allowed.join(', ')}`);
}

function notAllowed(named: string, allowed: readonly string[]): Fault {
  const roots = allowed.length === 0 ? 'none is configured' : allowed.join(', ');
  return new Fault('SOURCE_NOT_ALLOWED', `source ${JSON.stringify(named)} is outside the allowed roots (${roots})`);
}

async function existing(path: string, named: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    throw new Fault('SOURCE_NOT_FOUND', `source ${JSON.stringify(named)} does not exist or cannot be read`, {
      cause: thrown,
    });
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The folder's own name; where two share it, with as many parents as tell them apart. */
function label(paths: readonly string[]): readonly SourceRoot[] {
  return paths.map((path) => {
    let name = basename(path) || path;
    let above = dirname(path);
    while (paths.some((other) => other !== path && tail(other, name)) && above !== dirname(above)) {
      name = `${basename(above)}/${name}`;
      above = dirname(above);
    }
    return { path, label: name };
  });
}

function tail(path: string, name: string): boolean {
  return path.split(sep).join('/').endsWith(`/${name}`);
}
