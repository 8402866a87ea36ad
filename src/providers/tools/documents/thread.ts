/**
 * The main thread's end of the library's thread: starts it when first needed, matches answers to questions, and ends it
 * when it hangs over a file. A thread that is lost is never repaired; the next call starts another.
 */

import { Worker } from 'node:worker_threads';

import { abortable } from './abortable.ts';
import {
  LibraryFailure,
  type Answers,
  type CollectNews,
  type FromThread,
  type Request,
  type ThreadSetup,
} from './protocol.ts';

export interface ThreadOptions extends ThreadSetup {
  /** Milliseconds without a message, while a file is open, after which the thread counts as hung. */
  readonly stallMs: number;
  /** Heap of the thread in MiB; a file that needs more is skipped. */
  readonly memoryMb: number;
}

/**
 * Room for what has just been made, MiB. What a parser makes is garbage a moment later: with the room that V8 takes by itself the
 * heap of the thread grows to nearly twice the size, and nothing is read faster.
 */
const YOUNG_MB = 32;

export type LossReason = 'memory' | 'stalled' | 'died';

/** The thread ended under a call. What it was reading is named, so that it is not read again. */
export class ThreadLost extends Error {
  override readonly name = 'ThreadLost';
  readonly reason: LossReason;
  /** The file open at that moment and the call that had it open. */
  readonly open: OpenFile | null;

  constructor(reason: LossReason, open: OpenFile | null, message: string) {
    super(message);
    this.reason = reason;
    this.open = open;
  }
}

export interface OpenFile {
  readonly call: number;
  readonly location: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Told what a collection finds, one at a time, in order. Its rejection ends the call. */
  readonly news?: (news: CollectNews) => Promise<void>;
}

interface Pending {
  readonly settle: (outcome: Outcome) => void;
  readonly news: ((news: CollectNews) => Promise<void>) | undefined;
  /** News dealt with so far: an answer waits for it. */
  told: Promise<void>;
  ended: boolean;
}

type Outcome = { readonly answer: Answers[keyof Answers] } | { readonly error: unknown };

/** What is known of one running worker; a new one starts with a new state, so late messages of the old change nothing. */
interface Running {
  readonly worker: Worker;
  open: OpenFile | null;
  heard: number;
  stalled: boolean;
  failure: unknown;
  timer: NodeJS.Timeout | null;
}

export class LibraryThread {
  readonly #options: ThreadOptions;
  readonly #pending = new Map<number, Pending>();
  #running: Running | null = null;
  #calls = 0;
  #closed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** A number no earlier call of this thread has had, for `call`. */
  nextCall(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /**
   * Asks the thread. Rejects with the signal's reason at once when it aborts, with `ThreadLost` when the thread ends, and with
   * `LibraryFailure` for what the thread reports.
   */
  async call<T extends Request>(id: number, request: T, options: CallOptions = {}): Promise<Answers[T['kind']]> {
    if (this.#closed) throw new Error('the library is closed');
    options.signal?.throwIfAborted();
    const running = this.#start();
    const outcome = new Promise<Outcome>((settle) => {
      this.#pending.set(id, { settle, news: options.news, told: Promise.resolve(), ended: false });
    });
    running.worker.ref();
    running.worker.postMessage({ type: 'request', id, request });
    try {
      const settled = await abortable(outcome, options.signal);
      if ('error' in settled) throw settled.error;
      return settled.answer as Answers[T['kind']];
    } catch (error) {
      this.#running?.worker.postMessage({ type: 'abort', id });
      throw error;
    } finally {
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.ended = true;
      this.#pending.delete(id);
      // An idle thread must not keep the process from ending.
      if (this.#pending.size === 0) this.#running?.worker.unref();
    }
  }

  /** Ends the thread. Calls under way reject. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.worker.terminate();
  }

  #start(): Running {
    if (this.#running !== null) return this.#running;
    // Beside this file, with its ending: `.ts` as checked out, `.js` as built.
    const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    const worker = new Worker(entry, {
      workerData: { cacheDirectory: this.#options.cacheDirectory } satisfies ThreadSetup,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
      // Flags of the parent (a test runner's loaders, say) are not the thread's business.
      execArgv: [],
      // Parsers print warnings, and standard output belongs to the protocol: nothing of theirs may reach it. The streams
      // are left unread, because a stream being read keeps the process alive.
      stdout: true,
      stderr: true,
    });
    const running: Running = { worker, open: null, heard: 0, stalled: false, failure: null, timer: null };
    worker.on('message', (message: FromThread) => this.#hear(running, message));
    worker.on('error', (error) => {
      running.failure = error;
    });
    worker.on('exit', () => this.#lost(running));
    this.#running = running;
    return running;
  }

  #hear(running: Running, message: FromThread): void {
    running.heard += 1;
    const pending = this.#pending.get(message.id);
    if (message.type === 'news') {
      const { news } = message;
      running.open = news.kind === 'opening' ? { call: message.id, location: news.location } : null;
      if (pending !== undefined) this.#tell(running, message.id, { pending, news });
    } else {
      if (running.open?.call === message.id) running.open = null;
      pending?.told.then(
        () =>
          pending.settle(
            message.type === 'answer'
              ? { answer: message.answer }
              : { error: new LibraryFailure(message.code, message.message) },
          ),
        (error: unknown) => pending.settle({ error }),
      );
    }
    this.#watch(running);
  }

  #tell(
    running: Running,
    id: number,
    { pending, news }: { readonly pending: Pending; readonly news: CollectNews },
  ): void {
    const before = pending.told;
    const tell = async (): Promise<void> => {
      await before;
      if (pending.ended) return;
      await pending.news?.(news);
      if (news.kind === 'text') running.worker.postMessage({ type: 'taken', id });
    };
    pending.told = tell();
    pending.told.catch((error: unknown) => pending.settle({ error }));
  }

  /** Waits anew for the next message as long as a file is open. */
  #watch(running: Running): void {
    if (running.timer !== null) clearTimeout(running.timer);
    running.timer = null;
    if (running.open === null) return;
    const { heard } = running;
    const overdue = (): void => {
      // Messages may have waited for this thread, not for the other: look once more after they have been delivered.
      setImmediate(() => {
        if (running.heard !== heard) return;
        running.stalled = true;
        void running.worker.terminate();
      });
    };
    running.timer = setTimeout(overdue, this.#options.stallMs);
    running.timer.unref();
  }

  #lost(running: Running): void {
    if (running.timer !== null) clearTimeout(running.timer);
    if (this.#running === running) this.#running = null;
    const error = this.#closed ? new Error('the library is closed') : lossOf(running);
    for (const pending of this.#pending.values()) {
      // What had arrived before the end is still dealt with, or it would be read a second time.
      pending.told.then(
        () => pending.settle({ error }),
        (reason: unknown) => pending.settle({ error: reason }),
      );
    }
  }
}

function lossOf(running: Running): ThreadLost {
  const { failure, open } = running;
  if (running.stalled) return new ThreadLost('stalled', open, 'the library thread hung');
  const code = failure instanceof Error && 'code' in failure ? failure.code : null;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new ThreadLost('memory', open, 'the library thread ran out of memory');
  const why = failure instanceof Error ? `: ${failure.message}` : '';
  return new ThreadLost('died', open, `the library thread ended unexpectedly${why}`);
}
