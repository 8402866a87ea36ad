/** A folder of real files, collected and indexed by the real library. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Shape, Subtask } from '../../../../../src/core/plan.ts';
import type { Source } from '../../../../../src/core/source.ts';
import type {
  CollectedText,
  Corpus,
  Findings,
  Library,
  PlanRequest,
  ResearchRequest,
} from '../../../../../src/providers/providers.ts';
import { extractiveModel } from '../../../../../src/providers/models/extractive/extractive.ts';
import { sharedLibrary } from '../../../../support/shared-library.ts';

export interface Shelf {
  readonly corpus: Corpus;
  readonly library: Library;
  /** Stored texts by source id: what quotes are verified against. */
  readonly texts: ReadonlyMap<string, string>;
  readonly close: () => Promise<void>;
}

/** Writes the files (path below the folder → content), collects them, and makes them searchable. */
type Shelve = (files: Readonly<Record<string, string>>) => Promise<Shelf>;

/** Called once, at the top of a file: all its shelves stand in one library, whose thread takes longer to start than a test. */
export function shelves(): Shelve {
  const library = sharedLibrary();
  let made = 0;
  return (files) => shelve(library(), `shelf-${(made += 1)}`, files);
}

async function shelve(library: Library, corpus_id: string, files: Readonly<Record<string, string>>): Promise<Shelf> {
  const root = await mkdtemp(join(tmpdir(), 'extractive-'));
  for (const [path, content] of Object.entries(files)) {
    const target = join(root, 'notes', path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  const signal = new AbortController().signal;
  const collected: CollectedText[] = [];
  await library.collect(
    { roots: [{ path: join(root, 'notes'), label: 'notes' }], signal, progress: () => undefined },
    async (text) => {
      collected.push(text);
    },
  );
  const sources = collected.map((text, index): Source => ({
    source_id: `s${index + 1}`,
    sha256: text.sha256,
    format: text.format,
    title: text.title,
    location: text.location,
    uri: text.uri,
    domain: text.domain,
    date: text.date,
    modified_at: text.modified_at,
    accessed_at: '2026-01-01T00:00:00.000Z',
    characters: text.text.length,
    also_at: [],
  }));
  const byId = new Map(collected.map((text, index) => [`s${index + 1}`, text]));
  const corpus = { corpus_id, sources };
  await library.prepare(
    corpus,
    async ({ source_id }) => {
      const text = byId.get(source_id);
      if (text === undefined) throw new Error(`no text of ${source_id}`);
      return { text: text.text, layout: text.layout };
    },
    signal,
  );
  return {
    corpus,
    library,
    texts: new Map([...byId].map(([id, { text }]) => [id, text])),
    close: async () => {
      await library.forget(corpus_id);
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function planRequest(shelf: Shelf, task: string, over: Partial<PlanRequest> = {}): PlanRequest {
  return {
    task,
    context: null,
    agents: null,
    by_domain: false,
    domains: null,
    earlier: [],
    corpus: shelf.corpus,
    library: shelf.library,
    signal: new AbortController().signal,
    ...over,
  };
}

/** One agent that looks into a question by itself. */
export async function asked(
  shelf: Shelf,
  task: string,
  over: {
    readonly shape?: Shape;
    readonly subtask?: Partial<Subtask>;
    readonly request?: Partial<ResearchRequest>;
  } = {},
): Promise<Findings> {
  return extractiveModel().research({
    task,
    context: null,
    shape: over.shape ?? 'fact',
    subtask: { agent_id: 'belter-1', objective: task, queries: [task], domain: null, ...over.subtask },
    corpus: shelf.corpus,
    library: shelf.library,
    progress: () => undefined,
    signal: new AbortController().signal,
    ...over.request,
  });
}

/** What one agent found, as a report on a fact tells it: a line for each claim and conflict, the summary first. */
export async function composed(shelf: Shelf, task: string): Promise<string> {
  const { claims } = await asked(shelf, task);
  const composition = await extractiveModel().compose({
    task,
    shape: 'fact',
    objectives: [{ agent_id: 'belter-1', objective: task }],
    claims,
    conflicts: [],
    sources: shelf.corpus.sources,
    signal: new AbortController().signal,
  });
  const textOf = (id: string): string => claims.find(({ claim_id }) => claim_id === id)?.text ?? '';
  return [
    ...composition.summary.map((id) => `summary: ${textOf(id)}`),
    ...composition.sections.flatMap(({ heading, claims: ids }) => ids.map((id) => `${heading}: ${textOf(id)}`)),
    ...composition.conflicts.map(({ about }) => `conflict: ${about}`),
  ].join('\n');
}
