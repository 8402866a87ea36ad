import { expect, test } from 'vitest';
import type { PerformanceFigures } from '../../src/core/analytics.ts';
import { Fault } from '../../src/core/errors.ts';
import { taskId } from '../../src/core/ids.ts';
import { type Percentiles, RELATIVE_ERROR } from '../../src/core/quantiles.ts';
import { isTerminal, type OrchestratorType, type Status } from '../../src/core/workflow.ts';
import type { RankPage, RecentPage } from '../../src/store/analytics.ts';
import type { Selection } from '../../src/store/store.ts';
import { Random } from '../support/random.ts';
import { SEED } from '../support/sizes.ts';
import { type Fresh, fresh, type OpenStore } from './opened.ts';
import { end, ERASURE, reportOf, ROOM, submission, take } from './rows.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WORKFLOWS = 120;
const OWNERS = ['ceres', 'tycho'] as const;

/** What the test knows of a workflow. */
interface Fact {
  readonly task_id: string;
  readonly owner: string;
  readonly created_at: string;
  readonly orchestrator_type: OrchestratorType;
  readonly model: string;
  readonly status: Status;
  readonly code: string;
  /** Null without a result. */
  readonly seconds: number | null;
  readonly cost: number | null;
}

function randomFact(random: Random, n: number, created_at: string): Fact {
  const status = random.pick(['completed', 'completed', 'failed', 'cancelled', 'pending'] as const);
  const result = isTerminal(status) && (status === 'completed' || random.chance(0.5));
  return {
    task_id: taskId(Uint8Array.from({ length: 16 }, (_, at) => (at === 14 ? n >> 8 : at === 15 ? n & 255 : 0))),
    owner: random.pick(OWNERS),
    created_at,
    orchestrator_type: random.pick(['beltalowda', 'swarm'] as const),
    model: random.pick(['extractive', 'vendor/large']),
    status,
    code: status === 'failed' ? random.pick(['ALL_AGENTS_FAILED', 'STEP_TIMEOUT']) : '',
    seconds: result ? Math.round(10 ** (random.next() * 4) * 1000) / 1000 : null,
    cost: result ? random.pick([0, 0.25, 1.5, Math.round(random.next() * 1e6) / 1e6]) : null,
  };
}

async function write({ store }: Fresh, fact: Fact): Promise<void> {
  const { task_id, owner, orchestrator_type, model, status, code } = fact;
  const { config } = submission(1);
  const change = { task_id, owner, orchestrator_type, config: { ...config, model }, input_hash: task_id };
  await store.workflows.create(submission(1, change), ROOM);
  if (status === 'pending' || status === 'running') return;
  const { hold } = await take(store, { task_id });
  const error =
    code === 'STEP_TIMEOUT' || code === 'ALL_AGENTS_FAILED' ? new Fault(code, 'it failed').toRecord() : null;
  const outcome = { status, error, execution_time: fact.seconds ?? 0, total_cost: fact.cost };
  await store.workflows.finish(hold, end({ ...outcome, result: fact.seconds === null ? null : reportOf('text') }));
}

/** Workflows over some months, at any time of the day and at the very beginning of some; a tenth is erased again. */
async function written(at: Fresh, random: Random, many = WORKFLOWS): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  for (let n = 0; n < many; n += 1) {
    const passed = random.below(3 * 24 * 60) * MINUTE_MS;
    const toMidnight = DAY_MS - (at.clock.now() % DAY_MS);
    at.clock.jump(random.chance(0.1) ? toMidnight : passed);
    const fact = randomFact(random, n, new Date(at.clock.now()).toISOString());
    await write(at, fact);
    facts.push(fact);
  }
  const gone = new Set(facts.filter(({ status }) => isTerminal(status) && random.chance(0.1)));
  for (const { task_id } of gone) await at.store.workflows.erase(task_id, ERASURE);
  return facts.filter((fact) => !gone.has(fact));
}

function selected(facts: readonly Fact[], { owner, since, until }: Selection): readonly Fact[] {
  return facts.filter(
    (fact) =>
      (owner === null || fact.owner === owner) &&
      (since === null || fact.created_at >= since) &&
      (until === null || fact.created_at < until),
  );
}

function sum(amounts: readonly (number | null)[]): number {
  return Math.round(amounts.reduce<number>((all, one) => all + (one ?? 0), 0) * 1e6) / 1e6;
}

