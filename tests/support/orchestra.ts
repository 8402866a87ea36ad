/** The orchestrator over the real store, engine and research, with a scripted outside: a library in memory and a model that does as told. */

import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process.ts';
import type { Share } from '../../src/core/budget.ts';
import { NO_USAGE } from '../../src/core/call.ts';
import type { Claim } from '../../src/core/claim.ts';
import { Fault } from '../../src/core/errors.ts';
import type { Layout } from '../../src/core/source.ts';
import type { Caller, ResultOptions, ResultView, StartRequest } from '../../src/core/views.ts';
import { InProcessDispatcher } from '../../src/engine/dispatch/in-process.ts';
import { openNode } from '../../src/node.ts';
import type { LocalOrchestrator } from '../../src/orchestrator.ts';
import type { RetentionSettings } from '../../src/orchestrator/erasure.ts';
import type { Composition } from '../../src/core/report.ts';
import type {
  ComposeRequest,
  LastResort,
  Library,
  Model,
  ResearchRequest,
  Workbench,
} from '../../src/providers/providers.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { eventually, untilAborted } from './engine-node.ts';
import { FakeClock } from './fake-clock.ts';
import { temporaryFolder } from './folder.ts';
import { newDatabase } from './new-database.ts';
import { NO_JUDGEMENTS } from './no-judgements.ts';
import { settings } from './settings.ts';

/** What an agent does: finds its lines, is cut short after that, finds nothing, misquotes, fails for good, or works until it is stopped. */
type Deed = 'find' | 'cut' | 'nothing' | 'misquote' | 'fail' | 'hang';

export interface OrchestraOptions {
  readonly file?: string;
  readonly clock?: FakeClock;
  /** Files by name; each line is a finding for the agent of the same number. */
  readonly files?: Readonly<Record<string, string>>;
  /** One agent for each. */
  readonly deeds?: readonly Deed[];
  /** Names of the files below a root of this label; all files below any other. */
  readonly below?: Readonly<Record<string, readonly string[]>>;
  /** Names of the files below a root of any other label; all of them unless told. */
  readonly elsewhere?: readonly string[];
  readonly retention?: Partial<RetentionSettings>;
  /** What each agent goes through before its deed. */
  readonly works?: (request: ResearchRequest) => Promise<void>;
  readonly compose?: Deed;
  readonly judgements?: Partial<Pick<Model, 'choose' | 'critique'>>;
  /** What a call of the model takes, micro-dollars; it makes none unless said. Each is made twice: the first one fails. */
  readonly pays?: number;
  /** Answers in the place of whoever was to research, where named. */
  readonly stands_in?: string;
  /** Why the plan is not what it could have been. */
  readonly plan_cut?: string;
  /** What the composition says beyond the claims: prose, verdicts, what is missing. */
  readonly written?: (composition: Composition) => Partial<Composition>;
  /** Takes up what is interrupted or waits; true unless said otherwise. */
  readonly serve?: boolean;
  readonly max_active?: number;
  readonly max_queued?: number;
  readonly timeout_minutes?: number;
  /** Real parts instead of scripted ones. */
  readonly library?: Library;
  readonly lastResort?: LastResort;
  /** Plays every role instead of the scripted one. */
  readonly model?: (clock: FakeClock) => Model;
  readonly settings?: Parameters<typeof settings>[0];
}

export const ME: Caller = { owner: 'me', trusted: true };
export const OTHER: Caller = { owner: 'other', trusted: true };

const FILES = {
  'a.txt': 'The log is written first.\nA checkpoint copies it back.\nReaders see the old page.\n',
  'b.txt': 'The log is never written first.\nA checkpoint may wait.\nReaders do not wait.\n',
};

export interface Orchestra {
  readonly orchestrator: LocalOrchestrator;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly files: Readonly<Record<string, string>>;
  /** Calls of the model, by method. */
  readonly calls: readonly string[];
  /** Corpora whose index was to be deleted. */
  readonly forgotten: readonly string[];
  /** The allowed root. */
  readonly folder: string;
}

