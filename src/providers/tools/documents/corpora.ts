/** The corpora a library thread has open or is building, and what it answers about them. */

import type { StoredText } from '../../../core/source.ts';
import type { Theme } from '../../providers.ts';
import { CorpusIndex, type Range } from './corpus-index.ts';
import { IndexBuild } from './index-build.ts';
import { FileBuild, fileOf, isDamage, openFile, prune, removeAll, removeFile } from './index-cache.ts';
import { LibraryFailure, type FoundPassage, type SearchRequest } from './protocol.ts';
import { Searcher } from './search.ts';
import { select } from './select.ts';
import { themesOf } from './themes.ts';

/** Open indexes at once; each holds a file handle and the passages last taken apart. */
const OPEN = 8;

interface Build {
  readonly corpus_id: string;
  readonly build: IndexBuild;
  readonly finish: () => CorpusIndex;
  readonly discard: () => void;
  /** Where it is built; null for one in memory. */
  readonly path: string | null;
}

/** Failures that mean the folder is full or may not be written, as against a mistake of this program. */
function isUnwritable(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return /^(?:SQLITE_(?:FULL|IOERR|CANTOPEN|READONLY|PERM)|ENOSPC|EDQUOT|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|EMFILE|ENFILE)/.test(
    String(error.code),
  );
}

/** One thread's corpora. Not shared between threads; files in the folder may be shared with other processes. */
export class Corpora {
  readonly #directory: string;
  readonly #open = new Map<string, Searcher>();
  readonly #builds = new Map<number, Build>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Whether the corpus has a sound index, which is then open. */
  open(corpusId: string): boolean {
    return this.#searcher(corpusId) !== null;
  }

  #searcher(corpusId: string): Searcher | null {
    const known = this.#open.get(corpusId);
    if (known !== undefined) {
      this.#remember(corpusId, known);
      return known;
    }
    const index = openFile(fileOf(this.#directory, corpusId));
    if (index === null) return null;
    const searcher = new Searcher(index);
    this.#remember(corpusId, searcher);
    return searcher;
  }

  /** Most recently used last; the least recently used is closed. */
  #remember(corpusId: string, searcher: Searcher): void {
    this.#open.delete(corpusId);
    this.#open.set(corpusId, searcher);
    for (const [oldest, other] of this.#open) {
      if (this.#open.size <= OPEN) break;
      other.index.close();
      this.#open.delete(oldest);
    }
  }

  /** Starts a build; throws `unwritable` where the folder takes no file and `memory` is false. */
  begin(number: number, corpusId: string, memory: boolean): null {
    this.#builds.set(number, memory ? memoryBuild(corpusId) : this.#fileBuild(corpusId));
    return null;
  }

  #fileBuild(corpusId: string): Build {
    const file = writing(() => new FileBuild(this.#directory, corpusId));
    const { build, path } = file;
    return { corpus_id: corpusId, build, finish: () => file.finish(), discard: () => file.discard(), path };
  }

  /** Adds one source; rejects with `unwritable` when the disk is full. */
  async add(
    number: number,
    source: { readonly key: string; readonly title: string },
    stored: StoredText,
  ): Promise<void> {
    const build = this.#building(number);
    try {
      await build.build.add(source, stored);
    } catch (error) {
      throw asFailure(error);
    }
  }

  #building(number: number): Build {
    const build = this.#builds.get(number);
    if (build === undefined)
      throw new LibraryFailure('no_build', 'this build of an index ended with the thread that made it');
    return build;
  }

  /** Completes a build: from here on the corpus is searchable. */
  finish(number: number): null {
    const build = this.#building(number);
    const index = writing(build.finish);
    this.#builds.delete(number);
    this.#open.get(build.corpus_id)?.index.close();
    this.#open.delete(build.corpus_id);
    this.#remember(build.corpus_id, new Searcher(index));
    this.#prune();
    return null;
  }

  #prune(): void {
    const keep = new Set([...this.#open.keys()].map((corpusId) => fileOf(this.#directory, corpusId)));
    try {
      prune(this.#directory, { keep, now: Date.now() });
    } catch (error) {
      // An index in memory has no folder to prune.
      if (!isUnwritable(error)) throw error;
    }
  }

  /** Drops a build and its file. Unknown numbers are ignored: the build may have ended meanwhile. */
  discard(number: number): null {
    const build = this.#builds.get(number);
    this.#builds.delete(number);
    build?.discard();
    return null;
  }

  /** An index that cannot be deleted is a failure: somebody was promised that its words are gone. */
  forget(corpusId: string): null {
    this.#open.get(corpusId)?.index.close();
    this.#open.delete(corpusId);
    const building = [...this.#builds.values()].flatMap(({ path }) => path ?? []);
    removeAll(this.#directory, corpusId, new Set(building));
    return null;
  }

  search(request: SearchRequest): FoundPassage[] {
    return this.#asking(request.corpus_id, (searcher) => {
      const { index } = searcher;
      const ranges = request.keys === undefined ? undefined : rangesOf(index, new Set(request.keys));
      const { query, context } = request;
      const ranked = searcher.rank({ query, ...(context !== undefined && { context }), ...(ranges && { ranges }) });
      return select(ranked, request.limit).flatMap(({ passage: { terms }, score }) => {
        const passage = index.passage(terms.id);
        const source = index.sources[terms.source - 1];
        if (passage === null || source === undefined) return [];
        const { start, end, text, raw, heading } = passage;
        return [
          {
            key: source.key,
            start,
            end,
            place: { kind: source.place, number: passage.place },
            text,
            raw,
            heading,
            score,
          },
        ];
      });
    });
  }

  themes(corpusId: string, question: string, limit: number): Theme[] {
    return this.#asking(corpusId, (searcher) => themesOf(searcher, question, limit));
  }

  /** An index found damaged while it is read is thrown away; the failure says that it has to be built again. */
  #asking<T>(corpusId: string, ask: (searcher: Searcher) => T): T {
    const searcher = this.#searcher(corpusId);
    if (searcher === null) throw new LibraryFailure('no_index', 'the corpus has no index: prepare it first');
    try {
      return ask(searcher);
    } catch (error) {
      if (!isDamage(error)) throw error;
      searcher.index.close();
      this.#open.delete(corpusId);
      removeFile(fileOf(this.#directory, corpusId));
      throw new LibraryFailure('no_index', 'the index was damaged and has been removed');
    }
  }
}

function memoryBuild(corpusId: string): Build {
  const build = new IndexBuild(':memory:');
  return {
    corpus_id: corpusId,
    build,
    finish: () => new CorpusIndex(build.finish()),
    discard: () => build.discard(),
    path: null,
  };
}

function asFailure(error: unknown): unknown {
  return isUnwritable(error) && error instanceof Error ? new LibraryFailure('unwritable', error.message) : error;
}

function writing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw asFailure(error);
  }
}

function rangesOf(index: CorpusIndex, keys: ReadonlySet<string>): Range[] {
  return index.sources.filter(({ key }) => keys.has(key));
}
