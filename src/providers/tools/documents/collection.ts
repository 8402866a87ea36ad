/** One collection as its caller sees it: it survives the files that end the thread reading them. */

import type { SkippedFile } from '../../../core/source.ts';
import type { CollectedText, CollectEnd, CollectOptions } from '../../providers.ts';
import { DEFAULT_COLLECT_LIMITS, type CollectLimits } from './collect.ts';
import type { CollectNews } from './protocol.ts';
import { ThreadLost, type LibraryThread } from './thread.ts';

/** Pause between two reports of progress, in milliseconds. */
const PROGRESS_MS = 250;
/** Threads lost in a row without a file to blame or a text gained: then the fault is not a file's. */
const FRUITLESS = 2;

export interface CollectionSetup {
  readonly thread: LibraryThread;
  readonly limits?: CollectLimits;
  readonly stallMs: number;
}

export async function collectWith(
  setup: CollectionSetup,
  options: CollectOptions,
  each: (text: CollectedText) => Promise<void>,
): Promise<CollectEnd> {
  const collection = new Collection(setup, options, each);
  return collection.run();
}

class Collection {
  readonly #setup: CollectionSetup;
  readonly #options: CollectOptions;
  readonly #each: (text: CollectedText) => Promise<void>;
  readonly #limits: CollectLimits;
  /** Locations a restarted thread must not read: texts already handed over, and files that ended a thread. */
  readonly #finished = new Set<string>();
  readonly #skipped = new Map<string, SkippedFile>();
  #files = 0;
  #characters = 0;
  #reported: NodeJS.Timeout | null = null;

  constructor(setup: CollectionSetup, options: CollectOptions, each: (text: CollectedText) => Promise<void>) {
    this.#setup = setup;
    this.#options = options;
    this.#each = each;
    this.#limits = setup.limits ?? DEFAULT_COLLECT_LIMITS;
  }

  async run(): Promise<CollectEnd> {
    let fruitless = 0;
    try {
      for (;;) {
        const before = this.#finished.size;
        const lost = await this.#attempt();
        if (lost === null) break;
        fruitless = this.#finished.size > before ? 0 : fruitless + 1;
        if (fruitless >= FRUITLESS) throw lost;
      }
    } finally {
      if (this.#reported !== null) clearTimeout(this.#reported);
    }
    this.#options.progress({ files: this.#files, characters: this.#characters });
    const skipped = [...this.#skipped.values()].toSorted((a, b) => compare(a.location, b.location));
    return { skipped };
  }

  /** Reads until the end, or until the thread is lost. */
  async #attempt(): Promise<ThreadLost | null> {
    const { thread } = this.#setup;
    const { roots, signal } = this.#options;
    const skip = new Set(this.#finished);
    const limits = {
      ...this.#limits,
      maxFiles: this.#limits.maxFiles - this.#finished.size,
      maxTotalCharacters: this.#limits.maxTotalCharacters - this.#characters,
    };
    const call = thread.nextCall();
    try {
      const news = (found: CollectNews): Promise<void> => this.#hear(found, skip);
      await thread.call(call, { kind: 'collect', roots, limits, skip }, { signal, news });
      return null;
    } catch (error) {
      if (!(error instanceof ThreadLost)) throw error;
      if (error.open?.call === call) this.#blame(error.open.location, error);
      return error;
    }
  }

  #blame(location: string, lost: ThreadLost): void {
    const reasons = {
      memory: 'parsing it exhausted memory',
      stalled: `parsing it took longer than ${this.#setup.stallMs / 1000} s`,
      died: 'parsing it ended the reader',
    };
    this.#finished.add(location);
    this.#skip({ location, reason: reasons[lost.reason] });
  }

  #skip(skipped: SkippedFile): void {
    this.#skipped.set(JSON.stringify([skipped.location, skipped.reason]), skipped);
  }

  async #hear(news: CollectNews, skip: ReadonlySet<string>): Promise<void> {
    if (news.kind === 'opening') return;
    if (news.kind === 'skipped') {
      if (!skip.has(news.skipped.location)) this.#skip(news.skipped);
      return;
    }
    const { text } = news;
    await this.#each(text);
    this.#finished.add(text.location);
    this.#files += 1;
    this.#characters += text.text.length;
    this.#reported ??= setTimeout(() => {
      this.#reported = null;
      this.#options.progress({ files: this.#files, characters: this.#characters });
    }, PROGRESS_MS);
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
