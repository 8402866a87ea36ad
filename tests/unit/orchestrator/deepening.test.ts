import { expect, test } from 'vitest';
import type { ResumeRequest } from '../../../src/core/views.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, type OrchestraOptions } from '../../support/orchestra.ts';

const PRICE = { input: 1, cached: 1, cache_write: 1, output: 1, reasoning: null, as_of: '2026-01-01' };
const SETTINGS = { model: 'v/m', prices: { 'v/m': PRICE } };

/** Workflows that each go on from the one before, in processes whose agents do as told. */
async function line(deeds: readonly NonNullable<OrchestraOptions['deeds']>[], request: ResumeRequest = {}) {
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings: SETTINGS };
  const ids: string[] = [];
  const calls: (readonly string[])[] = [];
  let last: Orchestra | null = null;
  for (const each of deeds) {
    await last?.orchestrator.close();
    last = await orchestra({ ...shared, deeds: each });
    ids.push(ids.length === 0 ? await finished(last) : await goOn(last, ids.at(-1) ?? '', request));
    calls.push([...last.calls]);
  }
  if (last === null) throw new Error('no workflow was asked for');
  return { ids, calls, last };
}

async function goOn(on: Orchestra, task_id: string, request: ResumeRequest): Promise<string> {
  const { task_id: again = '' } = await on.orchestrator.resume(task_id, ME, request);
  await on.clock.advance(20_000);
  await eventually(async () => (await on.orchestrator.status(again, ME)).progress === 1, `${again} ends`);
  return again;
}

test('an agent that was cut short goes on in the next workflow; those that were done are taken over', async () => {
  const { calls, ids, last } = await line([
    ['find', 'cut', 'find'],
    ['find', 'find', 'find'],
  ]);
  expect(calls[1]).toEqual(['research belter-2', 'compose']);
  const { agents } = await last.orchestrator.status(ids[1] ?? '', ME);
  expect(agents.map(({ activity }) => activity)).toEqual([
    `taken over from ${ids[0]}`,
    'done',
    `taken over from ${ids[0]}`,
    'done',
  ]);
  expect(await last.orchestrator.audit(ids[1] ?? '', ME)).toMatchObject({ sound: true });
  expect(await last.orchestrator.replay(ids[1] ?? '', ME)).toMatchObject({ same: true });
});

test('a report that fell short is written anew from findings that are taken over, and one that is whole is not', async () => {
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings: SETTINGS };
  const short = { missing: [{ what: 'the text', why: 'no budget' }], cut: ['no budget'] };
  const first = await orchestra({ ...shared, deeds: ['find', 'find'], written: () => short });
  const task_id = await finished(first);
  expect((await first.orchestrator.result(task_id, ME)).completeness).toBe('partial');
  await first.orchestrator.close();
  const on = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const again = await goOn(on, task_id, { budget: { max_cost_usd: 5 } });
  expect(on.calls).toEqual(['compose']);
  expect((await on.orchestrator.result(again, ME)).completeness).toBe('full');
  await goOn(on, again, { budget: { max_cost_usd: 6 } });
  expect(on.calls).toEqual(['compose']);
});

test.each([
  ['is made anew, and agents with the same objectives are taken over', { deed: 'nothing', calls: ['plan'] }],
  ['stays once a person approved it', { deed: 'nothing', require_approval: true, calls: [] }],
  ['stays where agents found something: they found it for this plan', { deed: 'find', calls: [] }],
] as const)('a plan that fell short %s', async (_, { deed, calls, ...asked }) => {
  const require_approval = 'require_approval' in asked;
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings: SETTINGS };
  const first = await orchestra({ ...shared, deeds: [deed, deed], plan_cut: 'no budget' });
  const { task_id = '' } = await first.orchestrator.start({ task: 'How?', require_approval }, ME);
  await first.clock.advance(1_000);
  if (require_approval) await first.orchestrator.resume(task_id, ME, { approve: true });
  await first.clock.advance(20_000);
  await eventually(async () => (await first.orchestrator.status(task_id, ME)).progress === 1, 'it ends');
  await first.orchestrator.close();
  const on = await orchestra({ ...shared, deeds: [deed, deed] });
  const next = await goOn(on, task_id, { budget: { max_cost_usd: 5 } });
  expect(on.calls).toEqual(calls);
  await goOn(on, next, { budget: { max_cost_usd: 6 } });
  expect(on.calls).toEqual(calls);
});

test('once it was done it is taken over by whatever goes on from there; cut again it goes on again', async () => {
  const done = await line([
    ['find', 'cut'],
    ['find', 'find'],
    ['find', 'find'],
  ]);
  expect(done.calls[2]).toEqual([]);
  const again = await line([
    ['find', 'cut'],
    ['find', 'cut'],
    ['find', 'find'],
  ]);
  expect(again.calls.slice(1)).toEqual([
    ['research belter-2', 'compose'],
    ['research belter-2', 'compose'],
  ]);
});

