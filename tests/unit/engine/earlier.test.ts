import { expect, test } from 'vitest';
import { adoptable, type Earlier } from '../../../src/engine/earlier.ts';
import type { StepRecord, StepSpec } from '../../../src/core/step.ts';

const SPEC: StepSpec = {
  step_id: 'synthesis:camina',
  kind: 'synthesis',
  phase: 'synthesising',
  agent_id: 'camina',
  input: { agents: ['a', 'b'], role: 'camina' },
  after: ['agent:a', 'agent:b'],
  timeout_ms: 1,
};

function record(step_id: string, change: Partial<StepRecord> = {}): StepRecord {
  return {
    step_id,
    kind: 'agent',
    agent_id: null,
    status: 'succeeded',
    input: {},
    output: 1,
    error: null,
    attempts: 1,
    failures: 0,
    available_at: null,
    started_at: '2026-01-01T00:00:00.000Z',
    completed_at: '2026-01-01T00:00:00.000Z',
    adopted_from: null,
    ...change,
  };
}

const bought = record('synthesis:camina', { kind: 'synthesis', input: { role: 'camina', agents: ['a', 'b'] } });

function journal(a: string | null, b: string | null) {
  const rows = [record('agent:a', { adopted_from: a }), record('agent:b', { adopted_from: b })];
  return { steps: new Map(rows.map((row) => [row.step_id, row])) };
}

function earlier(...from: readonly [string, StepRecord][]): Earlier {
  const outcomes = new Map([['synthesis:camina', from.map(([id, step]) => ({ from: id, step }))]]);
  return { line: from.map(([id]) => id), outcomes };
}

test('an outcome is taken over when the input is equal, however it is spelled, and what it was made from came along', () => {
  expect(adoptable(SPEC, journal('one', 'one'), earlier(['one', bought]))).toEqual({ from: 'one', step: bought });
});

test.each([
  ['one of what it was made from was bought anew', journal('one', null)],
  ['what it was made from came from elsewhere', journal('two', 'two')],
  ['what it was made from is not there', { steps: new Map() }],
])('not when %s', (_why, steps) => {
  expect(adoptable(SPEC, steps, earlier(['one', bought]))).toBeNull();
});

test('not for another input, another kind, or a step that has begun here', () => {
  const steps = journal('one', 'one');
  expect(
    adoptable({ ...SPEC, input: { role: 'camina', agents: ['b', 'a'] } }, steps, earlier(['one', bought])),
  ).toBeNull();
  expect(adoptable({ ...SPEC, kind: 'plan' }, steps, earlier(['one', bought]))).toBeNull();
  steps.steps.set('synthesis:camina', record('synthesis:camina', { status: 'running' }));
  expect(adoptable(SPEC, steps, earlier(['one', bought]))).toBeNull();
});

test('the nearest workflow that fits is the one', () => {
  const other = { ...bought, output: 2 };
  const found = adoptable({ ...SPEC, after: [] }, journal(null, null), earlier(['near', bought], ['far', other]));
  expect(found?.from).toBe('near');
  const misfit = { ...bought, input: {} };
  expect(adoptable({ ...SPEC, after: [] }, journal(null, null), earlier(['near', misfit], ['far', other]))?.from).toBe(
    'far',
  );
});

test('an outcome is taken over by an input that was named as fitting', () => {
  const spec = { ...SPEC, input: { agents: ['a', 'b'], role: 'camina', model: 'new' } };
  const steps = journal('one', 'one');
  expect(adoptable(spec, steps, earlier(['one', bought]))).toBeNull();
  expect(adoptable({ ...spec, fits: [SPEC.input] }, steps, earlier(['one', bought]))?.step).toBe(bought);
});
