/** The file of tokens: its form, how it is read and how it is changed. It holds hashes; no token can be made from one. */

import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { isOwner, MAX_OWNER } from '../../core/owner.ts';
import { SCOPES, type Scope } from '../scope.ts';

export interface TokenEntry {
  /** Names it in lists and logs: `tok_…`. */
  readonly id: string;
  readonly owner: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the whole token, 64 hexadecimal digits. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly created_at: string;
  /** From then on it is refused; null: never. */
  readonly expires_at: string | null;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_TOKENS = 10_000;
const LOCK_ATTEMPTS = 40;
const LOCK_PAUSE_MS = 50;

const time = z.iso.datetime({ offset: true });
const entry = z.strictObject({
  id: z.string().regex(/^[\w.-]{1,64}$/),
  owner: z.string().refine(isOwner, `must be 1 to ${MAX_OWNER} printable characters`),
  scopes: z.array(z.enum(SCOPES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: time,
  expires_at: time.nullable().default(null),
});
const form = z.strictObject({ tokens: z.array(entry).max(MAX_TOKENS) });

/** Throws CONFIG_INVALID that names the file and what in it is wrong. Never quotes it. */
export async function readTokens(file: string): Promise<readonly TokenEntry[]> {
  return parseTokens(file, await textOf(file));
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw invalid(file, `has ${size} bytes; at most ${MAX_BYTES} are read`);
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    const code = codeOf(thrown);
    throw invalid(file, code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`, thrown);
  }
}

function parseTokens(file: string, text: string): readonly TokenEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    // The parser's own message quotes what it met.
    throw invalid(file, 'is not JSON', thrown);
  }
  const parsed = form.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = (issue?.path ?? []).reduce<string>(
      (path, part) => path + (typeof part === 'number' ? `[${part}]` : `${path === '' ? '' : '.'}${String(part)}`),
      '',
    );
    throw invalid(file, `${place === '' ? '' : `at ${place} `}does not have the form: ${issue?.message ?? 'unknown'}`);
  }
  const { tokens } = parsed.data;
  for (const key of ['id', 'sha256'] as const) {
    const seen = new Set<string>();
    const twice = tokens.findIndex((one) => seen.size === seen.add(one[key]).size);
    if (twice >= 0) throw invalid(file, `at tokens[${twice}].${key} repeats an earlier one`);
  }
  return tokens;
}

function invalid(file: string, what: string, cause?: unknown): Fault {
  return new Fault('CONFIG_INVALID', `the file of tokens ${file} ${what}`, {
    hint: '`beltalowda token create` writes a right one; docs/access.md shows its form.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason';
}

export function newTokenId(): string {
  return `tok_${randomBytes(6).toString('hex')}`;
}

/**
 * Changes the file as a whole: whoever reads meanwhile has the old or the new one, and two who change it do so one after
 * the other. One that is not there is made, for its owner alone to read.
 */
export async function changeTokens(
  file: string,
  change: (tokens: readonly TokenEntry[]) => readonly TokenEntry[],
): Promise<void> {
  // A link stays a link: what it leads to is changed.
  const target = (await whereIs(file)) ?? file;
  const lock = await locked(target);
  try {
    // Asked again: who held the lock before may have made it.
    const tokens = change((await whereIs(target)) === null ? [] : await readTokens(target));
    await replace(target, `${JSON.stringify({ tokens }, null, 2)}\n`);
  } finally {
    await rm(lock, { force: true });
  }
}

/** The file itself, whatever links lead to it; null where there is none. */
async function whereIs(file: string): Promise<string | null> {
  try {
    return await realpath(file);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw invalid(file, `cannot be read (${codeOf(thrown)})`, thrown);
  }
}

async function locked(file: string): Promise<string> {
  const lock = `${file}.lock`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await (await open(lock, 'wx')).close();
      return lock;
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw unwritable(file, thrown);
    }
    if (attempt === LOCK_ATTEMPTS) {
      throw new Fault('CONFIG_INVALID', `the file of tokens is being changed by another command: ${lock} is there`, {
        hint: `If none is at work, one was killed: delete ${lock}.`,
      });
    }
    await pause(LOCK_PAUSE_MS);
  }
}

async function replace(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    const old = await statOf(file);
    const handle = await open(fresh, 'wx', 0o600);
    try {
      if (old !== null) await keepAccess(handle, file, old);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown instanceof Fault ? thrown : unwritable(file, thrown);
  }
}

async function statOf(file: string): Promise<Stats | null> {
  try {
    return await stat(file);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/** A service that runs as another user than the command must still read the file, or a token taken back would hold there for ever. */
async function keepAccess(handle: FileHandle, file: string, { uid, gid, mode }: Stats): Promise<void> {
  try {
    const fresh = await handle.stat();
    if (fresh.uid !== uid || fresh.gid !== gid) await handle.chown(uid, gid);
    // By itself: what a file is opened with is narrowed by the umask.
    await handle.chmod(mode & 0o777);
  } catch (thrown) {
    const why = `cannot be given back to its owner, user ${uid} and group ${gid} (${codeOf(thrown)})`;
    throw new Fault('CONFIG_INVALID', `the file of tokens ${file} ${why}; it is unchanged`, {
      hint: 'Run the command as the user who owns the file, or as root.',
      cause: thrown,
    });
  }
}

function unwritable(file: string, cause: unknown): Fault {
  return new Fault('CONFIG_INVALID', `the file of tokens ${file} cannot be written (${codeOf(cause)})`, {
    hint: 'Name another place with --tokens-file or BELTALOWDA_TOKENS_FILE, or make this one writable.',
    cause,
  });
}
