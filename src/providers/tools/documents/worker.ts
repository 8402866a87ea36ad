/**
 * The library's thread: parses, indexes and searches, so that the thread that serves clients never waits for any of it.
 * One file is open at a time over all collections, so that when the thread dies it is known which file it died of.
 */

import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { collectFiles, type CollectStep } from './collect.ts';
import { Corpora } from './corpora.ts';
import {
  LibraryFailure,
  type Answers,
  type CollectRequest,
  type FromThread,
  type Request,
  type ThreadSetup,
  type ToThread,
} from './protocol.ts';

/** Texts, and characters of them, sent ahead of the one the main thread is storing. */
const AHEAD_TEXTS = 4;
const AHEAD_CHARACTERS = 16_000_000;

/** A collection under way, as seen from the messages about it. */
interface Flow {
  aborted: boolean;
  readonly sent: number[];
  wake: () => void;
}

class LibraryService {
  readonly #port: MessagePort;
  readonly #corpora: Corpora;
  readonly #waiting = new Set<number>();
  readonly #flows = new Map<number, Flow>();
  #parsing: Promise<void> = Promise.resolve();

  constructor(port: MessagePort, setup: ThreadSetup) {
    this.#port = port;
    this.#corpora = new Corpora(setup.cacheDirectory);
  }

  listen(): void {
    this.#port.on('message', (message: ToThread) => this.#receive(message));
  }

  #send(message: FromThread): void {
    this.#port.postMessage(message);
  }

  #receive(message: ToThread): void {
    const { id } = message;
    if (message.type === 'request') {
      this.#waiting.add(id);
      // Later, so that an abort that has already arrived is seen before the work begins.
      setImmediate(() => void this.#serve(id, message.request));
      return;
    }
    const flow = this.#flows.get(id);
    if (message.type === 'abort') {
      this.#waiting.delete(id);
      if (flow !== undefined) flow.aborted = true;
    } else {
      flow?.sent.shift();
    }
    flow?.wake();
  }

  async #serve(id: number, request: Request): Promise<void> {
    if (!this.#waiting.delete(id)) return;
    try {
      this.#send({ type: 'answer', id, answer: await this.#answer(id, request) });
    } catch (error) {
      const code = error instanceof LibraryFailure ? error.code : 'failed';
      this.#send({ type: 'failure', id, code, message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #answer(id: number, request: Request): Promise<Answers[keyof Answers]> {
    if (request.kind === 'collect') await this.#collect(id, request);
    else if (request.kind === 'add') await this.#corpora.add(request.build, request, request.stored);
    else return this.#atOnce(request);
    return null;
  }

  #atOnce(request: Exclude<Request, { readonly kind: 'collect' | 'add' }>): Answers[keyof Answers] {
    switch (request.kind) {
      case 'open':
        return this.#corpora.open(request.corpus_id);
      case 'begin':
        return this.#corpora.begin(request.build, request.corpus_id, request.memory);
      case 'finish':
        return this.#corpora.finish(request.build);
      case 'discard':
        return this.#corpora.discard(request.build);
      case 'forget':
        return this.#corpora.forget(request.corpus_id);
      case 'search':
        return this.#corpora.search(request);
      case 'themes':
        return this.#corpora.themes(request.corpus_id, request.question, request.limit);
      default:
        return request satisfies never;
    }
  }

  async #collect(id: number, request: CollectRequest): Promise<void> {
    const flow: Flow = { aborted: false, sent: [], wake: () => undefined };
    this.#flows.set(id, flow);
    const steps = collectFiles(request);
    try {
      while (!flow.aborted) {
        const step = await this.#oneFile(id, steps);
        if (step === null) return;
        this.#send({ type: 'news', id, news: step });
        if (step.kind === 'text') flow.sent.push(step.text.text.length);
        await room(flow);
      }
    } finally {
      this.#flows.delete(id);
      await steps.return(undefined);
    }
  }

  /** The next step that is not an opening. Holds the one parsing place from a file's opening to its outcome. */
  async #oneFile(id: number, steps: AsyncGenerator<CollectStep>): Promise<CollectStep | null> {
    const before = this.#parsing;
    const { promise, resolve: release } = Promise.withResolvers<void>();
    this.#parsing = promise;
    await before;
    try {
      for (;;) {
        const { value, done } = await steps.next();
        if (done === true) return null;
        if (value.kind !== 'opening') return value;
        this.#send({ type: 'news', id, news: value });
      }
    } finally {
      release();
    }
  }
}

async function room(flow: Flow): Promise<void> {
  const full = (): boolean =>
    flow.sent.length >= AHEAD_TEXTS || flow.sent.reduce((sum, length) => sum + length, 0) > AHEAD_CHARACTERS;
  while (full() && !flow.aborted) {
    await new Promise<void>((resolve) => {
      flow.wake = resolve;
    });
  }
}

if (parentPort !== null) new LibraryService(parentPort, workerData as ThreadSetup).listen();
