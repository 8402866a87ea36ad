/** An agent or a plan that thinks, with a scripted model, texts in memory and calls that are recorded. */

import { createHash } from 'node:crypto';
import { Fault } from '../../src/core/errors.ts';
import type { Budget } from '../../src/core/budget.ts';
import { NO_BUDGET } from '../../src/core/budget.ts';
import type { Subtask } from '../../src/core/plan.ts';
import type { Json } from '../../src/core/json.ts';
import type { Domain, Source, StoredText } from '../../src/core/source.ts';
import type { AgentTool, FoundText, ToolAnswer, Unavailable } from '../../src/providers/agent-tool.ts';
import type { LanguageModel } from '../../src/providers/language-model.ts';
import type { Findings, PlanRequest, ResearchRequest, Workbench } from '../../src/providers/providers.ts';
import { extractiveModel } from '../../src/providers/models/extractive/extractive.ts';
import { thinkingModel } from '../../src/research/thinking/thinking.ts';
import type { Reply } from './cassette.ts';
import { FakeClock } from './fake-clock.ts';
import { type MadeCall, recordedCalls, type RecordedCalls } from './recorded-calls.ts';

export interface Desk {
  readonly bench: Workbench;
  readonly calls: RecordedCalls;
  readonly clock: FakeClock;
  /** Fallbacks, each time one answered. */
  readonly stood_in: readonly string[];
  readonly kept: Map<string, FoundText>;
  readonly stop: AbortController;
  /** Tells an agent to bring home what it has. */
  readonly land: AbortController;
}

interface DeskOptions {
  readonly earlier?: readonly MadeCall[];
  readonly budget?: Budget;
  readonly fallback_models?: readonly string[];
  readonly network?: boolean;
  /** Stored before. */
  readonly texts?: readonly string[];
  readonly kept?: Map<string, FoundText>;
}

