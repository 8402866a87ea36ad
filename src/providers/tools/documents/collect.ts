/**
 * Reads the user's documents: walks the roots, parses each file and gives what is to be stored, or why a file is not.
 * Runs in a worker thread; one file at a time, so that memory holds one file and not a folder.
 */

import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SkippedFile, SourceRoot } from '../../../core/source.ts';
import type { CollectedText } from '../../providers.ts';
import { documentOf } from './document.ts';
import { UnreadableDocument } from './parsers/parsers.ts';
import { readBytes } from './read-bytes.ts';
import { reasonOf, walkRoots } from './walk.ts';

export interface CollectLimits {
  /** Files opened, over all roots. */
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** UTF-16 code units of stored text, over all files. */
  readonly maxTotalCharacters: number;
}

export const DEFAULT_COLLECT_LIMITS: CollectLimits = {
  maxFiles: 20_000,
  maxFileBytes: 64 * 1024 * 1024,
  maxTotalCharacters: 400_000_000,
};

/** One step of a collection. `opening` comes before each file, so that whoever watches can name one that hangs. */
export type CollectStep =
  | { readonly kind: 'opening'; readonly location: string }
  | { readonly kind: 'text'; readonly text: CollectedText }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile };

export interface CollectFilesOptions {
  readonly roots: readonly SourceRoot[];
  readonly limits?: CollectLimits;
  /** Locations not to open: files at which an earlier attempt hung. They are reported as skipped. */
  readonly skip?: ReadonlySet<string>;
}

/**
 * Reads every file below the roots, each root's in ascending code-unit order of location. Never throws for a bad file or
 * a missing root: they come as `skipped`, with the reason in words for the user. A file read only in part gives its text
 * and then a `skipped` that says what is missing. The same text met twice is given twice.
 */
export async function* collectFiles(options: CollectFilesOptions): AsyncGenerator<CollectStep> {
  const limits = options.limits ?? DEFAULT_COLLECT_LIMITS;
  let files = 0;
  let characters = 0;
  let unread: { readonly location: string; count: number; readonly limit: string } | null = null;
  for await (const step of walkRoots(options.roots)) {
    if (step.kind === 'skipped') {
      yield step;
      continue;
    }
    const { path, location } = step;
    if (options.skip?.has(location) === true) {
      yield skip(location, 'reading it did not end: passed over');
      continue;
    }
    const limit = limitReached(limits, files, characters);
    if (unread !== null || limit !== null) {
      unread ??= { location, count: 0, limit: limit ?? '' };
      unread.count += 1;
      continue;
    }
    yield { kind: 'opening', location };
    files += 1;
    const read = await readDocument(path, location, limits);
    if (typeof read === 'string') {
      yield skip(location, read);
      continue;
    }
    if (characters + read.text.text.length > limits.maxTotalCharacters) {
      characters = limits.maxTotalCharacters;
      yield skip(location, limitReached(limits, files, characters) ?? 'limit reached');
      continue;
    }
    characters += read.text.text.length;
    yield { kind: 'text', text: read.text };
    if (read.partial !== null) yield skip(location, `read in part: ${read.partial}`);
  }
  if (unread !== null) {
    const others = unread.count === 1 ? 'this file was' : `this file and ${unread.count - 1} after it were`;
    yield skip(unread.location, `${unread.limit}: ${others} not read`);
  }
}

function skip(location: string, reason: string): CollectStep {
  return { kind: 'skipped', skipped: { location, reason } };
}

function limitReached(limits: CollectLimits, files: number, characters: number): string | null {
  if (files >= limits.maxFiles) return `limit of ${limits.maxFiles} files reached`;
  if (characters >= limits.maxTotalCharacters) return `limit of ${limits.maxTotalCharacters} characters reached`;
  return null;
}

interface ReadDocument {
  readonly text: CollectedText;
  readonly partial: string | null;
}

/** The document, or why it cannot be read. */
async function readDocument(path: string, location: string, limits: CollectLimits): Promise<ReadDocument | string> {
  try {
    const read = await readBytes(path, limits.maxFileBytes);
    if (typeof read === 'string') return read;
    const { text, partial } = await documentOf({ name: basename(path), bytes: read.bytes, location });
    const text_at = { location, uri: pathToFileURL(path).href, modified_at: read.modified.toISOString() };
    return { partial, text: { ...text, ...text_at } };
  } catch (error) {
    if (error instanceof UnreadableDocument) return error.message;
    return error instanceof Error && 'code' in error ? reasonOf(error) : `could not be parsed: ${reasonOf(error)}`;
  }
}
