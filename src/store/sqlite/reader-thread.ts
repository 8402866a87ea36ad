/** The thread that answers what reads a great many rows, over a connection of its own that changes nothing. */

import { parentPort, workerData } from 'node:worker_threads';
import { toFault } from '../../core/errors.ts';
import { analyticsVerbs, answerTo } from './analytics.ts';
import { connectToRead, intactCheck, storeFault } from './connection.ts';
import { listVerbs } from './listing.ts';
import type { Reading } from './session.ts';
import type { ReaderSetup, SlowAnswer, SlowQuestion, SlowRead } from './slow-reads.ts';

const { file, lockWaitMs } = workerData as ReaderSetup;

type Reader = (read: SlowRead) => Promise<unknown>;

let opened: Promise<Reader> | null = null;

async function open(): Promise<Reader> {
  const db = await connectToRead(file, lockWaitMs);
  const reading: Reading = { db, lockWaitMs, intact: intactCheck(db), writer: { closed: false } };
  const lists = listVerbs(reading);
  const analytics = analyticsVerbs(reading);
  return (read) => (read.kind === 'list' ? lists.list(read.query) : answerTo(analytics, read));
}

async function answer({ id, read }: SlowQuestion): Promise<SlowAnswer> {
  try {
    opened ??= open();
    const reader = await opened.catch((thrown: unknown) => {
      // What stood in the way may be gone when the next one asks.
      opened = null;
      throw thrown;
    });
    return { id, value: await reader(read) };
  } catch (thrown) {
    const { code, message } = toFault(storeFault(thrown, file));
    return { id, code, message };
  }
}

parentPort?.on('message', (question: SlowQuestion) => {
  void answer(question).then((told) => parentPort?.postMessage(told));
});
