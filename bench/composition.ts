/**
 * The real orchestrator, engine, research and SQLite store, as the shipped binary composes them, with an outside that takes no
 * time: a library of one text in memory, and a model that answers at once. What is left is the cost of orchestration.
 */

import { createHash } from 'node:crypto';
import type { Bus } from '../src/bus/bus.ts';
import { inProcessBus } from '../src/bus/in-process.ts';
import type { Claim } from '../src/core/claim.ts';
import type { Layout } from '../src/core/source.ts';
import { InProcessDispatcher } from '../src/engine/dispatch/in-process.ts';
import { systemClock } from '../src/engine/system-clock.ts';
import { openNode } from '../src/node.ts';
import type { LocalOrchestrator } from '../src/orchestrator.ts';
import { USER } from '../src/server/callers.ts';
import type { ComposeRequest, Library, OfflineModel } from '../src/providers/providers.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite.ts';
import type { Store } from '../src/store/store.ts';
import { NO_JUDGEMENTS } from '../tests/support/no-judgements.ts';
import { settings } from '../tests/support/settings.ts';

export const BELTERS = 8;
const CLAIMS_EACH = 3;

/** Twelve words a line, a line for each claim. */
const LINES = Array.from(
  { length: BELTERS * CLAIMS_EACH },
  (_, n) => `Finding ${n + 1}: the log is written first, and page ${n + 1} follows it later.`,
);
const TEXT = `${LINES.join('\n')}\n`;
const STARTS = LINES.map((_, n) => LINES.slice(0, n).reduce((sum, line) => sum + line.length + 1, 0));
const LAYOUT: Layout = { place: 'line', headings: [], passages: [], blanks: [], placeStarts: STARTS };

export interface CompositionOptions {
  /** Path of the database file. */
  readonly file: string;
  /** An existing folder, named as the source of every workflow. Nothing in it is read. */
  readonly source: string;
  readonly max_active?: number;
  readonly max_agents_total?: number;
  /** What an agent or a synthesis waits for before it answers. */
  readonly gate?: (task: string, agent_id: string) => Promise<void>;
}

export interface Composition {
  readonly orchestrator: LocalOrchestrator;
  readonly store: Store;
  readonly bus: Bus;
  /** Starts a workflow and resolves with its id; `ended` resolves once its end is durable. */
  start(task: string): Promise<{ readonly task_id: string; readonly ended: Promise<void> }>;
  /** Throws when anything went wrong meanwhile. */
  close(): Promise<void>;
}

const library: Library = {
  collect: async (_options, each) => {
    await each({
      text: TEXT,
      layout: LAYOUT,
      title: 'Findings',
      format: 'text',
      domain: 'general',
      date: null,
      sha256: createHash('sha256').update(TEXT).digest('hex'),
      location: 'findings.txt',
      uri: 'file:///findings.txt',
      modified_at: '2026-01-01T00:00:00.000Z',
    });
    return { skipped: [] };
  },
  prepare: async () => {},
  search: async () => [],
  themes: async () => [],
  forget: async () => {},
  close: async () => {},
};

function claimsOf(agent_id: string, objective: string): readonly Claim[] {
  const first = (Number(agent_id.slice('belter-'.length)) - 1) * CLAIMS_EACH;
  return LINES.slice(first, first + CLAIMS_EACH).map((line, n) => {
    const start = STARTS[first + n] ?? 0;
    return {
      claim_id: `${agent_id}.${n + 1}`,
      agent_id,
      source_id: 's1',
      text: line,
      quote: line,
      start,
      end: start + line.length,
      label: 'quoted',
      location: `findings.txt:${first + n + 1}`,
      heading: '',
      score: 1,
      objective,
    };
  });
}

function composed({ task, claims, objectives }: ComposeRequest) {
  return {
    title: task,
    summary: claims.slice(0, CLAIMS_EACH).map((claim) => claim.claim_id),
    sections: objectives.map(({ objective, agent_id }) => ({
      heading: objective,
      claims: claims.filter((claim) => claim.agent_id === agent_id).map((claim) => claim.claim_id),
    })),
    conflicts: [],
  };
}

function instantModel(gate: (task: string, agent_id: string) => Promise<void>): OfflineModel {
  return {
    name: 'extractive',
    stamp: 'a model that answers at once',
    ...NO_JUDGEMENTS,
    plan: async ({ agents }) => ({
      shape: 'survey',
      subtasks: Array.from({ length: agents ?? BELTERS }, (_, n) => ({
        agent_id: `belter-${n + 1}`,
        objective: `what happens to the pages of part ${n + 1}`,
        queries: [`pages of part ${n + 1}`],
        domain: null,
      })),
      missing: [],
    }),
    research: async ({ task, subtask, progress }) => {
      const { agent_id, objective } = subtask;
      progress(`reading for ${objective}`);
      await gate(task, agent_id);
      const claims = claimsOf(agent_id, objective);
      const passages = claims.map(({ claim_id, source_id, start, end, heading, location, score }) => ({
        passage_id: claim_id,
        agent_id,
        source_id,
        start,
        end,
        heading,
        location,
        score,
      }));
      return { claims, passages, gaps: [] };
    },
    merge: async ({ task, agent_id, claims }) => {
      await gate(task, agent_id);
      return { kept: claims.map((claim) => claim.claim_id), duplicates: [], conflicts: [] };
    },
    compose: async (request) => {
      await gate(request.task, 'camina');
      return composed(request);
    },
  };
}

/** What went wrong is told once; figures of a run in which something did are not to be trusted, so closing it throws. */
function troubles() {
  const met: string[] = [];
  return {
    note: (message: string, thrown?: unknown): void => {
      met.push(thrown instanceof Error ? `${message}: ${thrown.message}` : message);
    },
    check: (): void => {
      if (met.length > 0) throw new Error(`${met.length} things went wrong, the first: ${met[0]}`);
    },
  };
}

export async function compose(options: CompositionOptions): Promise<Composition> {
  const clock = systemClock;
  const trouble = troubles();
  const file = await openSqliteStore({ file: options.file, clock });
  const waiting = new Map<string, () => void>();
  const over = new Set<string>();
  const settle = (task_id: string): void => {
    over.add(task_id);
    waiting.get(task_id)?.();
    waiting.delete(task_id);
  };
  // Told by the commit itself, so that the waiting costs nothing: no poll, no view made for each change.
  const store: Store = {
    ...file,
    workflows: {
      ...file.workflows,
      finish: async (hold, end) => {
        const workflow = await file.workflows.finish(hold, end);
        settle(hold.task_id);
        return workflow;
      },
    },
  };
  const bus = inProcessBus({
    clock,
    changes: () => store.changes(),
    failed: (thrown) => trouble.note('changes', thrown),
  });
  const model = instantModel(options.gate ?? (async () => {}));
  const orchestrator = openNode({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: options.max_agents_total ?? 64 }),
    library,
    model: () => model,
    lastResort: model,
    clock,
    random: Math.random,
    admission: { max_active: options.max_active ?? 50, max_queued: 1000 },
    log: trouble.note,
    settings: settings({ sources: [options.source], model: model.name }),
    closeRest: async () => {},
  });
  orchestrator.recover();
  return {
    orchestrator,
    store,
    bus,
    start: async (task) => {
      const { task_id } = await orchestrator.start({ task, agents: BELTERS, sources: [options.source] }, USER);
      if (task_id === undefined) throw new Error('a workflow was started and has no id');
      const ended = over.has(task_id)
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.set(task_id, resolve));
      return { task_id, ended };
    },
    close: async () => {
      await orchestrator.close();
      trouble.check();
    },
  };
}
