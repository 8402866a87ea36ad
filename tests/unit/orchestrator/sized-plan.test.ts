/** Plans that a small budget keeps small: what they leave out is told, and comes back with a larger one. */

import { expect, test } from 'vitest';
import type { ResumeRequest, StartRequest } from '../../../src/core/views.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra } from '../../support/orchestra.ts';

const A_MILLION = { input: 1e6, cached: 1e6, cache_write: 1e6, output: 1e6, reasoning: null, as_of: '2026-01-01' };
const DEEDS = ['find', 'find', 'find', 'find'] as const;
/** Of a model of a dollar a million: two agents' first turns and notes. */
const SMALL: StartRequest = { task: 'How?', budget: { max_cost_usd: 0.09 } };
const LEFT_OUT = { what: 'more than 2 agents', why: expect.stringContaining("agents' part of the budget") };

interface Line {
  readonly on: Orchestra;
  readonly first: string;
}

async function small(change: Partial<StartRequest> = {}): Promise<Line> {
  const settings = { model: 'v/m', prices: { 'v/m': A_MILLION } };
  const on = await orchestra({ file: await databaseFile(), clock: new FakeClock(), deeds: DEEDS, settings });
  return { on, first: await finished(on, { ...SMALL, ...change }) };
}

/** What the model was asked for by the workflow that goes on. */
async function goOn({ on, first }: Line, request: ResumeRequest) {
  const before = on.calls.length;
  const { task_id = '' } = await on.orchestrator.resume(first, ME, request);
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).progress === 1, `${task_id} ends`);
  return { task_id, calls: on.calls.slice(before).toSorted() };
}

async function agentsOf({ on }: Pick<Line, 'on'>, task_id: string): Promise<number> {
  const { agents } = await on.orchestrator.status(task_id, ME);
  return agents.filter(({ role }) => role === 'belter').length;
}

test('what it has no room for is missing, and a larger one adds it without asking anyone twice', async () => {
  const line = await small();
  expect(await agentsOf(line, line.first)).toBe(2);
  const { completeness, missing } = await line.on.orchestrator.result(line.first, ME);
  expect([completeness, missing]).toEqual(['partial', [LEFT_OUT]]);
  const more = await goOn(line, { budget: { max_cost_usd: 5 } });
  expect(more.calls).toEqual([
    'compose',
    'merge drummer-1',
    'merge drummer-2',
    'plan',
    'research belter-3',
    'research belter-4',
  ]);
  expect(await line.on.orchestrator.result(more.task_id, ME)).toMatchObject({ completeness: 'full', missing: [] });
  for (const task_id of [line.first, more.task_id]) {
    expect(await line.on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
    expect(await line.on.orchestrator.audit(task_id, ME)).toMatchObject({ sound: true });
  }
});

test('one that has room for as many and no more leaves the plan as it is', async () => {
  const line = await small();
  const again = await goOn(line, { budget: { max_cost_usd: 0.095 } });
  expect(again.calls).toEqual([]);
  expect((await line.on.orchestrator.result(again.task_id, ME)).missing).toEqual([LEFT_OUT]);
});

test('who names a number of agents has them', async () => {
  const line = await small({ agents: 3 });
  expect(await agentsOf(line, line.first)).toBe(3);
  expect(await line.on.orchestrator.result(line.first, ME)).toMatchObject({ completeness: 'full', missing: [] });
  const few = await small();
  const more = await goOn(few, { agents: 4 });
  expect(await agentsOf(few, more.task_id)).toBe(4);
  expect((await few.on.orchestrator.result(more.task_id, ME)).missing).toEqual([]);
});

test('the estimate says it before anything is spent', async () => {
  const { on } = await small();
  const { estimate } = await on.orchestrator.start({ ...SMALL, dry_run: true }, ME);
  expect(estimate).toMatchObject({ agents: 3, note: expect.stringContaining('2 agents at most instead of 8') });
});

const EDITED = ['one', 'two', 'three'].map((objective) => ({ objective }));

test.each([
  ['as it was shown', { approve: true }, [2, [LEFT_OUT]]],
  ['with agents added', { plan: EDITED }, [3, []]],
] as const)('a plan that a person approved %s stays with a larger budget', async (_, answer, [agents, missing]) => {
  const settings = { model: 'v/m', prices: { 'v/m': A_MILLION } };
  const on = await orchestra({ file: await databaseFile(), clock: new FakeClock(), deeds: DEEDS, settings });
  const { task_id: first = '' } = await on.orchestrator.start({ ...SMALL, require_approval: true }, ME);
  await on.clock.advance(1_000);
  await eventually(async () => (await on.orchestrator.status(first, ME)).phase === 'awaiting_approval', 'it waits');
  const { events } = await on.orchestrator.events(first, ME);
  const shown = events.find(({ event_type }) => event_type === 'plan_awaiting_approval');
  expect(shown?.data['missing']).toEqual([LEFT_OUT]);
  await on.orchestrator.resume(first, ME, answer);
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(first, ME)).progress === 1, 'it ends');
  expect([await agentsOf({ on }, first), (await on.orchestrator.result(first, ME)).missing]).toEqual([agents, missing]);
  const next = await goOn({ on, first }, { budget: { max_cost_usd: 5 } });
  expect(next.calls).toEqual([]);
  expect(await agentsOf({ on }, next.task_id)).toBe(agents);
});

test('a plan of which nothing was found is made anew, of as many agents as there is a budget for by then', async () => {
  const settings = { model: 'v/m', prices: { 'v/m': A_MILLION } };
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings };
  const first = await orchestra({ ...shared, deeds: ['nothing', 'nothing', 'nothing'], plan_cut: 'no budget' });
  const task_id = await finished(first, SMALL);
  await first.orchestrator.close();
  const on = await orchestra({ ...shared, deeds: ['find', 'find', 'find'] });
  const next = await goOn({ on, first: task_id }, { budget: { max_cost_usd: 5 } });
  expect(next.calls).toContain('plan');
  expect(await agentsOf({ on }, next.task_id)).toBe(3);
  const { config } = (await on.store.workflows.get(next.task_id)) ?? {};
  expect(config).toMatchObject({ earlier: [], plan: null });
});
