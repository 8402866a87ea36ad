import { expect, test } from 'vitest';
import { toMicro } from '../../../src/core/spend.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra } from '../../support/orchestra.ts';

const PRICE = { input: 1, cached: 1, cache_write: 1, output: 1, reasoning: null, as_of: '2026-01-01' };
const SETTINGS = { model: 'v/m', prices: { 'v/m': PRICE } };
const PAYS = 123_457;

async function ledger({ store }: Orchestra, task_id: string) {
  const calls = await store.calls.list(task_id);
  return {
    requests: calls.filter(({ adopted_from }) => adopted_from === null).length,
    adopted: calls.filter(({ adopted_from }) => adopted_from !== null).length,
    micro: calls.reduce((sum, { spent }) => sum + (spent.microusd ?? Number.NaN), 0),
  };
}

test('ledger, status, result, stored total, agents and analytics are the same sum, failed requests included', async () => {
  const on = await orchestra({ deeds: ['find', 'find', 'fail', 'find', 'find'], settings: SETTINGS, pays: PAYS });
  const task_id = await finished(on);
  const { requests, micro } = await ledger(on, task_id);
  // The plan, five agents, two Drummers and Camina, each call made twice; the agent that failed did not make it again.
  expect(requests).toBe(9 * 2);
  expect(micro).toBe(requests * PAYS);
  const status = await on.orchestrator.status(task_id, ME);
  const result = await on.orchestrator.result(task_id, ME);
  const row = await on.store.results.get(task_id);
  for (const usd of [status.spend.cost_usd, result.spend.cost_usd, row?.total_cost])
    expect(toMicro(usd ?? 0)).toBe(micro);
  expect(result.spend).toMatchObject({ model_calls: requests, tokens: requests * 42, by_model: [{ model: 'v/m' }] });
  const parts = result.spend.by_agent.map(({ agent_id, cost_usd }) => [agent_id, toMicro(cost_usd ?? 0)] as const);
  expect(parts.reduce((sum, [, part]) => sum + part, 0)).toBe(micro);
  expect(parts[0]).toEqual(['plan', 2 * PAYS]);
  for (const { agent_id, cost_usd, tokens } of status.agents) {
    expect([toMicro(cost_usd ?? 0), tokens]).toEqual([2 * PAYS, 84]);
    expect(parts).toContainEqual([agent_id, 2 * PAYS]);
  }
  const { totals } = await on.orchestrator.analytics(ME);
  expect(toMicro(totals.total_cost_usd ?? 0)).toBe(micro);
  expect(result.text).not.toContain('$');
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});

test('a workflow that goes deeper buys nothing again: neither a finished step nor a call of one that was cut short', async () => {
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings: SETTINGS, pays: PAYS };
  const first = await orchestra({ ...shared, deeds: ['find', 'cut'] });
  const task_id = await finished(first);
  await first.orchestrator.close();
  const on = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const { task_id: again = '' } = await on.orchestrator.resume(task_id, ME, { budget: { max_cost_usd: 5 } });
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(again, ME)).progress === 1, 'it ends');
  // The agent that was cut, and Camina, whose material is another now, ask the very same: their answers are there.
  expect(await ledger(on, again)).toEqual({ requests: 0, adopted: 2, micro: 0 });
  expect((await on.orchestrator.result(again, ME)).spend).toMatchObject({ cost_usd: 0, model_calls: 0, by_agent: [] });
  expect(on.calls).toEqual(['research belter-2', 'compose']);
});

test('at the cap collecting ends, and the report is written from what is there', async () => {
  const on = await orchestra({
    deeds: ['find', 'find', 'find', 'find', 'find'],
    settings: { ...SETTINGS, budget_usd: (PAYS * 16) / 1e6, max_concurrent_agents: 1 },
    pays: PAYS,
  });
  const task_id = await finished(on);
  const result = await on.orchestrator.result(task_id, ME);
  const status = await on.orchestrator.status(task_id, ME);
  expect(toMicro(result.spend.cost_usd ?? 0)).toBeLessThanOrEqual(PAYS * 16);
  expect(status.budget.max_cost_usd).toBe((PAYS * 16) / 1e6);
  expect(result).toMatchObject({ status: 'completed', completeness: 'partial' });
  expect(result.missing[0]?.what).toBe('objective 4');
});