test('a larger budget goes to the new workflow; what is not said stays as it was', async () => {
  const { ids, last } = await line([['cut'], ['find']], { budget: { max_cost_usd: 2, max_minutes: 90 } });
  const { config } = (await last.store.workflows.get(ids[1] ?? '')) ?? {};
  expect(config).toMatchObject({ budget: { max_microusd: 2_000_000, max_tokens: null }, timeout_minutes: 90 });
  expect(await last.orchestrator.status(ids[1] ?? '', ME)).toMatchObject({
    budget: { max_cost_usd: 2, max_minutes: 90 },
  });
  const third = await goOn(last, ids[1] ?? '', { budget: { max_tokens: 5000 } });
  expect((await last.store.workflows.get(third))?.config.budget).toEqual({ max_microusd: 2_000_000, max_tokens: 5000 });
  expect(await last.orchestrator.resume(third, ME, { budget: {} })).toMatchObject({ resumed_from: third });
});

test('the budget of an open workflow is not changed, and one that cannot be kept makes no workflow', async () => {
  const on = await orchestra({ deeds: ['hang'], settings: { model: 'local/free', prices: { 'local/free': null } } });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await expect(on.orchestrator.resume(task_id, ME, { budget: { max_tokens: 5000 } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
  await on.orchestrator.cancel(task_id, ME);
  await expect(on.orchestrator.resume(task_id, ME, { budget: { max_cost_usd: 1 } })).rejects.toMatchObject({
    code: 'BUDGET_UNPRICED',
  });
  expect(await on.store.workflows.ids(ME.owner, 'wf_', 9)).toEqual([task_id]);
});

test('a fallback that answered is named also by the workflow that takes its work over', async () => {
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings: SETTINGS };
  const first = await orchestra({ ...shared, deeds: ['find', 'cut'], stands_in: 'w/other' });
  const task_id = await finished(first);
  await first.orchestrator.close();
  const next = await orchestra({ ...shared, deeds: ['find', 'find'] });
  const again = await goOn(next, task_id, {});
  const [row, view] = [await next.store.results.get(again), await next.orchestrator.result(again, ME, {})];
  expect(row?.result).toMatchObject({ metadata: { fallbacks_used: ['w/other'] } });
  expect([view.model, view.model_note]).toEqual(['v/m, w/other', expect.stringContaining('w/other answered')]);
  expect(await next.orchestrator.replay(again, ME)).toMatchObject({ same: true });
});

test('another model does what is still to be done, and what the former one finished stays its own', async () => {
  const prices = { 'v/m': PRICE, 'w/n': PRICE };
  const shared = { file: await databaseFile(), clock: new FakeClock(), settings: { model: 'v/m', prices } };
  const first = await orchestra({ ...shared, deeds: ['find', 'fail', 'cut'] });
  const task_id = await finished(first);
  await first.orchestrator.close();
  const next = await orchestra({ ...shared, deeds: ['find', 'find', 'find'] });
  const again = await goOn(next, task_id, { model: 'w/n' });
  expect([...next.calls].sort()).toEqual(['compose', 'research belter-2', 'research belter-3']);
  const models = async (id: string) =>
    Object.fromEntries((await next.store.steps.list(id)).map(({ step_id, input }) => [step_id, input]));
  expect(await models(again)).toMatchObject({
    plan: { model: 'v/m' },
    'agent:belter-1': { model: 'v/m' },
    'agent:belter-2': { model: 'w/n' },
    'agent:belter-3': { model: 'w/n' },
    'synthesis:camina': { model: 'w/n' },
  });
  expect((await next.orchestrator.result(again, ME, {})).model).toBe('w/n');
  expect(await next.orchestrator.audit(again, ME)).toMatchObject({ sound: true });
  expect(await next.orchestrator.replay(again, ME)).toMatchObject({ same: true });

  const whole = await goOn(next, again, { model: 'v/m' });
  expect(next.calls).toHaveLength(3);
  expect(await next.orchestrator.result(whole, ME, {})).toMatchObject({ status: 'completed', model: 'w/n' });
});

test('a model is changed where it is known and the workflow has ended', async () => {
  const on = await orchestra({ settings: SETTINGS });
  const task_id = await finished(on);
  await expect(on.orchestrator.resume(task_id, ME, { model: 'nobody' })).rejects.toMatchObject({
    code: 'MODEL_UNKNOWN',
  });
  const open = await orchestra({ settings: SETTINGS, deeds: ['hang'] });
  const { task_id: waits = '' } = await open.orchestrator.start({ task: 'How?' }, ME);
  await expect(open.orchestrator.resume(waits, ME, { model: 'v/m' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});