export async function orchestra(options: OrchestraOptions = {}): Promise<Orchestra> {
  const folder = await temporaryFolder();
  const clock = options.clock ?? new FakeClock();
  const store = await openSqliteStore({ file: options.file ?? (await newDatabase(`${folder}/test.db`)), clock });
  const bus = inProcessBus({ clock, changes: () => store.changes(), failed: () => {} });
  const files = options.files ?? FILES;
  const calls: string[] = [];
  const model = options.model?.(clock) ?? scriptedModel(options, files, calls);
  const forgotten: string[] = [];
  const library = options.library ?? scriptedLibrary(files, options, forgotten);
  const orchestrator = openNode({
    store,
    bus,
    dispatcher: new InProcessDispatcher({ total: 64 }),
    library,
    model: (name) => ({ ...model, name }),
    lastResort: options.lastResort ?? { compose: composeFrom },
    clock,
    random: () => 0.5,
    admission: { max_active: options.max_active ?? 50, max_queued: options.max_queued ?? 50 },
    log: () => {},
    settings: settings({
      sources: [folder],
      workflow_timeout_minutes: options.timeout_minutes ?? 60,
      ...options.retention,
      ...options.settings,
    }),
    closeRest: () => library.close(),
  });
  if (options.serve !== false) orchestrator.recover();
  onTestFinished(() => orchestrator.close());
  return { orchestrator, store, clock, files, calls, forgotten, folder };
}

function layoutOf(text: string): Layout {
  const starts = [0, ...Array.from(text.matchAll(/\n(?=.)/g), (match) => match.index + 1)];
  return { place: 'line', headings: [], passages: [], blanks: [], placeStarts: starts };
}

function scriptedLibrary(
  files: Readonly<Record<string, string>>,
  { below = {}, elsewhere }: Pick<OrchestraOptions, 'below' | 'elsewhere'>,
  forgotten: string[],
): Library {
  return {
    collect: async ({ roots, signal }, each) => {
      const names = new Set(roots.flatMap(({ label }) => below[label] ?? elsewhere ?? Object.keys(files)));
      for (const [location, text] of Object.entries(files)) {
        if (!names.has(location)) continue;
        signal.throwIfAborted();
        await each({
          text,
          layout: layoutOf(text),
          title: location,
          format: 'text',
          domain: 'general',
          date: null,
          sha256: createHash('sha256').update(text).digest('hex'),
          location,
          uri: `file:///${location}`,
          modified_at: '2026-01-01T00:00:00.000Z',
        });
      }
      return { skipped: [{ location: 'c.bin', reason: 'not text' }] };
    },
    prepare: async () => {},
    search: async () => [],
    themes: async () => [],
    forget: async (corpus_id) => {
      forgotten.push(corpus_id);
    },
    close: async () => {},
  };
}

function scriptedModel(options: OrchestraOptions, files: Readonly<Record<string, string>>, calls: string[]): Model {
  const deeds = options.deeds ?? ['find'];
  return {
    name: 'extractive',
    stamp: 'scripted',
    ...NO_JUDGEMENTS,
    ...options.judgements,
    plan: async ({ earlier, agents }, bench) => {
      calls.push('plan');
      await pay(options, bench, 'plan');
      const fresh = deeds.slice(earlier.length, agents ?? deeds.length).map((_, n) => ({
        agent_id: `belter-${earlier.length + n + 1}`,
        objective: `objective ${earlier.length + n + 1}`,
        queries: [],
        domain: null,
      }));
      const cut = options.plan_cut === undefined ? {} : { cut: [options.plan_cut] };
      return { shape: 'survey', subtasks: [...earlier, ...fresh], missing: [], ...cut };
    },
    research: async (request, bench) => {
      calls.push(`research ${request.subtask.agent_id}`);
      await pay(options, bench, 'research');
      if (options.stands_in !== undefined) bench.steppedIn(options.stands_in);
      await options.works?.(request);
      const number = Number(request.subtask.agent_id.slice('belter-'.length));
      return act(deeds[number - 1] ?? 'find', request, { files, number });
    },
    merge: async ({ claims, agent_id }, bench) => {
      calls.push(`merge ${agent_id}`);
      await pay(options, bench, 'merge');
      return { kept: claims.map((claim) => claim.claim_id), duplicates: [], conflicts: [] };
    },
    compose: async (request, bench) => {
      calls.push('compose');
      await pay(options, bench, 'write');
      if (options.compose === 'fail') throw new Error('out of ink');
      if (options.compose === 'hang') return untilAborted(request.signal);
      const composition = await composeFrom(request);
      return { ...composition, ...options.written?.(composition) };
    },
  };
}

