/**
 * openworkflow on its SQLite backend: `step.run` for each call of the model, one worker with as many places as workflows run
 * at once. The worker is told to claim as soon as there is something to claim and the end is heard of at once: its own loop
 * polls every 0.1 to 1 s and its `result()` every second, which would measure the polling (see openworkflow-polling).
 */

import { type JsonValue, OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import type { Opened } from '../contestant.ts';
import { GROUP, MERGERS, model } from '../workload.ts';

interface Connection {
  prepare(sql: string): { get(): Record<string, string | number> };
}

/** The settings of the backend's own connection, which it keeps to itself. */
function settings(backend: BackendSqlite): Opened['settings'] {
  const db = Reflect.get(backend, 'db') as Connection;
  return {
    ...db.prepare('PRAGMA journal_mode').get(),
    ...db.prepare('PRAGMA synchronous').get(),
    ...db.prepare('SELECT sqlite_version() AS sqlite').get(),
  };
}

/** The 8-2-1 as its documentation writes parallel steps. */
function define(client: OpenWorkflow) {
  return client.defineWorkflow<{ task: string }, string>({ name: 'research' }, async ({ input, step }) => {
    const objectives = await step.run({ name: 'plan' }, () => model.plan(input.task));
    const findings = await Promise.all(
      objectives.map((_, n) => step.run({ name: `researcher-${n + 1}` }, () => model.research(n))),
    );
    const merges = await Promise.all(
      Array.from({ length: MERGERS }, (_, n) =>
        step.run({ name: `merger-${n + 1}` }, () => model.merge(findings.slice(n * GROUP, (n + 1) * GROUP))),
      ),
    );
    return step.run({ name: 'executive' }, () => model.report(merges));
  });
}

/** Hears of each run's end from the backend itself, in the moment after it is written. */
function hearEnds(backend: BackendSqlite): (id: string) => Promise<JsonValue> {
  const waiting = new Map<string, PromiseWithResolvers<JsonValue>>();
  const complete = backend.completeWorkflowRun.bind(backend);
  backend.completeWorkflowRun = async (params) => {
    const run = await complete(params);
    waiting.get(run.id)?.resolve(run.output);
    return run;
  };
  const fail = backend.failWorkflowRun.bind(backend);
  backend.failWorkflowRun = async (params) => {
    const run = await fail(params);
    waiting.get(run.id)?.reject(new Error(JSON.stringify(run.error)));
    return run;
  };
  return async (id) => {
    const ended = Promise.withResolvers<JsonValue>();
    waiting.set(id, ended);
    const output = await ended.promise;
    waiting.delete(id);
    return output;
  };
}

export async function open(file: string, concurrency: number): Promise<Opened> {
  const backend = BackendSqlite.connect(file);
  const ended = hearEnds(backend);
  const client = new OpenWorkflow({ backend });
  const research = define(client);
  const worker = client.newWorker({ concurrency });
  return {
    settings: settings(backend),
    workflow: async (n) => {
      const { workflowRun } = await research.run({ task: `question ${n}` });
      const output = ended(workflowRun.id);
      await worker.tick();
      const report = String(await output);
      // The worker frees the place in a later microtask; a tick before that would claim nothing.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return report;
    },
    close: () => backend.stop(),
  };
}

/** As its documentation runs it: the worker's own loop, and `result()`. */
export async function openPolling(file: string, concurrency: number): Promise<Opened> {
  const backend = BackendSqlite.connect(file);
  const client = new OpenWorkflow({ backend });
  const research = define(client);
  const worker = client.newWorker({ concurrency });
  await worker.start();
  return {
    settings: settings(backend),
    workflow: async (n) => (await research.run({ task: `question ${n}` })).result(),
    close: async () => {
      await worker.stop();
      await backend.stop();
    },
  };
}