export function desk(options: DeskOptions = {}): Desk {
  const { earlier = [], budget = NO_BUDGET, fallback_models = [], network = true, texts = [] } = options;
  const stop = new AbortController();
  const land = new AbortController();
  const calls = recordedCalls({ earlier, budget, signal: stop.signal, landing: land.signal });
  const kept = options.kept ?? new Map<string, FoundText>();
  const stored = new Map(texts.map((text) => [hashOf(text), { text, layout: layoutOf(text) }]));
  const stood_in: string[] = [];
  return {
    calls,
    stood_in,
    kept,
    stop,
    land,
    clock: new FakeClock(),
    bench: {
      calls,
      config: { fallback_models, network, budget },
      steppedIn: (fallback) => {
        stood_in.push(fallback);
      },
      texts: {
        keep: async (text) => {
          kept.set(text.sha256, text);
        },
        read: async ({ sha256 }): Promise<StoredText> => {
          const found = kept.get(sha256) ?? stored.get(sha256);
          if (found === undefined) throw new Error(`no text ${sha256}`);
          return found;
        },
      },
    },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function layoutOf(text: string): StoredText['layout'] {
  const starts = Array.from(text.matchAll(/\n(?=.)/g), (match) => match.index + 1);
  const passages = [{ start: 0, end: text.length, place: 1, heading: 0 }];
  return { place: 'line', headings: ['Notes'], passages, blanks: [], placeStarts: [0, ...starts] };
}

export function sourceOf(source_id: string, text: string, domain: Domain = 'general'): Source {
  const at = '2026-01-01T00:00:00.000Z';
  const uri = `file:///secret/path/${source_id}.txt`;
  const stored = { sha256: hashOf(text), format: 'text', characters: text.length } as const;
  const named = { source_id, title: `Title of ${source_id}`, location: `secret/path/${source_id}.txt`, uri };
  return { ...named, ...stored, domain, date: null, modified_at: at, accessed_at: at, also_at: [] };
}

/** A text that a tool brings. */
export function page(text: string, title = 'A page'): FoundText {
  const uri = 'https://example.org/page';
  return {
    text,
    layout: layoutOf(text),
    title,
    format: 'html',
    domain: 'general',
    date: null,
    sha256: hashOf(text),
    location: 'example.org/page',
    uri,
    modified_at: '2026-01-01T00:00:00.000Z',
  };
}

export function toolOf(name: string, run: AgentTool['run'] | ToolAnswer): AgentTool {
  const properties = { query: { type: 'string' } };
  return {
    name,
    description: `the tool ${name}`,
    input_schema: { type: 'object', properties, required: ['query'] },
    timeout_ms: 10_000,
    run: typeof run === 'function' ? run : () => Promise.resolve(run),
  };
}

/** A model's turn that calls tools. */
export function use(...calls: readonly (readonly [name: string, input: { readonly [name: string]: Json }])[]): Reply {
  return { tool_uses: calls.map(([name, input]) => ({ name, input })) };
}

/** A model's turn that notes one statement. */
export function note(source_id: string, quote: string, more: { readonly [name: string]: Json } = {}): Reply {
  return use(['note', { claims: [{ source_id, quote, statement: `It says: ${quote}`, confidence: 0.9 }], ...more }]);
}

export const DONE: Reply = use(['note', { done: true }]);

export const SUBTASK: Subtask = {
  agent_id: 'belter-1',
  objective: 'How is the log written?',
  queries: ['log'],
  domain: null,
};

export interface Outside {
  readonly tools?: readonly AgentTool[];
  readonly unavailable?: readonly Unavailable[];
}

/** A model that asks these language models, the first of them unless another is named. */
export function thinker(
  on: Desk,
  models: readonly LanguageModel[],
  { tools = [], unavailable = [], named = models[0]?.name ?? '' }: Outside & { readonly named?: string } = {},
) {
  const parts = {
    models: (name: string): LanguageModel => {
      const found = models.find((model) => model.name === name);
      if (found === undefined) throw new Fault('PROVIDER_NOT_CONFIGURED', `${name} has no key here`);
      return found;
    },
    toolbox: { open: () => Promise.resolve({ tools, unavailable }) },
    clock: on.clock,
    byCode: extractiveModel(),
  };
  return thinkingModel(named, parts);
}

/** The documents of a request: each word of a query finds each text that holds it. */
export function library(texts: Readonly<Record<string, string>>): ResearchRequest['library'] & PlanRequest['library'] {
  return {
    themes: async () => [{ term: 'log', sources: 1, weight: 1 }],
    search: async (_corpus, { query, source_ids }) =>
      Object.entries(texts)
        .filter(([id]) => source_ids === undefined || source_ids.includes(id))
        .filter(([, text]) => query.split(' ').some((word) => text.toLowerCase().includes(word.toLowerCase())))
        .map(([source_id, text]) => {
          const raw = text.slice(0, 1_200);
          const location = `secret/path/${source_id}.txt:1`;
          return { source_id, start: 0, end: raw.length, text: raw, raw, heading: '', location, score: 1 };
        }),
  };
}

export function researchRequest(
  on: Desk,
  texts: Readonly<Record<string, string>> = {},
  change: Partial<ResearchRequest> = {},
): ResearchRequest {
  return {
    task: 'How does the store work?',
    context: null,
    shape: 'survey',
    subtask: SUBTASK,
    corpus: { corpus_id: 'corpus', sources: Object.entries(texts).map(([id, text]) => sourceOf(id, text)) },
    library: library(texts),
    progress: () => {},
    signal: on.stop.signal,
    landing: on.land.signal,
    ...change,
  };
}

/** What an agent of this model brings back. */
export function findings(
  on: Desk,
  model: LanguageModel | readonly LanguageModel[],
  {
    texts,
    change,
    ...outside
  }: Outside & { readonly texts?: Readonly<Record<string, string>>; readonly change?: Partial<ResearchRequest> } = {},
): Promise<Findings> {
  const models = 'exchange' in model ? [model] : model;
  return thinker(on, models, outside).research(researchRequest(on, texts, change), on.bench);
}