async function pay({ pays }: OrchestraOptions, bench: Workbench, share: Share): Promise<void> {
  if (pays === undefined) return;
  const spent = { usage: { ...NO_USAGE, input_tokens: 30, output_tokens: 12 }, microusd: pays };
  let requests = 0;
  await bench.calls.make({
    key: 'turn-1',
    kind: 'model',
    name: 'v/m',
    request: { share },
    share,
    most: { tokens: 100, microusd: pays * 2 },
    run: async () => {
      requests += 1;
      if (requests > 1) return { kind: 'succeeded', output: 'done', spent };
      return { kind: 'failed', fault: new Fault('PROVIDER_LIMITED', 'too many', { retryAfterMs: 1 }), spent };
    },
  });
}

async function act(
  deed: Deed,
  { signal, subtask, corpus, progress }: ResearchRequest,
  { files, number }: { readonly files: Readonly<Record<string, string>>; readonly number: number },
) {
  progress(`reading for ${subtask.objective}`);
  if (deed === 'hang') return untilAborted(signal);
  if (deed === 'fail') throw new Error(`${subtask.agent_id} fell ill`);
  if (deed === 'nothing') return { claims: [], passages: [], gaps: [`nothing on ${subtask.objective}`] };
  const claims = corpus.sources.flatMap((source): Claim[] => {
    const text = files[source.location] ?? '';
    const quote = text.split('\n')[(number - 1) % 3] ?? '';
    const start = text.indexOf(quote);
    return [
      {
        claim_id: `${subtask.agent_id}.${source.source_id}`,
        agent_id: subtask.agent_id,
        source_id: source.source_id,
        text: quote,
        quote: deed === 'misquote' ? `${quote}!` : quote,
        start,
        end: start + quote.length,
        label: 'quoted',
        location: '',
        heading: '',
        score: 1,
        objective: subtask.objective,
      },
    ];
  });
  return { claims, passages: [], gaps: [], ...(deed === 'cut' ? { cut: ['its budget was used up'] } : {}) };
}

async function composeFrom({ task, claims, objectives }: ComposeRequest): Promise<Composition> {
  return {
    title: task,
    summary: claims.slice(0, 1).map((claim) => claim.claim_id),
    sections: objectives.flatMap(({ objective, agent_id }) => {
      const own = claims.filter((claim) => claim.agent_id === agent_id).map((claim) => claim.claim_id);
      return own.length === 0 ? [] : [{ heading: objective, claims: own }];
    }),
    conflicts: [],
  };
}

/** Starts, lets time pass in which failed agents are tried again, and returns the ended workflow's id. */
export async function finished(on: Orchestra, request: StartRequest = { task: 'How?' }): Promise<string> {
  const { task_id = '' } = await on.orchestrator.start(request, ME);
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, `${task_id} ends`);
  return task_id;
}

/** The whole result, after checking every mark, source and quote of it against the files themselves. */
export async function report(on: Orchestra, task_id: string, options: ResultOptions = {}): Promise<ResultView> {
  const view = await on.orchestrator.result(task_id, ME, { ...options, detail: 'evidence', max_chars: 1_000_000 });
  const marks = new Set(Array.from(view.text.matchAll(/(?<!\\)\[(\d+)\]/g), (match) => Number(match[1])));
  const numbers = view.sources.map((source) => source.number);
  const problems = [
    ...[...marks].filter((mark) => !numbers.includes(mark)).map((mark) => `mark ${mark} dangles`),
    ...numbers.filter((number) => !marks.has(number)).map((number) => `source ${number} is not cited`),
    ...(view.claims ?? []).flatMap(({ claim_id, source_id, quote, start, end }) => {
      const source = view.sources.find((other) => other.source_id === source_id);
      const text = Object.entries(on.files).find(([name]) => source?.location.startsWith(name))?.[1] ?? '';
      return quote !== '' && text.slice(start, end) === quote ? [] : [`${claim_id} is not in its source`];
    }),
  ];
  if (problems.length > 0) throw new Error(problems.join('; '));
  if ((view.claims ?? []).length !== view.citations?.total) throw new Error('claims and citations differ in number');
  return view;
}
