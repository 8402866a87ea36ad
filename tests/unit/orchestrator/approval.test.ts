import { expect, test } from 'vitest';
import type { ResumeRequest } from '../../../src/core/views.ts';
import { databaseFile, eventually } from '../../support/engine-node.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { finished, ME, type Orchestra, orchestra, report } from '../../support/orchestra.ts';

const ASK = { task: 'How?', require_approval: true } as const;

/** A workflow whose plan is there and waits. */
async function waiting(on: Orchestra): Promise<string> {
  const { task_id = '' } = await on.orchestrator.start(ASK, ME);
  await eventually(async () => (await on.orchestrator.status(task_id, ME)).phase === 'awaiting_approval', 'it waits');
  return task_id;
}

async function told(on: Orchestra, task_id: string): Promise<readonly string[]> {
  return (await on.orchestrator.events(task_id, ME)).events.map(({ event_type }) => event_type);
}

test('a plan that is to be approved waits, shows itself and buys nothing', async () => {
  const on = await orchestra({ deeds: ['find', 'find'] });
  const task_id = await waiting(on);
  on.clock.jump(3_600_000);
  await on.clock.advance(1000);
  const view = await on.orchestrator.status(task_id, ME);
  expect(view).toMatchObject({ status: 'running', phase: 'awaiting_approval', poll_after_seconds: 60, resumed: 0 });
  expect(view.plan).toEqual([
    { agent_id: 'belter-1', objective: 'objective 1', queries: [] },
    { agent_id: 'belter-2', objective: 'objective 2', queries: [] },
  ]);
  expect(on.calls).toEqual(['plan']);
  expect((await told(on, task_id)).at(-1)).toBe('plan_awaiting_approval');
});

test('who waits for its end is not kept waiting for a person', async () => {
  const on = await orchestra();
  const task_id = await waiting(on);
  expect((await on.orchestrator.status(task_id, ME, { wait_ms: 50_000 })).phase).toBe('awaiting_approval');
});

test('who waits for a change hears of the approval, and nothing before', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const task_id = await waiting(on);
  const { version } = await on.orchestrator.status(task_id, ME);
  let heard = false;
  const change = on.orchestrator.status(task_id, ME, { wait_ms: 50_000, since_version: version }).then((view) => {
    heard = true;
    return view;
  });
  await on.clock.advance(20_000);
  expect(heard).toBe(false);
  await on.orchestrator.resume(task_id, ME, { approve: true });
  expect((await change).version).toBeGreaterThan(version);
});

test('approved, it runs to the same report as without the pause, in the time it was given', async () => {
  const plain = await orchestra({ deeds: ['find', 'find'] });
  const expected = await report(plain, await finished(plain));
  const on = await orchestra({ deeds: ['find', 'find'], timeout_minutes: 60 });
  const task_id = await waiting(on);
  on.clock.jump(48 * 3_600_000);
  const resumed = await on.orchestrator.resume(task_id, ME, { approve: true });
  expect(resumed).toMatchObject({ task_id, phase: 'researching' });
  expect(resumed).not.toHaveProperty('resumed_from');
  await on.clock.advance(0);
  expect((await report(on, task_id)).text).toBe(expected.text);
  const events = await told(on, task_id);
  expect(events.filter((type) => type === 'workflow_resumed')).toHaveLength(1);
  expect((await on.orchestrator.status(task_id, ME)).resumed).toBe(0);
  expect((await on.orchestrator.status(task_id, ME)).plan).toBeUndefined();
});

test('an edited plan is what runs', async () => {
  const on = await orchestra({ deeds: ['find', 'find'] });
  const task_id = await waiting(on);
  const plan = [{ agent_id: 'belter-2', objective: 'objective 2' }, { objective: 'something new' }];
  await on.orchestrator.resume(task_id, ME, { plan });
  await on.clock.advance(0);
  const view = await report(on, task_id);
  expect(view.completeness).toBe('full');
  expect(view.sections.map(({ heading }) => heading)).toEqual(expect.arrayContaining(['objective 2', 'something new']));
  expect(on.calls).toEqual(['plan', 'research belter-2', 'research belter-3', 'compose']);
  expect(await on.orchestrator.replay(task_id, ME)).toMatchObject({ same: true });
});

test('another process approves, a third one goes on', async () => {
  const file = await databaseFile();
  const clock = new FakeClock();
  const first = await orchestra({ file, clock, deeds: ['find'] });
  const task_id = await waiting(first);
  await first.orchestrator.close();
  const second = await orchestra({ file, clock, deeds: ['find'] });
  await clock.advance(30_000);
  expect((await second.orchestrator.status(task_id, ME)).phase).toBe('awaiting_approval');
  await second.orchestrator.resume(task_id, ME, { approve: true });
  await clock.advance(1000);
  expect((await second.orchestrator.status(task_id, ME)).status).toBe('completed');
});

