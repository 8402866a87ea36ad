/** What the library's thread is asked and what it answers. Both sides are this program, so messages are typed, not parsed. */

import type { Place, SkippedFile, SourceFormat, SourceRoot, StoredText } from '../../../core/source.ts';
import type { CollectedText, Theme } from '../../providers.ts';
import type { CollectLimits } from './collect.ts';

/** Names a stored text: what equal sources of different workflows share. */
export function keyOf(source: { readonly sha256: string; readonly format: SourceFormat }): string {
  return `${source.sha256}.${source.format}`;
}

/** What the thread is started with. */
export interface ThreadSetup {
  readonly cacheDirectory: string;
}

export interface CollectRequest {
  readonly kind: 'collect';
  readonly roots: readonly SourceRoot[];
  readonly limits: CollectLimits;
  readonly skip: ReadonlySet<string>;
}

export interface SearchRequest {
  readonly kind: 'search';
  readonly corpus_id: string;
  readonly query: string;
  readonly context?: string;
  readonly limit: number;
  /** Keys of the sources to search; all when absent. */
  readonly keys?: readonly string[];
}

export interface ThemesRequest {
  readonly kind: 'themes';
  readonly corpus_id: string;
  readonly question: string;
  readonly limit: number;
}

export type Request =
  | CollectRequest
  /** Answers whether the corpus has a sound index. */
  | { readonly kind: 'open'; readonly corpus_id: string }
  /** Starts a build under a number the caller never used before. `memory` keeps it out of the cache folder. */
  | { readonly kind: 'begin'; readonly build: number; readonly corpus_id: string; readonly memory: boolean }
  | {
      readonly kind: 'add';
      readonly build: number;
      readonly key: string;
      readonly title: string;
      readonly stored: StoredText;
    }
  | { readonly kind: 'finish'; readonly build: number }
  | { readonly kind: 'discard'; readonly build: number }
  /** Closes the corpus' index and deletes its file. */
  | { readonly kind: 'forget'; readonly corpus_id: string }
  | SearchRequest
  | ThemesRequest;

/** A hit before its corpus gives it a source id and a location. */
export interface FoundPassage {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly place: Place;
  readonly text: string;
  readonly raw: string;
  readonly heading: string;
  readonly score: number;
}

export interface Answers {
  readonly collect: null;
  readonly open: boolean;
  readonly begin: null;
  readonly add: null;
  readonly finish: null;
  readonly discard: null;
  readonly forget: null;
  readonly search: readonly FoundPassage[];
  readonly themes: readonly Theme[];
}

/** What a collection sends while it runs. */
export type CollectNews =
  | { readonly kind: 'opening'; readonly location: string }
  | { readonly kind: 'text'; readonly text: CollectedText }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile };

/** Main thread to worker. `taken` says that one text of a collection is dealt with, so another may come. */
export type ToThread =
  | { readonly type: 'request'; readonly id: number; readonly request: Request }
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'abort'; readonly id: number };

/**
 * Why a request failed. `no_index`: prepare the corpus again. `no_build`: the build ended with an earlier thread.
 * `unwritable`: the cache folder takes no file.
 */
export type FailureCode = 'no_index' | 'no_build' | 'unwritable' | 'failed';

/** Worker to main thread. */
export type FromThread =
  | { readonly type: 'news'; readonly id: number; readonly news: CollectNews }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly type: 'failure'; readonly id: number; readonly code: FailureCode; readonly message: string };

/** A failure the worker reported. */
export class LibraryFailure extends Error {
  override readonly name = 'LibraryFailure';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}
