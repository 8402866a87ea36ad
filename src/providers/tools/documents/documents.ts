/**
 * The library of the user's documents: reads, indexes and searches them in one thread of its own, so that the thread
 * that serves clients never waits. Indexes are a cache beside the database; they are rebuilt whenever they are missing.
 */

import { locate, type Source } from '../../../core/source.ts';
import type { Corpus, Hit, Library, SearchOptions, Theme } from '../../providers.ts';
import type { CollectLimits } from './collect.ts';
import { collectWith } from './collection.ts';
import type { DocumentBytes, ParsedDocument } from './document.ts';
import { Preparations } from './preparation.ts';
import {
  keyOf,
  LibraryFailure,
  type Answers,
  type FoundPassage,
  type SearchRequest,
  type ThemesRequest,
} from './protocol.ts';
import { LibraryThread, ThreadLost } from './thread.ts';

export type { DocumentBytes, ParsedDocument } from './document.ts';
export { UnreadableDocument } from './parsers/parsed.ts';
export { REPORTABLE_SCORE } from './select.ts';

const STALL_MS = 60_000;
const MEMORY_MB = 2_048;
const ATTEMPTS = 3;

export interface LibraryOptions {
  /** Absolute path of a folder for indexes; made when needed. One that cannot be written costs speed, nothing else. */
  readonly cacheDirectory: string;
  /** Told in one line what went wrong and was worked around. */
  readonly log: (message: string) => void;
  /** Milliseconds after which a file that is still being parsed is skipped; 60,000 unless told. */
  readonly stallMs?: number;
  /** Heap of the reading thread in MiB; a file that needs more is skipped. 2,048 unless told. */
  readonly memoryMb?: number;
  readonly limits?: CollectLimits;
}

/** Opens the library. Starts no thread and touches no file until first used; an idle one does not keep the process alive. */
export function openLibrary(options: LibraryOptions): Library {
  const { cacheDirectory, log, stallMs = STALL_MS, memoryMb = MEMORY_MB, limits } = options;
  const thread = new LibraryThread({ cacheDirectory, stallMs, memoryMb });
  const preparations = new Preparations(thread, log);
  const asking: Asking = { thread, preparations };
  return {
    collect: (wanted, each) => collectWith({ thread, stallMs, ...(limits && { limits }) }, wanted, each),
    prepare: (corpus, read, signal) => preparations.prepare(corpus, read, signal),
    search: (corpus, wanted) => search(asking, corpus, wanted),
    themes: (corpus, question, limit): Promise<readonly Theme[]> =>
      ask(asking, { kind: 'themes', corpus_id: corpus.corpus_id, question, limit }, undefined),
    forget: (corpus_id) => preparations.forget(corpus_id),
    close: () => thread.close(),
  };
}

interface Asking {
  readonly thread: LibraryThread;
  readonly preparations: Preparations;
}

async function search(asking: Asking, corpus: Corpus, options: SearchOptions): Promise<readonly Hit[]> {
  const { query, context, limit, source_ids, signal } = options;
  const wanted = source_ids === undefined ? null : new Set(source_ids);
  const sources = new Map<string, Source>();
  for (const source of corpus.sources) {
    const key = keyOf(source);
    if (wanted?.has(source.source_id) !== false && !sources.has(key)) sources.set(key, source);
  }
  const request = {
    kind: 'search',
    corpus_id: corpus.corpus_id,
    query,
    limit,
    ...(context !== undefined && { context }),
    ...(wanted !== null && { keys: [...sources.keys()] }),
  } as const;
  const found = await ask(asking, request, signal);
  return found.flatMap((passage) => hitOf(passage, sources.get(passage.key)));
}

function hitOf(found: FoundPassage, source: Source | undefined): Hit[] {
  if (source === undefined) return [];
  const { key: _key, place, ...rest } = found;
  return [{ source_id: source.source_id, ...rest, location: locate(source.location, place) }];
}

/**
 * Asks, and asks again where the thread died under the question or the index was lost: a thread that has just started has
 * none of the indexes that were kept in memory, so both may happen in turn.
 */
async function ask<T extends SearchRequest | ThemesRequest>(
  { thread, preparations }: Asking,
  request: T,
  signal: AbortSignal | undefined,
): Promise<Answers[T['kind']]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await thread.call(thread.nextCall(), request, signal === undefined ? {} : { signal });
      return answer;
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      if (error instanceof LibraryFailure && error.code === 'no_index') {
        await preparations.repair(request.corpus_id, error, signal);
      } else if (!(error instanceof ThreadLost)) throw error;
    }
  }
}

/**
 * Parses one document that is no file of the user's. It may take seconds and hold its thread, so it is for threads that may
 * stand still. Throws `UnreadableDocument` when it cannot be read.
 */
export async function parseDocument(document: DocumentBytes): Promise<ParsedDocument> {
  const { documentOf } = await import('./document.ts');
  return documentOf(document);
}
