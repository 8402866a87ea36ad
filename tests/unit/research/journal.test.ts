import { expect, test } from 'vitest';
import type { Journal, StepRecord } from '../../../src/core/step.ts';
import type { End } from '../../../src/engine/engine.ts';
import { conclude, type ConcludeParts } from '../../../src/research/conclude.ts';
import { compositionOutput, type SynthesisInput } from '../../../src/research/journal.ts';
import { beltalowda } from '../../../src/research/patterns/beltalowda.ts';
import { endOf } from '../../support/simulation.ts';

const COMPOSITION = { title: 'Locks', summary: [], sections: [], conflicts: [] };
const MERGED = { kept: [], duplicates: [], conflicts: [] };

function synthesis(agent_id: string, role: SynthesisInput['role'], settled: Partial<StepRecord> = {}): StepRecord {
  return {
    step_id: `synthesis:${agent_id}`,
    kind: 'synthesis',
    agent_id,
    status: 'succeeded',
    input: { role, agents: [], drummers: [], model: 'extractive' },
    output: role === 'drummer' ? MERGED : COMPOSITION,
    error: null,
    attempts: 1,
    failures: 0,
    available_at: null,
    started_at: '2026-01-01T00:00:00.000Z',
    completed_at: '2026-01-01T00:00:01.000Z',
    adopted_from: null,
    ...settled,
  };
}

function journalOf(...steps: readonly StepRecord[]): Journal {
  const { workflow } = endOf(beltalowda, 'beltalowda', 1);
  return { workflow, stop: null, steps: new Map(steps.map((step) => [step.step_id, step])) };
}

/** Nothing is stored; the last resort tells the conflicts it was handed. */
function concluding(heard: unknown[]): ConcludeParts {
  const none = { list: () => Promise.resolve([]), get: () => Promise.reject(new Error('nothing is stored')) };
  const model = { name: 'extractive', stamp: '', compose: () => Promise.reject(new Error('no call is due')) };
  return {
    store: {
      calls: { spending: () => Promise.resolve([]) },
      claims: none,
      sources: none,
      texts: none,
    } as unknown as ConcludeParts['store'],
    model: () => model as unknown as ReturnType<ConcludeParts['model']>,
    lastResort: {
      compose: ({ conflicts }) => {
        heard.push(conflicts);
        return Promise.resolve(COMPOSITION);
      },
    },
  };
}

const END: End = { status: 'completed', error: null, execution_time: 1 };

test('the report is what the writer wrote, by whatever name its pattern calls it', () => {
  const written = journalOf(synthesis('drummer-1', 'drummer'), synthesis('editor', 'synthesis'));
  expect(compositionOutput(written)).toEqual(COMPOSITION);
  expect(compositionOutput(journalOf(synthesis('drummer-1', 'drummer')))).toBeNull();
  expect(compositionOutput(journalOf(synthesis('editor', 'camina', { status: 'running', output: null })))).toBeNull();
});

test('where a writer of any name wrote, the last resort is not asked', async () => {
  const heard: unknown[] = [];
  await conclude(concluding(heard), journalOf(synthesis('editor', 'synthesis')), END);
  expect(heard).toEqual([]);
});

test('the last resort hears the conflicts of those who merged', async () => {
  const heard: unknown[] = [];
  const conflict = { claim_ids: ['belter-1.1', 'belter-2.1'], newer: null, about: '5 s and 10 s' };
  const merged = synthesis('drummer-1', 'drummer', { output: { ...MERGED, conflicts: [conflict] } });
  const failed = synthesis('camina', 'camina', { status: 'failed', output: null });
  await conclude(concluding(heard), journalOf(merged, failed), END);
  expect(heard).toEqual([[conflict]]);
});
