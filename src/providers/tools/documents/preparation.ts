/** Makes corpora searchable, each at most once at a time, and again when its index is gone. */

import type { Source, StoredText } from '../../../core/source.ts';
import type { Corpus } from '../../providers.ts';
import { abortable } from './abortable.ts';
import { keyOf, LibraryFailure } from './protocol.ts';
import { ThreadLost, type LibraryThread } from './thread.ts';

/** Corpora whose texts can be asked for again without a new `prepare`. */
const REMEMBERED = 64;

export type Read = (source: Source) => Promise<StoredText>;

interface Preparation {
  readonly corpus: Corpus;
  readonly read: Read;
}

export class Preparations {
  readonly #thread: LibraryThread;
  readonly #log: (message: string) => void;
  readonly #known = new Map<string, Preparation>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(thread: LibraryThread, log: (message: string) => void) {
    this.#thread = thread;
    this.#log = log;
  }

  async prepare(corpus: Corpus, read: Read, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#known.delete(corpus.corpus_id);
    this.#known.set(corpus.corpus_id, { corpus, read });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    await this.#ensure({ corpus, read }, signal);
  }

  /** The index goes. Should another workflow on the same sources ask, it is built again. */
  async forget(corpusId: string): Promise<void> {
    await this.#underWay.get(corpusId);
    await this.#thread.call(this.#thread.nextCall(), { kind: 'forget', corpus_id: corpusId });
  }

  /** Builds a lost index again, if the corpus was prepared by this library; else the failure stands. */
  async repair(corpusId: string, failure: LibraryFailure, signal: AbortSignal | undefined): Promise<void> {
    const known = this.#known.get(corpusId);
    if (known === undefined) throw failure;
    await this.#ensure(known, signal);
  }

  async #ensure(preparation: Preparation, signal: AbortSignal | undefined): Promise<void> {
    const id = preparation.corpus.corpus_id;
    for (let other = this.#underWay.get(id); other !== undefined; other = this.#underWay.get(id)) {
      // Another caller builds it. Whether it succeeds is its affair: this caller looks for itself afterwards.
      await abortable(other, signal);
    }
    const building = this.#build(preparation, signal);
    const settled = building.then(
      () => this.#underWay.delete(id),
      () => this.#underWay.delete(id),
    );
    this.#underWay.set(id, settled);
    await building;
  }

  async #build(preparation: Preparation, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#buildOnce(preparation, signal);
    } catch (error) {
      const lost = error instanceof ThreadLost || (error instanceof LibraryFailure && error.code === 'no_build');
      if (!lost) throw error;
      await this.#buildOnce(preparation, signal);
    }
  }

  async #buildOnce(preparation: Preparation, signal: AbortSignal | undefined): Promise<void> {
    const thread = this.#thread;
    const options = signal === undefined ? {} : { signal };
    const { corpus_id } = preparation.corpus;
    if (await thread.call(thread.nextCall(), { kind: 'open', corpus_id }, options)) return;
    try {
      await this.#fill(preparation, signal, false);
    } catch (error) {
      if (!(error instanceof LibraryFailure) || error.code !== 'unwritable') throw error;
      this.#log(`index cache is not usable, so this index is kept in memory only: ${error.message}`);
      await this.#fill(preparation, signal, true);
    }
  }

  /** Streams the texts to the thread, one at a time. Ordered by content, so that equal corpora get equal indexes. */
  async #fill({ corpus, read }: Preparation, signal: AbortSignal | undefined, memory: boolean): Promise<void> {
    const thread = this.#thread;
    const options = signal === undefined ? {} : { signal };
    const build = thread.nextCall();
    const { corpus_id } = corpus;
    try {
      await thread.call(thread.nextCall(), { kind: 'begin', build, corpus_id, memory }, options);
      for (const [key, source] of byContent(corpus)) {
        const stored = await abortable(read(source), signal);
        const { title } = source;
        await thread.call(thread.nextCall(), { kind: 'add', build, key, title, stored }, options);
      }
      await thread.call(thread.nextCall(), { kind: 'finish', build }, options);
    } catch (error) {
      if (!(error instanceof ThreadLost)) this.#discard(build);
      throw error;
    }
  }

  /** In the background: the caller has its error already, and a thread that is gone has nothing to discard. */
  #discard(build: number): void {
    this.#thread.call(this.#thread.nextCall(), { kind: 'discard', build }).catch((error: unknown) => {
      this.#log(`an unfinished index was left behind: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

function byContent(corpus: Corpus): [string, Source][] {
  const sources = new Map<string, Source>();
  for (const source of corpus.sources) if (!sources.has(keyOf(source))) sources.set(keyOf(source), source);
  return [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