/** Quantiles that are further from the exact ones than is said. */
function off(found: Percentiles | null, amounts: readonly number[]): readonly string[] {
  if (amounts.length === 0 || found === null) return amounts.length === 0 && found === null ? [] : ['nothing counted'];
  const sorted = amounts.toSorted((a, b) => a - b);
  const shares = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
  return (['p50', 'p90', 'p95', 'p99'] as const).flatMap((name) => {
    const exact = sorted[Math.ceil(shares[name] * sorted.length) - 1] ?? Number.NaN;
    return Math.abs(found[name] - exact) <= exact * RELATIVE_ERROR + 1e-6
      ? []
      : [`${name} ${found[name]}, not ${exact}`];
  });
}

function expectPerformance(found: PerformanceFigures, facts: readonly Fact[]): void {
  const seconds = facts.flatMap((fact) => (fact.seconds === null ? [] : [fact.seconds]));
  const costs = facts.flatMap((fact) => (fact.cost === null ? [] : [fact.cost]));
  expect(found.results).toBe(seconds.length);
  const average = seconds.length === 0 ? null : Math.round((sum(seconds) / seconds.length) * 1e6);
  expect(found.avg_execution_time === null ? null : Math.round(found.avg_execution_time * 1e6)).toBe(average);
  expect(off(found.execution_time, seconds)).toEqual([]);
  expect(off(found.cost_usd, costs)).toEqual([]);
}

const TOP: RankPage = { limit: 5, after: null };
const NEWEST: RecentPage = { limit: 5, before: null, ended_after: '' };

function newestFirst(a: Fact, b: Fact): number {
  return a.created_at === b.created_at ? (a.task_id < b.task_id ? 1 : -1) : a.created_at < b.created_at ? 1 : -1;
}

async function expectAll({ store }: Fresh, facts: readonly Fact[], selection: Selection): Promise<void> {
  const own = selected(facts, selection);
  const ended = own.filter(({ status }) => isTerminal(status));
  const completed = own.filter(({ status }) => status === 'completed');
  const [summary, workflows, costs, performance] = await Promise.all([
    store.analytics.summary(selection),
    store.analytics.workflows(selection, NEWEST),
    store.analytics.costs(selection, TOP),
    store.analytics.performance(selection, TOP),
  ]);
  const { since, until } = selection;
  expect(summary).toMatchObject({
    since,
    until,
    total_workflows: own.length,
    success_rate: ended.length === 0 ? null : completed.length / ended.length,
    total_cost: sum(own.map(({ cost }) => cost)),
  });
  expect(workflows).toMatchObject({
    active_workflows: own.length - ended.length,
    completed_workflows: completed.length,
    recent_24h: ended.length,
  });
  expect(workflows.recent.map(({ task_id }) => task_id)).toEqual(
    own
      .toSorted(newestFirst)
      .slice(0, 5)
      .map(({ task_id }) => task_id),
  );
  expect(Object.fromEntries(workflows.by_day.map(({ day, total_workflows }) => [day, total_workflows]))).toEqual(
    Object.fromEntries(
      [...Map.groupBy(own, (one) => one.created_at.slice(0, 10))].map(([day, of]) => [day, of.length]),
    ),
  );
  expect(Object.fromEntries(workflows.failures.map(({ code, count }) => [code, count]))).toEqual(
    Object.fromEntries(
      [
        ...Map.groupBy(
          own.filter(({ code }) => code !== ''),
          ({ code }) => code,
        ),
      ].map(([code, of]) => [code, of.length]),
    ),
  );
  expect(costs.workflow_count).toBe(own.filter(({ seconds }) => seconds !== null).length);
  const dearest = own.flatMap(({ cost }) => (cost === null || cost === 0 ? [] : [cost])).toSorted((a, b) => b - a);
  expect(costs.most_expensive.map(({ cost_usd }) => cost_usd)).toEqual(dearest.slice(0, 5));
  expect(sum(costs.by_day.map((one) => one.total_cost_usd))).toBe(costs.total_cost_usd);
  expectPerformance(performance, own);
  for (const one of performance.by_pattern) {
    expectPerformance(
      one,
      own.filter(({ orchestrator_type }) => orchestrator_type === one.orchestrator_type),
    );
  }
  for (const one of performance.by_model)
    expectPerformance(
      one,
      own.filter(({ model }) => model === one.model),
    );
  for (const one of performance.by_day) {
    expectPerformance(
      one,
      own.filter(({ created_at }) => created_at.startsWith(one.day)),
    );
  }
  const slowest = own.flatMap(({ seconds }) => (seconds === null ? [] : [seconds])).toSorted((a, b) => b - a);
  expect(performance.slowest.map(({ execution_time }) => execution_time)).toEqual(slowest.slice(0, 5));
}

