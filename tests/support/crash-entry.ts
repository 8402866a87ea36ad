/**
 * A process of its own that composes the real parts of a build as main.ts does, each behind a tap, works until every
 * workflow of its database has ended, and prints their reports, one a line. Its one argument is a `Job` as JSON.
 */

import { join } from 'node:path';
import process from 'node:process';
import { setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';
import type * as inProcess from '../../src/bus/in-process.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Caller, StartRequest } from '../../src/core/views.ts';
import type * as dispatch from '../../src/engine/dispatch/in-process.ts';
import type * as engines from '../../src/engine/engine.ts';
import type * as clocks from '../../src/engine/system-clock.ts';
import type * as orchestrators from '../../src/orchestrator.ts';
import type * as extractive from '../../src/providers/models/extractive/extractive.ts';
import type * as documents from '../../src/providers/tools/documents/documents.ts';
import type * as researching from '../../src/research/research.ts';
import type * as sqlite from '../../src/store/sqlite/sqlite.ts';
import type * as hooks from '../../src/webhooks/webhooks.ts';
import { Ledger } from './crash-ledger.ts';
import { Points, tapCommits } from './crash-points.ts';
import { Taps } from './crash-taps.ts';
import { settings } from './settings.ts';

export interface Job {
  /** The package whose `dist` is run. */
  readonly build: string;
  readonly home: string;
  readonly ledger: string;
  /** Submitted, one after another, before anything else. */
  readonly submit: readonly StartRequest[];
  /** Whether it works on what it did not submit; true unless said otherwise. */
  readonly serve?: boolean;
  readonly record?: boolean;
  readonly kill?: string;
  readonly pause?: string;
  /** Whether what may share a commit does, or each verb has its own as when the store's milliseconds are over; joint unless said. */
  readonly commits?: 'joint' | 'split';
  /** This process's clock runs ahead of the machine's by so much, and so many times as fast since `origin`. */
  readonly clock?: { readonly ahead_ms: number; readonly speed: number; readonly origin: number };
}

const CALLER: Caller = { owner: 'local', trusted: true };
const WHOLE = { max_chars: 1_000_000 };

async function main(job: Job): Promise<void> {
  const ledger = new Ledger(job.ledger);
  const points = new Points({ ledger, record: job.record ?? false, kill: job.kill ?? null, pause: job.pause ?? null });
  tapCommits(points, ledger, job.commits ?? 'joint');
  const { orchestrator } = await compose(job, new Taps(points, ledger));
  for (const request of job.submit) {
    const { task_id = '' } = await orchestrator.start(request, CALLER);
    points.reach('acknowledgement due', { task_id, subject: 'workflow' });
    ledger.write('acknowledged', task_id, 'workflow');
  }
  if (job.serve !== false) orchestrator.recover();
  const { workflows } = await orchestrator.list(CALLER, { limit: 100 });
  for (const { task_id, task } of workflows) {
    while (!(await ended(orchestrator, task_id))) continue;
    const { text, completeness, citations } = await orchestrator.result(task_id, CALLER, WHOLE);
    process.stdout.write(`${JSON.stringify({ task, answer: { text, completeness, citations } })}\n`);
  }
  await orchestrator.close();
}

async function ended(orchestrator: orchestrators.LocalOrchestrator, task_id: string): Promise<boolean> {
  const { status } = await orchestrator.status(task_id, CALLER, { wait_ms: 1000 });
  return status !== 'pending' && status !== 'running';
}

function part<T>(job: Job, path: string): Promise<T> {
  return import(pathToFileURL(join(job.build, 'dist', path)).href) as Promise<T>;
}

function clockOf(job: Job, real: Clock): Clock {
  if (job.clock === undefined) return real;
  const { ahead_ms, speed, origin } = job.clock;
  return {
    now: () => Math.floor(origin + ahead_ms + (real.now() - origin) * speed),
    after: (ms, fire) => real.after(ms / speed, fire),
  };
}

function log(message: string, thrown?: unknown): void {
  process.stderr.write(`${message} ${thrown instanceof Error ? thrown.message : ''}\n`);
}

async function compose(job: Job, taps: Taps): Promise<{ readonly orchestrator: orchestrators.LocalOrchestrator }> {
  const { openSqliteStore } = await part<typeof sqlite>(job, 'store/sqlite/sqlite.js');
  const { inProcessBus } = await part<typeof inProcess>(job, 'bus/in-process.js');
  const { Engine, isDead } = await part<typeof engines>(job, 'engine/engine.js');
  const { InProcessDispatcher } = await part<typeof dispatch>(job, 'engine/dispatch/in-process.js');
  const { systemClock } = await part<typeof clocks>(job, 'engine/system-clock.js');
  const { research } = await part<typeof researching>(job, 'research/research.js');
  const { extractiveModel } = await part<typeof extractive>(job, 'providers/models/extractive/extractive.js');
  const { openLibrary } = await part<typeof documents>(job, 'providers/tools/documents/documents.js');
  const { openWebhooks } = await part<typeof hooks>(job, 'webhooks/webhooks.js');
  const { LocalOrchestrator } = await part<typeof orchestrators>(job, 'orchestrator.js');
  const clock = clockOf(job, systemClock);
  const real = await openSqliteStore({ file: join(job.home, 'beltalowda.db'), clock });
  const store = taps.store(real);
  const bus = taps.bus(
    inProcessBus({ clock, changes: () => real.changes(), failed: (thrown) => log('the change counter', thrown) }),
  );
  const library = taps.library(openLibrary({ cacheDirectory: join(job.home, 'cache'), log }));
  const extract = extractiveModel();
  const model = taps.model(extract);
  const definition = taps.definition(research({ store, library, model: () => model, lastResort: extract, clock }));
  const engine = new Engine({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: 64 }),
    definition,
    clock,
    random: Math.random,
    admission: { max_active: 50, max_queued: 1000 },
    log,
  });
  const webhooks = openWebhooks({ store, bus, clock, random: Math.random, holder: 'nobody', isDead, allow: [], log });
  const forget = (corpus_id: string): Promise<void> => library.forget(corpus_id);
  const closeRest = (): Promise<void> => library.close();
  return {
    orchestrator: new LocalOrchestrator({
      store,
      engine,
      bus,
      clock,
      webhooks,
      definition,
      settings: settings(),
      forget,
      log,
      closeRest,
    }),
  };
}

// Waiting for another process's workflow holds nothing open; without this Node would end in the middle of it.
const hold = setInterval(() => {}, 1000);
await main(JSON.parse(process.argv[2] ?? '') as Job);
clearInterval(hold);