test('a workflow that waits takes no place from others', async () => {
  const on = await orchestra({ max_active: 1 });
  await waiting(on);
  expect((await on.orchestrator.status(await finished(on), ME)).status).toBe('completed');
});

test('cancelled while it waits, it lands as a partial report that says so', async () => {
  const on = await orchestra();
  const task_id = await waiting(on);
  expect(await on.orchestrator.cancel(task_id, ME)).toMatchObject({ status: 'cancelled' });
  expect(await report(on, task_id)).toMatchObject({ completeness: 'partial', citations: { total: 0 } });
  expect(on.calls).toEqual(['plan']);
});

test('a plan that nobody approved is not started by going on from a cancelled workflow', async () => {
  const on = await orchestra({ deeds: ['find'] });
  const task_id = await waiting(on);
  await on.orchestrator.cancel(task_id, ME);
  const { task_id: again = '' } = await on.orchestrator.resume(task_id, ME);
  await eventually(async () => (await on.orchestrator.status(again, ME)).phase === 'awaiting_approval', 'it waits');
  expect(on.calls).toEqual(['plan']);
  await on.orchestrator.cancel(again, ME);
  const approved = await on.orchestrator.resume(again, ME, { approve: true });
  await on.clock.advance(0);
  expect((await report(on, approved.task_id ?? '')).completeness).toBe('full');
  expect(on.calls).toEqual(['plan', 'research belter-1', 'compose']);
});

test('each plan is shown to who asked to see plans: another one anew, the same one not again', async () => {
  const on = await orchestra({ deeds: ['find', 'fail', 'find'] });
  const { task_id = '' } = await on.orchestrator.start({ ...ASK, agents: 2 }, ME);
  const waits = async (id: string): Promise<void> =>
    eventually(async () => (await on.orchestrator.status(id, ME)).plan !== undefined, `${id} waits`);
  await waits(task_id);
  await on.orchestrator.resume(task_id, ME, { approve: true });
  await on.clock.advance(20_000);
  const same = await on.orchestrator.resume(task_id, ME);
  await on.clock.advance(20_000);
  expect((await on.orchestrator.status(same.task_id ?? '', ME)).status).toBe('completed');
  const deeper = await on.orchestrator.resume(same.task_id ?? '', ME, { agents: 3 });
  await waits(deeper.task_id ?? '');
  const anew = { sources: [on.folder] };
  const other = await on.orchestrator.resume(task_id, ME, anew);
  await waits(other.task_id ?? '');
  for (const request of [{ agents: 3, approve: true }, { ...anew, approve: true }, { approve: true }]) {
    await expect(on.orchestrator.resume(task_id, ME, request)).rejects.toMatchObject({ code: 'NOT_AWAITING_APPROVAL' });
  }
});

test('a plan that was never made is not approved beforehand', async () => {
  const on = await orchestra({ files: {} });
  const { task_id = '' } = await on.orchestrator.start(ASK, ME);
  await on.clock.advance(20_000);
  const approving = on.orchestrator.resume(task_id, ME, { approve: true });
  await expect(approving).rejects.toMatchObject({ code: 'NOT_AWAITING_APPROVAL' });
});

test('an approval that cannot be is refused, and the workflow waits on', async () => {
  const on = await orchestra();
  const task_id = await waiting(on);
  const refused = async (request: ResumeRequest, code: string): Promise<void> => {
    await expect(on.orchestrator.resume(task_id, ME, request)).rejects.toMatchObject({ code });
  };
  const before = await on.orchestrator.events(task_id, ME);
  await refused({ plan: [] }, 'PLAN_INVALID');
  await refused({ plan: [{ objective: 'x', domain: 'news' }] }, 'PLAN_INVALID');
  await refused({ plan: [{ objective: 'x', sources: ['s99'] }] }, 'PLAN_INVALID');
  await refused({ approve: true, agents: 3 }, 'INVALID_INPUT');
  await refused({ sources: ['/tmp'] }, 'INVALID_INPUT');
  expect(await on.orchestrator.events(task_id, ME)).toEqual(before);
  await on.orchestrator.resume(task_id, ME, { approve: true });
  await on.clock.advance(0);
  await refused({ approve: true }, 'NOT_AWAITING_APPROVAL');
});

test('a workflow that runs or has ended awaits no approval', async () => {
  const on = await orchestra({ deeds: ['hang'] });
  const { task_id = '' } = await on.orchestrator.start({ task: 'How?' }, ME);
  await on.clock.settle();
  const approving = (): Promise<unknown> => on.orchestrator.resume(task_id, ME, { approve: true });
  await expect(approving()).rejects.toMatchObject({ code: 'NOT_AWAITING_APPROVAL' });
  await on.orchestrator.cancel(task_id, ME);
  await expect(approving()).rejects.toMatchObject({ code: 'NOT_AWAITING_APPROVAL' });
});