function somewhere(random: Random, facts: readonly Fact[]): string {
  const { created_at } = random.pick(facts);
  return random.pick([
    created_at,
    `${created_at.slice(0, 10)}T00:00:00.000Z`,
    `${created_at.slice(0, 7)}-01T00:00:00.000Z`,
  ]);
}

export function figuresContract(open: OpenStore): void {
  test(`over any range, of one owner or of all, they are those of each workflow added up (SEED=${SEED})`, async () => {
    const at = await fresh(open);
    const random = new Random(SEED);
    const facts = await written(at, random);
    expect(facts.length).toBeGreaterThan(WORKFLOWS / 2);
    await expectAll(at, facts, { owner: null, since: null, until: null });
    for (let round = 0; round < 25; round += 1) {
      const [since = '', until = ''] = [somewhere(random, facts), somewhere(random, facts)].toSorted();
      const range = { since: random.chance(0.2) ? null : since, until: random.chance(0.2) ? null : until };
      await expectAll(at, facts, { owner: random.pick([...OWNERS, null, 'nobody']), ...range });
    }
  });

  test('with all owners each has figures of their own, and a workflow is named without its title', async () => {
    const at = await fresh(open);
    const facts = await written(at, new Random(1), 50);
    const all: Selection = { owner: null, since: null, until: null };
    const [summary, costs, performance] = await Promise.all([
      at.store.analytics.summary(all),
      at.store.analytics.costs(all, TOP),
      at.store.analytics.performance(all, TOP),
    ]);
    const counts = OWNERS.map((owner) => ({ owner, total_workflows: selected(facts, { ...all, owner }).length }));
    expect(summary.by_owner).toMatchObject(counts.toSorted((a, b) => b.total_workflows - a.total_workflows));
    for (const { owner, ...own } of performance.by_owner ?? []) {
      expectPerformance(own, selected(facts, { ...all, owner }));
    }
    for (const one of [...costs.most_expensive, ...performance.slowest]) {
      expect(one).toMatchObject({ title: null, owner: facts.find(({ task_id }) => task_id === one.task_id)?.owner });
    }
    expect(await at.store.analytics.summary({ ...all, owner: 'ceres' })).not.toHaveProperty('by_owner');
  });

  test.each([...OWNERS, null])(
    'pages of what names single workflows of %s go on where the one before ended',
    async (owner) => {
      const at = await fresh(open);
      const facts = await written(at, new Random(2), 50);
      const own: Selection = { owner, since: null, until: null };
      const seen: string[] = [];
      for (let after: RankPage['after'] = null; ;) {
        const { slowest } = await at.store.analytics.performance(own, { limit: 7, after });
        seen.push(...slowest.map(({ task_id }) => task_id));
        const last = slowest.at(-1);
        if (last === undefined) break;
        after = { amount: Math.round(last.execution_time * 1e6), task_id: last.task_id };
      }
      const timed = selected(facts, own).filter(({ seconds }) => seconds !== null);
      expect(seen.toSorted()).toEqual(timed.map(({ task_id }) => task_id).toSorted());
      const times = seen.map((id) => facts.find(({ task_id }) => task_id === id)?.seconds ?? 0);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      const newest: string[] = [];
      for (let before: RecentPage['before'] = null; ;) {
        const { recent } = await at.store.analytics.workflows(own, { limit: 7, before, ended_after: '' });
        newest.push(...recent.map(({ task_id }) => task_id));
        const last = recent.at(-1);
        if (last === undefined) break;
        before = last;
      }
      const all = selected(facts, own).toSorted((a, b) =>
        a.created_at + a.task_id < b.created_at + b.task_id ? 1 : -1,
      );
      expect(newest).toEqual(all.map(({ task_id }) => task_id));
    },
  );

  test('recent is what ended after the time that is given', async () => {
    const at = await fresh(open);
    const random = new Random(3);
    await write(at, { ...randomFact(random, 1, ''), owner: 'ceres', status: 'completed', seconds: 1, cost: 0 });
    const between = new Date(at.clock.now() + 1).toISOString();
    at.clock.jump(DAY_MS);
    for (const n of [2, 3])
      await write(at, { ...randomFact(random, n, ''), owner: OWNERS[n - 2] ?? '', status: 'cancelled' });
    const recent = async (owner: string | null) =>
      (await at.store.analytics.workflows({ owner, since: null, until: null }, { ...NEWEST, ended_after: between }))
        .recent_24h;
    expect([await recent('ceres'), await recent(null), await recent('nobody')]).toEqual([1, 2, 0]);
  });

  test('where nothing of a former release is left there is nothing to count', async () => {
    const { store } = await fresh(open);
    expect(await store.analytics.countMore()).toBe(false);
  });
}
