/**
 * Threads that read what came from outside. A page may be made so that taking it apart never ends or takes all memory: then its
 * thread ends, not the process, and the next job gets a new one.
 */

import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../core/clock.ts';
import type { Begun, Job, Reply, Results } from './jobs.ts';

/** A job that did not end, or took its thread with it. */
export class ReadingEnded extends Error {
  override readonly name = 'ReadingEnded';
}

export interface ThreadsOptions {
  readonly clock: Clock;
  /** At most so many jobs at once; more wait. */
  readonly most?: number;
  /** Heap of a thread in MiB. */
  readonly memory_mb?: number;
  /** Buffers of a thread outside its heap in MiB. */
  readonly outside_mb?: number;
}

export interface Threads {
  /**
   * Rejects with `ReadingEnded` after `limit_ms` of work or when the thread dies, with the signal's reason, or with the job's own
   * error. A thread that is slow to start has not begun to work: only the signal ends that, for it says nothing of the page.
   */
  run<J extends Job>(
    job: J,
    options: { readonly limit_ms: number; readonly signal: AbortSignal },
  ): Promise<Results[J['kind']]>;
  close(): Promise<void>;
}

const MOST = 2;
const MEMORY_MB = 768;
const OUTSIDE_MB = 256;
const LOOK_MS = 100;

export function openThreads(options: ThreadsOptions): Threads {
  const { clock, most = MOST, memory_mb = MEMORY_MB, outside_mb = OUTSIDE_MB } = options;
  const idle: Worker[] = [];
  const working = new Set<Worker>();
  const places = placesFor(most);
  let closed = false;
  const begin = (): Worker => {
    const worker = start(memory_mb);
    // One that died while it was idle would never answer.
    worker.once('exit', () => {
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    return worker;
  };

  return {
    run: async <J extends Job>(job: J, { limit_ms, signal }: { limit_ms: number; signal: AbortSignal }) => {
      await places.take(signal);
      try {
        if (closed) throw new ReadingEnded('closed');
        const worker = idle.pop() ?? begin();
        working.add(worker);
        const done = await ask(worker, job, { clock, most: outside_mb * 1024 ** 2, limit_ms, signal }).finally(() =>
          working.delete(worker),
        );
        if (closed) await worker.terminate();
        else idle.push(worker);
        if ('failure' in done) throw new Error(done.failure);
        return done.result as Results[J['kind']];
      } finally {
        places.giveBack();
      }
    },
    close: async () => {
      closed = true;
      await Promise.all([...idle, ...working].map((worker) => worker.terminate()));
    },
  };
}

/** Places for so many jobs; who comes later waits for one in turn. */
function placesFor(most: number): { take(signal: AbortSignal): Promise<void>; giveBack(): void } {
  const waiting: (() => void)[] = [];
  let places = most;
  return {
    take: async (signal) => {
      signal.throwIfAborted();
      if (places > 0) {
        places -= 1;
        return;
      }
      const turn = Promise.withResolvers<void>();
      const take = (): void => turn.resolve();
      const abort = (): void => {
        const at = waiting.indexOf(take);
        // No longer in the queue: it has its place already, and gives it back as any job does.
        if (at === -1) return;
        waiting.splice(at, 1);
        turn.reject(signal.reason);
      };
      waiting.push(take);
      signal.addEventListener('abort', abort, { once: true });
      try {
        await turn.promise;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    giveBack: () => {
      const next = waiting.shift();
      if (next === undefined) places += 1;
      else next();
    },
  };
}

function start(memory_mb: number): Worker {
  // Beside this file, with its ending: `.ts` as checked out, `.js` as built.
  const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
  const worker = new Worker(entry, {
    resourceLimits: { maxOldGenerationSizeMb: memory_mb },
    execArgv: [],
    // What reads a page has no business with our keys.
    env: {},
    // Readers print warnings, and standard output belongs to the protocol.
    stdout: true,
    stderr: true,
  });
  // Its job hears of it; one that is idle has none.
  worker.on('error', () => undefined);
  worker.unref();
  return worker;
}

interface Asking {
  readonly clock: Clock;
  /** Bytes outside its heap. */
  readonly most: number;
  readonly limit_ms: number;
  readonly signal: AbortSignal;
}

/** What there is to stop before a limit runs. */
const nothing = (): void => undefined;

/**
 * Looks how much a thread holds outside its heap, where its limit does not reach: a PDF of four kilobytes unpacks to gigabytes
 * of buffers there. Returns what stops it.
 */
function watchMemory(
  worker: Worker,
  { clock, most }: Pick<Asking, 'clock' | 'most'>,
  exceeded: () => void,
): () => void {
  const watch = { end: nothing, isOver: false };
  const look = async (): Promise<void> => {
    const { external_memory } = await worker.getHeapStatistics();
    if (watch.isOver) return;
    if (external_memory > most) exceeded();
    else wait();
  };
  // A thread that has ended cannot be asked, which its job hears by itself.
  const wait = (): void => void (watch.end = clock.after(LOOK_MS, () => void look().catch(nothing)));
  wait();
  return () => {
    watch.isOver = true;
    watch.end();
  };
}

/** The reply. A thread that gives none, or is not waited for, is ended: it may never come to an end itself. */
async function ask(worker: Worker, job: Job, { clock, most, limit_ms, signal }: Asking): Promise<Reply> {
  const answered = Promise.withResolvers<Reply>();
  const lost = (error?: unknown): void => {
    const why = error instanceof Error ? `: ${error.message}` : '';
    answered.reject(new ReadingEnded(`reading it took its thread down${why}`));
  };
  const abort = (): void => answered.reject(signal.reason);
  const late = { end: nothing };
  const outside = { end: nothing };
  const hear = (message: Begun | Reply): void => {
    if (!('begun' in message)) {
      answered.resolve(message);
      return;
    }
    late.end = clock.after(limit_ms, () => answered.reject(new ReadingEnded('reading it did not end')));
    outside.end = watchMemory(worker, { clock, most }, () =>
      answered.reject(new ReadingEnded('it unpacks to more than a document should')),
    );
  };
  worker.on('message', hear);
  worker.on('error', lost);
  worker.on('exit', lost);
  signal.addEventListener('abort', abort, { once: true });
  const stopListening = (): void => {
    late.end();
    outside.end();
    worker.off('message', hear);
    worker.off('error', lost);
    worker.off('exit', lost);
    signal.removeEventListener('abort', abort);
  };
  try {
    signal.throwIfAborted();
    worker.ref();
    worker.postMessage(job);
    const reply = await answered.promise;
    stopListening();
    return reply;
  } catch (error) {
    // Before the thread ends, or its end would be one more reason that nobody waits for.
    stopListening();
    await worker.terminate();
    throw error;
  } finally {
    worker.unref();
  }
}
