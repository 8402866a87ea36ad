/** A reading thread: one job at a time, and ended from outside where a job does not end. */

import { parentPort } from 'node:worker_threads';
import type { Begun, Job, Reply } from './jobs.ts';
import { perform } from './perform.ts';

const port = parentPort;
port?.on('message', (job: Job) => {
  const answer = async (): Promise<Reply> => {
    try {
      return { result: await perform(job, () => port.postMessage({ begun: true } satisfies Begun)) };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  };
  void answer().then((reply) => port.postMessage(reply));
});
