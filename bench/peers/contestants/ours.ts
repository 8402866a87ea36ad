/**
 * Ours: the parts as src/main.ts builds them, over a SQLite file, with an outside that takes no time: a library of one document
 * in memory and the model of workload.ts behind the OfflineModel port. All else is the real path: start, wait for the end and fetch the
 * report through the orchestrator; quotes located in the stored text, report rendered and checked, record sealed, report
 * indexed for full text.
 */

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { inProcessBus } from '../../../src/bus/in-process.ts';
import type { Claim } from '../../../src/core/claim.ts';
import type { Caller } from '../../../src/core/views.ts';
import { InProcessDispatcher } from '../../../src/engine/dispatch/in-process.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { openNode } from '../../../src/node.ts';
import type { LocalOrchestrator } from '../../../src/orchestrator.ts';
import type { CollectedText, Library, OfflineModel } from '../../../src/providers/providers.ts';
import { connect } from '../../../src/store/sqlite/connection.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import type { Opened } from '../contestant.ts';
import { DOCUMENT, model, RESEARCHERS, survives } from '../workload.ts';
import { NO_JUDGEMENTS } from '../../../tests/support/no-judgements.ts';
import { settings as orchestratorSettings } from '../../../tests/support/settings.ts';

const ME: Caller = { owner: 'bench', trusted: true };
const LONGEST_WAIT_MS = 60_000;

const TEXT: CollectedText = {
  text: DOCUMENT,
  layout: {
    place: 'line',
    headings: [],
    passages: [],
    blanks: [],
    placeStarts: [0, ...Array.from(DOCUMENT.matchAll(/\n(?=.)/g), (match) => match.index + 1)],
  },
  title: 'Findings',
  format: 'text',
  domain: 'general',
  date: null,
  sha256: createHash('sha256').update(DOCUMENT).digest('hex'),
  location: 'findings.txt',
  uri: 'file:///findings.txt',
  modified_at: '2026-01-01T00:00:00.000Z',
};

const library: Library = {
  collect: async (_, each) => {
    await each(TEXT);
    return { skipped: [] };
  },
  prepare: async () => {},
  search: async () => [],
  themes: async () => [],
  forget: async () => {},
  close: async () => {},
};

/** A statement of the shared model as a claim that quotes the document; its passage is the trail of where it was read. */
function claimOf(statement: string, by: { readonly agent_id: string; readonly objective: string; readonly n: number }) {
  const start = DOCUMENT.indexOf(statement);
  const claim: Claim = {
    claim_id: `${by.agent_id}.${by.n + 1}`,
    agent_id: by.agent_id,
    source_id: 's1',
    text: statement,
    quote: statement,
    start,
    end: start + statement.length,
    label: 'quoted',
    location: '',
    heading: '',
    score: 1,
    objective: by.objective,
  };
  return claim;
}

const instant: OfflineModel = {
  name: 'extractive',
  stamp: 'a model that answers at once',
  ...NO_JUDGEMENTS,
  plan: async ({ task }) => ({
    shape: 'survey',
    subtasks: (await model.plan(task)).map((objective, n) => ({
      agent_id: `belter-${n + 1}`,
      objective,
      queries: [objective],
      domain: null,
    })),
    missing: [],
  }),
  research: async ({ subtask: { agent_id, objective } }) => {
    const statements = await model.research(Number(agent_id.slice('belter-'.length)) - 1);
    const claims = statements.map((statement, n) => claimOf(statement, { agent_id, objective, n }));
    const passages = claims.map(({ claim_id, source_id, start, end, heading, location, score }) => {
      return { passage_id: claim_id, agent_id, source_id, start, end, heading, location, score };
    });
    return { claims, passages, gaps: [] };
  },
  merge: async ({ claims }) => ({
    kept: claims.filter((_, n) => survives(n)).map(({ claim_id }) => claim_id),
    duplicates: claims.flatMap(({ claim_id }, n) => {
      return survives(n) ? [] : [{ claim_id, of: claims[n - 1]?.claim_id ?? claim_id }];
    }),
    conflicts: [],
  }),
  compose: async ({ task, claims, objectives }) => ({
    title: task,
    summary: claims.slice(0, 3).map(({ claim_id }) => claim_id),
    sections: objectives.map(({ objective, agent_id }) => ({
      heading: objective,
      claims: claims.filter((claim) => claim.agent_id === agent_id).map(({ claim_id }) => claim_id),
    })),
    conflicts: [],
  }),
};

function log(message: string, thrown?: unknown): void {
  console.error(message, thrown);
}

function build(store: Awaited<ReturnType<typeof openSqliteStore>>, folder: string): LocalOrchestrator {
  const clock = systemClock;
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: (thrown) => log('changes', thrown) });
  return openNode({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: 64 }),
    library,
    model: () => instant,
    lastResort: instant,
    clock,
    random: Math.random,
    admission: { max_active: 50, max_queued: 1000 },
    settings: orchestratorSettings({ sources: [folder], model: instant.name }),
    log,
    closeRest: () => library.close(),
  });
}

/** The store keeps its connection to itself; this one is opened by the same function and differs in nothing. */
async function settings(file: string): Promise<Opened['settings']> {
  const db = await connect(file, { lockWaitMs: 1000, at: new Date().toISOString() });
  const read = {
    journal_mode: String(db.pragma('journal_mode', { simple: true })),
    synchronous: Number(db.pragma('synchronous', { simple: true })),
    secure_delete: Number(db.pragma('secure_delete', { simple: true })),
    sqlite: String(db.prepare('SELECT sqlite_version()').pluck().get()),
  };
  db.close();
  return read;
}

export async function open(file: string): Promise<Opened> {
  const store = await openSqliteStore({ file, clock: systemClock });
  const orchestrator = build(store, dirname(file));
  orchestrator.recover();
  return {
    settings: await settings(file),
    workflow: async (n) => {
      const { task_id = '' } = await orchestrator.start({ task: `question ${n}`, agents: RESEARCHERS }, ME);
      const { status } = await orchestrator.status(task_id, ME, { wait_ms: LONGEST_WAIT_MS });
      if (status !== 'completed') throw new Error(`${task_id} is ${status}`);
      return (await orchestrator.result(task_id, ME)).text;
    },
    close: () => orchestrator.close(),
  };
}
