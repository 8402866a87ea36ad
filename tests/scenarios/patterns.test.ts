import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { ResultView, StartRequest } from '../../src/core/views.ts';
import { isTerminal } from '../../src/core/workflow.ts';
import { extractiveModel } from '../../src/providers/models/extractive/extractive.ts';
import type { Library } from '../../src/providers/providers.ts';
import { openLibrary } from '../../src/providers/tools/documents/documents.ts';
import { ME, type Orchestra, orchestra } from '../support/orchestra.ts';

const DOCUMENTS = path.resolve(import.meta.dirname, '../../examples/documents');

let library: Library;

beforeAll(async () => {
  const cache = await mkdtemp(path.join(tmpdir(), 'patterns-'));
  library = openLibrary({ cacheDirectory: cache, log: () => undefined });
  return async () => {
    await library.close();
    await rm(cache, { recursive: true, force: true });
  };
});

/** The result over documents of the examples without a language model, after a replay came to the same. */
async function researched(folder: string, request: Omit<StartRequest, 'sources'>): Promise<ResultView> {
  const shared = { ...library, close: () => Promise.resolve() };
  const on = await orchestra({
    library: shared,
    model: extractiveModel,
    lastResort: extractiveModel(),
    settings: { sources: [DOCUMENTS] },
  });
  const { task_id = '' } = await on.orchestrator.start({ ...request, sources: [path.join(DOCUMENTS, folder)] }, ME);
  await over(on, task_id);
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
  return on.orchestrator.result(task_id, ME, { max_chars: 1_000_000, detail: 'evidence' });
}

/** Resolves at the end, however long a loaded machine takes to read the documents. */
function over(on: Orchestra, task_id: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = async (): Promise<void> => {
    const { status } = await on.orchestrator.status(task_id, ME);
    if (isTerminal(status)) resolve();
  };
  const unwatch = on.orchestrator.watch(() => void look().catch(reject));
  void look().catch(reject);
  return promise.finally(unwatch);
}

function headings({ sections }: ResultView): readonly string[] {
  return sections.map(({ heading }) => heading);
}

test('a sequence over real documents: a section for each step in order, one that found nothing among them', async () => {
  const view = await researched('ferry', {
    task: 'How can a truck charge at the quay, and what does it cost?',
    orchestrator_type: 'sequential',
    steps: [
      { name: 'What there is', objective: 'Which shore charging is there at the quay?' },
      { name: 'Architect', objective: 'Who designed the zeppelin hangar?' },
      { name: 'Price', objective: 'What does a Euro pallet cost?' },
    ],
  });
  expect(view).toMatchObject({ status: 'completed', completeness: 'full' });
  const [, ...steps] = headings(view);
  expect(steps.slice(0, 3)).toEqual(['What there is', 'Architect', 'Price']);
  expect(view.text).toContain('## Architect\n\nNothing further was found.');
  expect(view.text).toContain('15.20');
});

test('a choice over real documents: the branch whose condition a sentence bears out, with that sentence', async () => {
  const view = await researched('weather', {
    task: 'What has to be known of the station at Cairn Pass?',
    orchestrator_type: 'conditional',
    branches: [
      { name: 'Hydrogen', when: 'the station runs on hydrogen', objectives: ['How is hydrogen stored?'] },
      {
        name: 'Satellite',
        when: 'the station has a satellite modem',
        objectives: ['When is the satellite modem used?'],
      },
      { name: 'Neither', objectives: ['How is the station powered?'] },
    ],
  });
  expect(view.course?.branch).toBe('Satellite');
  const decided = (view.claims ?? []).filter(({ agent_id }) => agent_id === 'choice');
  expect(decided.length).toBeGreaterThan(0);
  for (const { quote } of decided) expect(quote.toLowerCase()).toMatch(/satellite/);
  expect(headings(view)).toContain('Branch taken');
});

test('rounds over real documents: a second one finds what the first did not look for, and the condition then holds', async () => {
  const view = await researched('weather', {
    task: 'How is the station powered?',
    orchestrator_type: 'iterative',
    until: 'the humidity element and its replacement are known',
  });
  expect(view.course).toEqual({ rounds: 2, why: 'the condition holds' });
  expect(view.text).toMatch(/humidity element/);
});

test('rounds for what is not there end without asking the same again, and say so', async () => {
  const view = await researched('durability', {
    task: 'How does write-ahead logging survive a power loss?',
    orchestrator_type: 'iterative',
    until: 'the zeppelin hangar is found',
    max_rounds: 5,
  });
  expect(view.course).toEqual({ rounds: 2, why: 'there was nothing left to ask that had not been asked' });
  expect(view.text).toContain('no finding holds these words of the condition: zeppelin, hangar');
});
