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

export function openThreads({ clock, most = MOST, memory_mb = MEMORY_MB }: ThreadsOptions): Threads {
  const idle: Worker[] = [];
  const working = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let places = most;
  let closed = false;

  const place = async (signal: AbortSignal): Promise<void> => {
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
  };
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) places += 1;
    else next();
  };

  return {
    run: async <J extends Job>(job: J, { limit_ms, signal }: { limit_ms: number; signal: AbortSignal }) => {
      await place(signal);
      try {
        if (closed) throw new ReadingEnded('closed');
        const worker = idle.pop() ?? start(memory_mb);
        working.add(worker);
        const done = await ask(worker, job, { clock, limit_ms, signal }).finally(() => working.delete(worker));
        if (closed) await worker.terminate();
        else idle.push(worker);
        if ('failure' in done) throw new Error(done.failure);
        return done.result as Results[J['kind']];
      } finally {
        release();
      }
    },
    close: async () => {
      closed = true;
      await Promise.all([...idle, ...working].map((worker) => worker.terminate()));
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
  // An idle thread that dies is noticed by the job it is given next.
  worker.on('error', () => undefined);
  worker.unref();
  return worker;
}

interface Asking {
  readonly clock: Clock;
  readonly limit_ms: number;
  readonly signal: AbortSignal;
}

/** What there is to stop before a limit runs. */
const nothing = (): void => undefined;

/** The reply. A thread that gives none, or is not waited for, is ended: it may never come to an end itself. */
async function ask(worker: Worker, job: Job, { clock, limit_ms, signal }: Asking): Promise<Reply> {
  const answered = Promise.withResolvers<Reply>();
  const lost = (error?: unknown): void => {
    const why = error instanceof Error ? `: ${error.message}` : '';
    answered.reject(new ReadingEnded(`reading it took its thread down${why}`));
  };
  const abort = (): void => answered.reject(signal.reason);
  let late = nothing;
  const hear = (message: Begun | Reply): void => {
    if (!('begun' in message)) answered.resolve(message);
    else late = clock.after(limit_ms, () => answered.reject(new ReadingEnded('reading it did not end')));
  };
  worker.on('message', hear);
  worker.on('error', lost);
  worker.on('exit', lost);
  signal.addEventListener('abort', abort, { once: true });
  const stopListening = (): void => {
    late();
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
