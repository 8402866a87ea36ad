import { expect, test } from 'vitest';
import { fromDollars } from '../../../src/core/price.ts';
import type { Caller } from '../../../src/core/views.ts';
import { type Orchestra, orchestra } from '../../support/orchestra.ts';

const SHE: Caller = { owner: 'she', trusted: false };
const LOCAL: Caller = { owner: 'local', trusted: false };
const HANGS = { deeds: ['hang'], settings: { owner_max_active: 1, owner_usd_per_day: 2, budget_usd: 5 } } as const;

async function started({ orchestrator }: Orchestra, task: string, caller: Caller): Promise<string> {
  const { task_id } = await orchestrator.start({ task }, caller);
  if (task_id === undefined) throw new Error('nothing was started');
  return task_id;
}

const FULL = { code: 'QUOTA_EXCEEDED', retryable: true };

test('an owner at the limit starts nothing more, asks what it would cost for nothing, and goes on from nothing', async () => {
  const on = await orchestra(HANGS);
  const task_id = await started(on, 'first', SHE);
  await expect(on.orchestrator.start({ task: 'second' }, SHE)).rejects.toMatchObject(FULL);
  expect(await on.orchestrator.start({ task: 'second', dry_run: true }, SHE)).not.toHaveProperty('task_id');
  await on.orchestrator.cancel(task_id, SHE);
  const second = await started(on, 'second', SHE);
  await expect(on.orchestrator.resume(task_id, SHE)).rejects.toMatchObject(FULL);
  await on.orchestrator.cancel(second, SHE);
  expect(await on.orchestrator.resume(task_id, SHE)).toMatchObject({ resumed_from: task_id });
});

test('the owner of this machine has no limit', async () => {
  const on = await orchestra(HANGS);
  await on.orchestrator.start({ task: 'first' }, LOCAL);
  await on.orchestrator.start({ task: 'second' }, LOCAL);
  expect((await on.orchestrator.list(LOCAL)).workflows).toHaveLength(2);
});

test('where a day has a limit, no workflow is without a cap below it', async () => {
  const on = await orchestra(HANGS);
  const task_id = await started(on, 'first', SHE);
  expect((await on.orchestrator.status(task_id, SHE)).budget.max_cost_usd).toBe(2);
  const over = on.orchestrator.start({ task: 'second', budget: { max_cost_usd: 3 } }, SHE);
  await expect(over).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  const mine = await started(on, 'first', LOCAL);
  expect((await on.orchestrator.status(mine, LOCAL)).budget.max_cost_usd).toBe(5);
});

const FREE = fromDollars({ input: 0, output: 0 }, '2026-01-01');
const PRICES = { 'own/model': FREE, 'vendor/model': { ...FREE, reasoning: 1 } };
const ADAY = { owner_usd_per_day: 2, prices: PRICES };

test('what costs nothing is not refused for the dollars of a day, and keeps none of them', async () => {
  const on = await orchestra({ deeds: ['hang'], settings: { ...ADAY, model: 'own/model' } });
  await started(on, 'first', SHE);
  await started(on, 'second', SHE);
  const paying = (task: string) => on.orchestrator.start({ task, model: 'vendor/model' }, SHE);
  await paying('third');
  await expect(paying('fourth')).rejects.toMatchObject(FULL);
  const last = await started(on, 'fifth', SHE);
  await on.orchestrator.cancel(last, SHE);
  expect(await on.orchestrator.resume(last, SHE)).toMatchObject({ resumed_from: last });
  // Gone on from with a model that is paid for, it needs a part of the day like any other.
  await expect(on.orchestrator.resume(last, SHE, { model: 'vendor/model' })).rejects.toMatchObject(FULL);
});

test.each([
  ['a fallback that is paid for', { fallback_models: ['vendor/model'] }],
  ['a search of the web that is paid for', { network: 'on', paid_tools: true }],
  ['a role played by a model that is paid for', { model_camina: 'vendor/model' }],
] as const)('%s keeps dollars, whatever the model costs', async (_what, change) => {
  const on = await orchestra({ deeds: ['hang'], settings: { ...ADAY, model: 'own/model', ...change } });
  await started(on, 'first', SHE);
  await expect(on.orchestrator.start({ task: 'second' }, SHE)).rejects.toMatchObject(FULL);
  // The model that makes no call has no use for any of it.
  await on.orchestrator.start({ task: 'third', model: 'extractive' }, SHE);
});
