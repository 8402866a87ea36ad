import { expect, test } from 'vitest';
import type { Figures, PagedFiguresRequest } from '../../../src/core/analytics.ts';
import { Fault } from '../../../src/core/errors.ts';
import type { Caller } from '../../../src/core/views.ts';
import { Counting } from '../../../src/orchestrator/analytics.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, OTHER } from '../../support/orchestra.ts';

/** Three workflows of mine and one of another. */
async function several(): Promise<Orchestra> {
  const on = await orchestra({ deeds: ['find'] });
  for (const task of ['one', 'two', 'three']) {
    await finished(on, { task });
    await on.clock.advance(1000);
  }
  await on.orchestrator.start({ task: 'four' }, OTHER);
  await on.clock.settle();
  return on;
}

test('each part has the fields of the contract, over one’s own workflows', async () => {
  const on = await several();
  const { figures } = on.orchestrator;
  expect(await figures.summary(ME)).toMatchObject({ total_workflows: 3, success_rate: 1, total_cost: 0 });
  expect((await figures.summary(ME)).avg_execution_time).toBeTypeOf('number');
  const workflows = await figures.workflows(ME);
  expect(workflows).toMatchObject({ active_workflows: 0, completed_workflows: 3, recent_24h: 3 });
  const { workflows: listed } = await on.orchestrator.list(ME);
  expect(workflows.recent_task_ids).toEqual(listed.map(({ task_id }) => task_id));
  expect(await figures.costs(ME)).toMatchObject({
    total_cost_usd: 0,
    average_cost_usd: 0,
    workflow_count: 3,
    most_expensive: [],
  });
  const performance = await figures.performance(ME);
  expect(performance).toMatchObject({ results: 3, relative_error: 0.025 });
  expect(performance.by_pattern.map(({ orchestrator_type }) => orchestrator_type)).toEqual(['beltalowda']);
  expect(performance.by_model[0]?.execution_time).toMatchObject({ p50: expect.any(Number), p99: expect.any(Number) });
});

test('everybody’s are told where they are asked for, by owner', async () => {
  const on = await several();
  const { figures } = on.orchestrator;
  const summary = await figures.summary(ME, { all_owners: true });
  expect(summary.total_workflows).toBe(4);
  expect(summary.by_owner?.map(({ owner, total_workflows }) => [owner, total_workflows])).toEqual([
    [ME.owner, 3],
    [OTHER.owner, 1],
  ]);
  const views = [await figures.workflows(ME), await figures.costs(ME), await figures.performance(ME)];
  for (const view of [...views, await figures.summary(ME, { all_owners: false })]) {
    expect(view).not.toHaveProperty('by_owner');
  }
});

test('what ended more than a day ago is not recent', async () => {
  const on = await several();
  on.clock.jump(86_400_000);
  expect((await on.orchestrator.figures.workflows(ME)).recent_24h).toBe(0);
});

type Listed = 'workflows' | 'performance';

async function page(figures: Figures<Caller>, part: Listed, request: PagedFiguresRequest) {
  if (part === 'workflows') {
    const { recent_task_ids, next_cursor } = await figures.workflows(ME, request);
    return { ids: recent_task_ids, next_cursor };
  }
  const { slowest, next_cursor } = await figures.performance(ME, request);
  return { ids: slowest.map(({ task_id }) => task_id), next_cursor };
}

test.each(['workflows', 'performance'] as const)('%s come in pages that follow one another', async (part) => {
  const { figures } = (await several()).orchestrator;
  const all = await page(figures, part, {});
  expect(all).toMatchObject({ ids: { length: 3 }, next_cursor: undefined });
  const first = await page(figures, part, { limit: 2 });
  const second = await page(figures, part, { limit: 2, cursor: first.next_cursor });
  expect([...first.ids, ...second.ids]).toEqual(all.ids);
  expect(second.next_cursor).toBeUndefined();
});

test('a cursor is refused by another part, another range, other owners, and where it is none', async () => {
  const { figures } = (await several()).orchestrator;
  const { next_cursor: cursor } = await figures.performance(ME, { limit: 1 });
  const { next_cursor: dated } = await figures.workflows(ME, { limit: 1 });
  const refused = [
    figures.costs(ME, { cursor }),
    figures.performance(ME, { cursor, since: '2026-01-01' }),
    figures.performance(ME, { cursor, all_owners: true }),
    figures.performance(OTHER, { cursor }),
    figures.performance(ME, { cursor: dated }),
    figures.workflows(ME, { cursor }),
    figures.workflows(ME, { cursor: 'x' }),
    figures.workflows(ME, { limit: 0 }),
    figures.workflows(ME, { limit: 101 }),
    figures.summary(ME, { since: '2026-02-30' }),
    figures.summary(ME, { since: '9999-12-31T12:00:00Z' }),
  ];
  const outcomes = await Promise.allSettled(refused);
  expect(
    outcomes.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : one.value)),
  ).toEqual(refused.map(() => 'INVALID_INPUT'));
});

/** A store that has so many batches to count, or fails. */
function counting(batches: number, failure: Error | null = null) {
  const clock = new FakeClock();
  const said: unknown[] = [];
  let counted = 0;
  const { analytics } = {
    analytics: { countMore: async () => (failure === null ? (counted += 1) < batches : Promise.reject(failure)) },
  };
  return { clock, said, counted: () => counted, analytics };
}

test('what a former release left uncounted is counted beside the work, once, and stops with the process', async () => {
  const on = await orchestra();
  const { clock, said, counted, analytics } = counting(4);
  const store = { analytics: { ...on.store.analytics, ...analytics } };
  const one = new Counting({ store, clock, log: (message) => void said.push(message) });
  one.begin();
  one.begin();
  await clock.settle();
  expect(counted()).toBe(1);
  await clock.advance(10);
  await clock.settle();
  expect(counted()).toBe(2);
  await one.close();
  expect([counted(), said]).toEqual([2, []]);
});

test('counting that fails is told once and tried again, after a pause that grows to a minute', async () => {
  const on = await orchestra();
  const clock = new FakeClock();
  const said: unknown[] = [];
  const tried: number[] = [];
  const begun = clock.now();
  const countMore = async (): Promise<boolean> => {
    tried.push(clock.now() - begun);
    if (tried.length < 9) throw new Fault('STORE_FULL', 'the disk is full');
    return false;
  };
  const store = { analytics: { ...on.store.analytics, countMore } };
  const one = new Counting({ store, clock, log: (message, thrown) => void said.push([message, thrown]) });
  one.begin();
  await clock.advance(600_000);
  expect(tried).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183].map((s) => s * 1000));
  expect(said).toEqual([[expect.stringContaining('could not be counted'), expect.any(Fault)]]);
  await one.close();
});

test('counting ends with the process while it waits, and at a fault that cannot pass', async () => {
  const on = await orchestra();
  const faults = [new Error('the disk is full'), new Fault('STORE_CORRUPT', 'the file is damaged')];
  const waiting: number[] = [];
  for (const fault of faults) {
    const { clock, said, analytics } = counting(1, fault);
    const store = { analytics: { ...on.store.analytics, ...analytics } };
    const one = new Counting({ store, clock, log: (message, thrown) => void said.push([message, thrown]) });
    one.begin();
    await clock.settle();
    waiting.push(clock.waiting);
    await one.close();
    expect(said).toEqual([[expect.stringContaining('could not be counted'), fault]]);
    expect(clock.waiting).toBe(0);
  }
  expect(waiting).toEqual([1, 0]);
});
