/** Asks the real orchestrator, in this process: store, engine, library and model as the program composes them. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inProcessBus } from '../../src/bus/in-process.ts';
import type { Caller, Orchestrator, ResultView } from '../../src/core/views.ts';
import type { OrchestratorType } from '../../src/core/workflow.ts';
import { InProcessDispatcher } from '../../src/engine/dispatch/in-process.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openNode } from '../../src/node.ts';
import { extractiveModel } from '../../src/providers/models/extractive/extractive.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Material } from './judge.ts';
import { DOCUMENTS } from './questions.ts';
import { settings } from '../../tests/support/settings.ts';

const ASKER: Caller = { owner: 'answers', trusted: true };
const WHOLE = 1_000_000;
/** A question still open after this is a fault of the program, not a slow answer. */
const PATIENCE_MS = 120_000;

/** What Drummers were given and what they passed on. */
export interface Merging {
  readonly findings: number;
  readonly kept: number;
  readonly conflicts: number;
}

export interface Answer {
  readonly view: ResultView;
  readonly material: Material;
  /** Null where there was too little to merge for a Drummer to be asked. */
  readonly merging: Merging | null;
  readonly agents: number;
}

export interface Desk {
  /** Throws when the workflow does not end. */
  ask(question: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Opens a database of its own in a temporary folder; the documents are indexed by the first question, for all of them. */
export async function openDesk(pattern: OrchestratorType): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'beltalowda-answers-'));
  const orchestrator = await compose(folder);
  orchestrator.recover();
  return {
    ask: async (question) => {
      const { task_id = '' } = await orchestrator.start(
        { task: question, sources: [DOCUMENTS], orchestrator_type: pattern },
        ASKER,
      );
      await orchestrator.status(task_id, ASKER, { wait_ms: PATIENCE_MS });
      return answerOf(orchestrator, task_id);
    },
    close: async () => {
      await orchestrator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is warned of shows in the reports themselves. */
function quiet(): void {}

async function compose(folder: string): Promise<Orchestrator> {
  const clock = systemClock;
  const store = await openSqliteStore({ file: join(folder, 'answers.db'), clock });
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: quiet });
  const library = openLibrary({ cacheDirectory: join(folder, 'cache'), log: quiet });
  const model = extractiveModel();
  return openNode({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: 64 }),
    library,
    model: () => model,
    lastResort: model,
    clock,
    random: Math.random,
    admission: { max_active: 50, max_queued: 1000 },
    settings: settings({ model: model.name }),
    log: quiet,
    closeRest: () => library.close(),
  });
}

async function answerOf(orchestrator: Orchestrator, task_id: string): Promise<Answer> {
  const view = await orchestrator.result(task_id, ASKER, { detail: 'evidence', max_chars: WHOLE });
  if (view.status !== 'completed')
    throw new Error(`${task_id} is ${view.status}: ${view.error?.message ?? 'no error'}`);
  const texts = new Map<string, string>();
  const documents = new Map<string, string>();
  const cited = new Set([...view.sources, ...(view.claims ?? [])].map(({ source_id }) => source_id));
  for (const source_id of cited) {
    const { text, uri } = await orchestrator.source(task_id, source_id, ASKER);
    texts.set(source_id, text);
    documents.set(source_id, relative(DOCUMENTS, fileURLToPath(uri)).replaceAll('\\', '/'));
  }
  const { events } = await orchestrator.events(task_id, ASKER);
  const agents = events.filter((event) => event.event_type === 'agent_start').length;
  const merged = events.filter(
    (event) => event.event_type === 'synthesis_complete' && event.data['role'] === 'drummer',
  );
  const sum = (name: string): number => merged.reduce((total, { data }) => total + Number(data[name] ?? 0), 0);
  const [kept, conflicts] = [sum('kept'), sum('conflicts')];
  const merging = merged.length === 0 ? null : { findings: kept + sum('duplicates'), kept, conflicts };
  return { view, material: { texts, documents }, merging, agents };
}
