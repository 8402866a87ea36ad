/**
 * Reads whose cost grows with all that was ever stored: figures over every workflow, and the search for a word that many of
 * them hold. In a large database they take long enough to keep cancels waiting, so there a thread of their own does them.
 */

import { Worker } from 'node:worker_threads';
import { type ErrorCode, Fault } from '../../core/errors.ts';
import type { WorkflowQuery, WorkflowVerbs } from '../store.ts';
import { type AnalyticsRead, type AnalyticsReads, analyticsVerbs } from './analytics.ts';
import { listVerbs } from './listing.ts';
import { read, type Session } from './session.ts';
import { closedFault } from './writer.ts';

export type SlowRead = AnalyticsRead | { readonly kind: 'list'; readonly query: WorkflowQuery };

export interface ReaderSetup {
  readonly file: string;
  readonly lockWaitMs: number;
}

export interface SlowQuestion {
  readonly id: number;
  readonly read: SlowRead;
}

/** From the thread: what was read, or the catalogue's word for why not. */
export type SlowAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string };

/** Up to so many workflows such a read takes a few milliseconds: less than a thread takes to start. */
const FEW = 2000;

export interface SlowReads {
  readonly analytics: AnalyticsReads;
  readonly list: WorkflowVerbs['list'];
  /** Ends the thread; what it still reads is refused. */
  close(): Promise<void>;
}

export function slowReads(session: Session): SlowReads {
  const { db } = session;
  const analytics = analyticsVerbs(session);
  const lists = listVerbs(session);
  const thread = new ReaderThread(session);
  // Rows are numbered in their order: an upper bound on how many there are, known without counting them.
  const bound = db.prepare<[], number>('SELECT coalesce(max(rowid), 0) FROM workflows').pluck();
  const few = async (): Promise<boolean> => db.memory || (await read(session, () => bound.get() ?? 0)) <= FEW;
  const ask = async <T>(asked: AnalyticsRead, here: () => Promise<T>): Promise<T> =>
    (await few()) ? here() : thread.read<T>(asked);
  return {
    analytics: {
      figures: (...asked) => ask({ kind: 'figures', asked }, () => analytics.figures(...asked)),
      summary: (...asked) => ask({ kind: 'summary', asked }, () => analytics.summary(...asked)),
      workflows: (...asked) => ask({ kind: 'workflows', asked }, () => analytics.workflows(...asked)),
      costs: (...asked) => ask({ kind: 'costs', asked }, () => analytics.costs(...asked)),
      performance: (...asked) => ask({ kind: 'performance', asked }, () => analytics.performance(...asked)),
    },
    list: async (query) =>
      query.words === null || (await few()) ? lists.list(query) : thread.read({ kind: 'list', query }),
    close: () => thread.close(),
  };
}

/** Started by the first read that needs it. One that was lost is not repaired: the next read starts another. */
class ReaderThread {
  readonly #session: Session;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #worker: Worker | null = null;
  #asked = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  async read<T>(asked: SlowRead): Promise<T> {
    const { writer, intact } = this.#session;
    if (writer.closed) throw closedFault();
    const worker = (this.#worker ??= this.#start());
    this.#asked += 1;
    const id = this.#asked;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    worker.ref();
    worker.postMessage({ id, read: asked } satisfies SlowQuestion);
    try {
      const value = await answer.promise;
      // The thread found its file by the path: it is the same one if that still leads to ours.
      intact();
      return value as T;
    } finally {
      this.#pending.delete(id);
      // An idle thread must not keep the process from ending.
      if (this.#pending.size === 0) worker.unref();
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const { db, lockWaitMs } = this.#session;
    // Beside this file, with its ending: `.ts` as checked out, `.js` as built.
    const entry = new URL(
      import.meta.url.endsWith('.ts') ? './reader-thread.ts' : './reader-thread.js',
      import.meta.url,
    );
    const setup: ReaderSetup = { file: db.name, lockWaitMs };
    // Flags of the parent (a test runner's loaders, say) are not the thread's business.
    const worker = new Worker(entry, { workerData: setup, execArgv: [] });
    let failure: unknown = null;
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('message', (answer: SlowAnswer) => {
      const waiting = this.#pending.get(answer.id);
      if ('code' in answer) waiting?.reject(new Fault(answer.code, answer.message));
      else waiting?.resolve(answer.value);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      const lost = this.#session.writer.closed
        ? closedFault()
        : new Fault('STORE_UNAVAILABLE', `${db.name}: the thread that reads it ended`, { cause: failure });
      for (const waiting of this.#pending.values()) waiting.reject(lost);
    });
    return worker;
  }
}
