import { expect, test } from 'vitest';
import { NO_USAGE } from '../../../src/core/call.ts';
import type { StepRecord } from '../../../src/core/step.ts';
import { billOf, modelsUsed, stampOf } from '../../../src/research/bill.ts';
import { beltalowda } from '../../../src/research/patterns/beltalowda.ts';
import type { Spending } from '../../../src/store/store.ts';
import { submission } from '../../contract/rows.ts';
import { endOf } from '../../support/simulation.ts';

function row(change: Partial<Spending> = {}): Spending {
  return {
    agent_id: 'belter-1',
    kind: 'model',
    name: 'v/m',
    share: 'research',
    calls: 1,
    running: 0,
    failed: 0,
    estimated: 0,
    unpriced: 0,
    adopted: 0,
    usage: NO_USAGE,
    microusd: 1,
    reserved: { tokens: 0, microusd: 0 },
    ...change,
  };
}

function settledStep(step_id: string, change: Partial<StepRecord>): [string, StepRecord] {
  const at = '2026-01-01T00:00:00.000Z';
  const step = {
    step_id,
    kind: 'agent',
    agent_id: null,
    status: 'succeeded',
    input: {},
    output: null,
    error: null,
    attempts: 1,
    failures: 0,
    available_at: null,
    started_at: at,
    completed_at: at,
    adopted_from: null,
  } as const;
  return [step_id, { ...step, ...change }];
}

test('the total is the sum of all calls, those of no agent and those under way included', () => {
  const rows = [
    row({ microusd: 100_001 }),
    row({ agent_id: null, share: 'plan', microusd: 7 }),
    row({ agent_id: 'camina', microusd: 0, running: 1, reserved: { tokens: 9, microusd: 50 } }),
  ];
  const bill = billOf(rows);
  expect([bill.total, bill.of('belter-1'), bill.of('camina'), bill.of('belter-2')]).toEqual([
    0.100058, 0.100001, 0.00005, 0,
  ]);
  expect(billOf([...rows, row({ unpriced: 1 })]).total).toBeNull();
});

test('the result names who played which role, and who answered in another place', () => {
  const { workflow } = endOf(beltalowda, 'beltalowda', 1);
  const steps = new Map([
    settledStep('plan', { output: { fallbacks: ['w/b'] } }),
    settledStep('agent:belter-1', { output: { fallbacks: ['w/b'] }, adopted_from: 'earlier' }),
    settledStep('agent:belter-2', { output: {} }),
    settledStep('agent:belter-3', { status: 'failed', output: null }),
  ]);
  const config = { ...submission(1).config, model: 'v/m', models: { plan: 'v/p' }, fallback_models: ['w/a', 'w/b'] };
  expect(modelsUsed({ workflow: { ...workflow, config }, steps })).toEqual({
    models: { plan: 'v/p', belter: 'v/m', drummer: 'v/m', camina: 'v/m' },
    fallbacks_used: ['w/b'],
  });
});

test('the header says what wrote the report, and does not claim a model that did not', () => {
  const model = { name: 'v/m', stamp: 'written with v/m' };
  expect(stampOf(model, { written: true, fallbacks: [] })).toBe('written with v/m');
  expect(stampOf(model, { written: true, fallbacks: ['w/a'] })).toBe('written with v/m; w/a answered where it failed');
  expect(stampOf(model, { written: false, fallbacks: [] })).not.toContain('v/m');
  expect(stampOf({ name: 'extractive', stamp: 'quotes' }, { written: false, fallbacks: [] })).toBe('quotes');
});
