import { expect, test } from 'vitest';
import type { EventDraft } from '../../src/core/event.ts';
import type { Stop } from '../../src/core/workflow.ts';
import type { Hold, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { APPROVAL, end, idOf, intent, latest, LEASE_MS, request, ROOM, running, submission, take } from './rows.ts';

const STOP: Stop = { kind: 'cancel', reason: 'enough', finalize: false };
const ASKED: EventDraft = { event_type: 'plan_awaiting_approval', data: { subtasks: 2 } };
const MINUTES = 60_000;

async function paused(store: Store, n = 1): Promise<Hold> {
  const hold = await running(store, n);
  await store.workflows.wait(hold, { phase: 'awaiting_approval', events: [ASKED] });
  return hold;
}

async function told(store: Store, task_id: string): Promise<readonly string[]> {
  return (await store.events.list(task_id, { after: 0, limit: 99 })).map(({ event_type }) => event_type);
}

export function pauseContract(open: OpenStore): void {
  test('waiting tells why, gives the lease and the time limit back, and goes on running', async () => {
    const at = await fresh(open);
    const { task_id } = await paused(at.store);
    const workflow = await at.store.workflows.get(task_id);
    expect(workflow).toMatchObject({
      status: 'running',
      phase: 'awaiting_approval',
      deadline_at: null,
      resumed: 0,
      version: 2,
    });
    expect(await at.store.workflows.holders()).toEqual([]);
    expect(await latest(at.store, task_id)).toMatchObject([{ seq: 2, ...ASKED }]);
    expect(await (await at.reopen()).workflows.get(task_id)).toEqual(workflow);
  });

  test('nobody works on one that waits, however long, and it takes nobody’s place', async () => {
    const at = await fresh(open);
    const { task_id } = await paused(at.store);
    at.clock.jump(LEASE_MS * 100);
    expect(await at.store.workflows.claim(request())).toBeNull();
    expect(await at.store.workflows.claim(request({ task_id, dead: ['one'] }))).toBeNull();
    expect(await at.store.workflows.interrupted('local', 'hash-1', { dead: ['one'], expired_by: Infinity })).toBeNull();
    await at.store.workflows.create(submission(2), { max_active: 1, max_queued: 0 });
    expect((await take(at.store, { max_active: 1 })).workflow.task_id).toBe(idOf(2));
  });

  test('one that waits and is to stop is taken up to be written up: no interruption, a new time limit', async () => {
    const at = await fresh(open);
    const { task_id } = await paused(at.store);
    await at.store.workflows.requestStop(task_id, STOP);
    at.clock.jump(90 * MINUTES);
    const { workflow } = await take(at.store, { max_active: 0 });
    expect(workflow).toMatchObject({ task_id, stop: STOP, resumed: 0, version: 2 });
    expect(workflow.deadline_at).toBe(new Date(at.clock.now() + 60 * MINUTES).toISOString());
  });

  test('approval is a recorded step, and the workflow goes on: no interruption, a new time limit', async () => {
    const at = await fresh(open);
    const { task_id } = await paused(at.store);
    at.clock.jump(90 * MINUTES);
    const now = new Date(at.clock.now()).toISOString();
    const events = [{ event_type: 'decomposition_complete', data: { approved: true } }] as const;
    const approval = { ...APPROVAL, output: { subtasks: [1] }, events };
    const approved = await at.store.workflows.approve(task_id, approval);
    expect(approved).toMatchObject({ status: 'running', phase: 'researching', version: 3 });
    const store = await at.reopen();
    expect(await store.workflows.get(task_id)).toEqual(approved);
    expect(await store.steps.list(task_id)).toEqual([
      {
        step_id: 'approval',
        kind: 'approval',
        agent_id: null,
        status: 'succeeded',
        input: {},
        output: { subtasks: [1] },
        error: null,
        attempts: 1,
        failures: 0,
        available_at: null,
        started_at: now,
        completed_at: now,
        adopted_from: null,
      },
    ]);
    const claimed = await take(store, { holder: 'two' });
    expect(claimed).toMatchObject({ resumed: true, workflow: { task_id, resumed: 0, version: 3 } });
    expect(claimed.workflow.deadline_at).toBe(new Date(at.clock.now() + 60 * MINUTES).toISOString());
    expect(await told(store, task_id)).toEqual(['workflow_start', ASKED.event_type, 'decomposition_complete']);
  });

  test('what is interrupted after its approval counts as that', async () => {
    const at = await fresh(open);
    const { task_id } = await paused(at.store);
    await at.store.workflows.approve(task_id, APPROVAL);
    await take(at.store);
    at.clock.jump(LEASE_MS);
    expect((await take(at.store, { holder: 'two' })).workflow).toMatchObject({ resumed: 1 });
    expect((await told(at.store, task_id)).at(-1)).toBe('workflow_resumed');
  });

  const states: Record<string, (store: Store) => Promise<unknown>> = {
    'has not begun': (store) => store.workflows.create(submission(1), ROOM),
    'is worked on': (store) => running(store),
    'was approved': async (store) => {
      await store.workflows.approve((await paused(store)).task_id, APPROVAL);
    },
    'is to stop': async (store) => store.workflows.requestStop((await paused(store)).task_id, STOP),
    'has ended': async (store) => store.workflows.finish(await running(store), end()),
  };
  test.each(Object.keys(states))('one that %s does not wait, and approving changes nothing', async (state) => {
    const { store } = await fresh(open);
    await states[state]?.(store);
    const before = await store.workflows.get(idOf(1));
    const steps = await store.steps.list(idOf(1));
    const late = { ...APPROVAL, events: [ASKED] };
    await expect(store.workflows.approve(idOf(1), late)).rejects.toMatchObject({ code: 'NOT_AWAITING_APPROVAL' });
    expect(await store.workflows.get(idOf(1))).toEqual(before);
    expect(await store.steps.list(idOf(1))).toEqual(steps);
    await expect(store.workflows.approve(idOf(9), late)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('of two that approve at the same time one does, the other is told', async () => {
    const at = await fresh(open);
    const second = await at.second();
    const { task_id } = await paused(at.store);
    const both = await Promise.allSettled(
      [at.store, second].map((store, n) => store.workflows.approve(task_id, { ...APPROVAL, output: n })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const won = both.findIndex(({ status }) => status === 'fulfilled');
    expect(await second.steps.list(task_id)).toMatchObject([{ output: won }]);
  });

  test('who gave it back to wait cannot write any more once another goes on with it', async () => {
    const { store } = await fresh(open);
    const hold = await paused(store);
    await store.workflows.approve(hold.task_id, APPROVAL);
    await take(store, { holder: 'two' });
    await expect(store.steps.begin(hold, intent('late'))).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });
}
