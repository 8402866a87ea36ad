import { expect, test } from 'vitest';
import type { AnalyticsView } from '../../src/core/listing.ts';
import type { Store } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { ended, ERASURE, ERROR, idOf, ROOM, running, submission } from './rows.ts';

const DAY_MS = 86_400_000;

function figures(store: Store, since: string | null = null, until: string | null = null): Promise<AnalyticsView> {
  return store.analytics.figures('local', { since, until });
}

export function analyticsContract(open: OpenStore): void {
  test('of nothing there is nothing to divide by', async () => {
    const { store } = await fresh(open);
    expect(await figures(store)).toEqual({
      since: null,
      until: null,
      totals: {
        total_workflows: 0,
        success_rate: null,
        avg_execution_time: null,
        total_cost_usd: 0,
        by_status: { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
      },
      by_pattern: [],
      by_model: [],
      by_day: [],
      slowest: [],
      most_expensive: [],
      failures: [],
    });
  });

  test('totals count one’s own, rates those that ended, averages those with a result', async () => {
    const { store } = await fresh(open);
    await ended(store, 1, { finish: { execution_time: 1, total_cost: 0.1 } });
    await ended(store, 2, { finish: { execution_time: 4, total_cost: 0.2 } });
    await ended(store, 3, { finish: { status: 'failed', error: ERROR, result: null } });
    await ended(store, 4, { finish: { status: 'cancelled', execution_time: 1, total_cost: 0 } });
    await running(store, 5);
    await store.workflows.create(submission(6), ROOM);
    await ended(store, 7, { submission: { owner: 'another' } });
    expect((await figures(store)).totals).toEqual({
      total_workflows: 6,
      success_rate: 0.5,
      avg_execution_time: 2,
      // Not 0.30000000000000004: money is whole micro-dollars.
      total_cost_usd: 0.3,
      by_status: { pending: 1, running: 1, completed: 2, failed: 1, cancelled: 1 },
    });
  });

  test('an unknown price makes the sum it belongs to unknown, and no other', async () => {
    const { store } = await fresh(open);
    await ended(store, 1, { finish: { total_cost: 1 } });
    await ended(store, 2, { finish: { total_cost: null }, submission: { orchestrator_type: 'swarm' } });
    const { totals, by_pattern } = await figures(store);
    expect(totals.total_cost_usd).toBeNull();
    expect(by_pattern.map(({ orchestrator_type, total_cost_usd }) => [orchestrator_type, total_cost_usd])).toEqual([
      ['beltalowda', 1],
      ['swarm', null],
    ]);
  });

  test('groups by model and by UTC day, days in their order', async () => {
    const at = await fresh(open);
    const { config } = submission(1);
    await ended(at.store, 1, { finish: { total_cost: 1 } });
    at.clock.jump(DAY_MS);
    await ended(at.store, 2, {
      finish: { total_cost: 2, execution_time: 3 },
      submission: { config: { ...config, model: 'a/b' } },
    });
    await running(at.store, 3);
    const { by_model, by_day } = await figures(at.store);
    expect(by_model).toMatchObject([
      { model: 'a/b', total_workflows: 1, total_cost_usd: 2 },
      { model: 'extractive', total_workflows: 2, total_cost_usd: 1 },
    ]);
    expect(by_day).toEqual([
      { day: '2026-01-01', total_workflows: 1, success_rate: 1, avg_execution_time: 1.25, total_cost_usd: 1 },
      { day: '2026-01-02', total_workflows: 2, success_rate: 1, avg_execution_time: 3, total_cost_usd: 2 },
    ]);
  });

  test('of many days the latest 366 are shown', async () => {
    const at = await fresh(open);
    for (let day = 1; day <= 370; day += 1) {
      await at.store.workflows.create(submission(day % 256, { task_id: `${idOf(day % 256)}${day}` }), ROOM);
      at.clock.jump(DAY_MS);
    }
    const { by_day, totals } = await figures(at.store);
    expect(totals.total_workflows).toBe(370);
    expect([by_day.length, by_day[0]?.day, by_day.at(-1)?.day]).toEqual([366, '2026-01-05', '2027-01-05']);
  });

  test('a range is from its beginning to before its end, by creation', async () => {
    const at = await fresh(open);
    for (const n of [1, 2, 3]) {
      await ended(at.store, n, { finish: { total_cost: n } });
      at.clock.jump(1000);
    }
    const [since, until] = [2, 1].map((back) => new Date(at.clock.now() - back * 1000).toISOString());
    const view = await figures(at.store, since, until);
    expect(view).toMatchObject({ since, until, totals: { total_workflows: 1, total_cost_usd: 2 } });
    expect(view.slowest.map(({ task_id }) => task_id)).toEqual([idOf(2)]);
    expect((await figures(at.store, until)).totals.total_workflows).toBe(1);
    expect((await figures(at.store, null, since)).totals.total_workflows).toBe(1);
  });

  test('ranks the ten slowest and the ten most expensive, of these only what cost anything', async () => {
    const { store } = await fresh(open);
    for (let n = 1; n <= 12; n += 1) {
      await ended(store, n, {
        finish: { execution_time: n, total_cost: n > 10 ? 0 : n },
        submission: { title: `T${n}` },
      });
    }
    const { slowest, most_expensive } = await figures(store);
    expect(slowest.map(({ execution_time }) => execution_time)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(most_expensive.map(({ cost_usd }) => cost_usd)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(slowest[0]).toEqual({
      task_id: idOf(12),
      title: 'T12',
      orchestrator_type: 'beltalowda',
      status: 'completed',
      execution_time: 12,
      cost_usd: 0,
    });
  });

  test('failures by their code, the most frequent first, each with its last', async () => {
    const at = await fresh(open);
    const failed = async (n: number, code: 'STEP_TIMEOUT' | 'NOTHING_READABLE'): Promise<void> => {
      await ended(at.store, n, { finish: { status: 'failed', error: { ...ERROR, code }, result: null } });
      at.clock.jump(1000);
    };
    await failed(1, 'NOTHING_READABLE');
    await failed(3, 'STEP_TIMEOUT');
    const last_at = new Date(at.clock.now()).toISOString();
    await failed(2, 'STEP_TIMEOUT');
    const { failures } = await figures(at.store);
    expect(failures).toMatchObject([
      { code: 'STEP_TIMEOUT', count: 2, last_task_id: idOf(2), last_at },
      { code: 'NOTHING_READABLE', count: 1, last_task_id: idOf(1) },
    ]);
  });

  test('what was erased is not counted', async () => {
    const { store } = await fresh(open);
    for (const n of [1, 2]) await ended(store, n, { finish: { total_cost: n } });
    await store.workflows.erase(idOf(2), ERASURE);
    expect((await figures(store)).totals).toMatchObject({ total_workflows: 1, total_cost_usd: 1 });
  });
}
