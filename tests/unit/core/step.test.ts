import { expect, test } from 'vitest';
import { journalOf, type StepRecord } from '../../../src/core/step.ts';
import type { Workflow } from '../../../src/core/workflow.ts';
import { submission } from '../../contract/rows.ts';

function step(step_id: string): StepRecord {
  return {
    step_id,
    kind: 'agent',
    agent_id: null,
    status: 'succeeded',
    input: {},
    output: {},
    error: null,
    attempts: 1,
    failures: 0,
    available_at: null,
    started_at: '2026-01-01T00:00:00.000Z',
    completed_at: '2026-01-01T00:00:01.000Z',
    adopted_from: null,
  };
}

test('the journal of a workflow holds its steps in the order of their ids, whatever ended first, and nothing that moves', () => {
  const { task_id, orchestrator_type, task, config } = submission(1);
  const row: Journal = { task_id, orchestrator_type, task, title: null, config, version: 7, resumed: 2 };
  const stop = { kind: 'cancel', reason: null, finalize: false } as const;
  const one = journalOf(row, stop, ['agent:b', 'agent:c', 'agent:a'].map(step));
  const later: Journal = { ...row, version: 9, resumed: 3 };
  const other = journalOf(later, stop, ['agent:c', 'agent:a', 'agent:b'].map(step));
  expect([...one.steps.keys()]).toEqual(['agent:a', 'agent:b', 'agent:c']);
  expect([...other.steps]).toEqual([...one.steps]);
  expect(other.workflow).toEqual(one.workflow);
  expect(one.workflow).toEqual({ task_id, orchestrator_type, task, title: null, config });
  expect(one.stop).toEqual(stop);
});

type Journal = Pick<Workflow, 'task_id' | 'orchestrator_type' | 'task' | 'title' | 'config' | 'version' | 'resumed'>;
