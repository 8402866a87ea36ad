import { expect, test } from 'vitest';
import { fresh, type OpenStore } from './opened.ts';
import { idOf, latest, request, ROOM, running, submission, take } from './rows.ts';

export function submissionContract(open: OpenStore): void {
  test('a submission is pending, queued and complete, also for the next process', async () => {
    const at = await fresh(open);
    const given = submission(1, {
      title: 'A title',
      task: 'Wäre 日本 😀 "quoted"\n\0 ok?',
      orchestrator_type: 'swarm',
      resumed_from: idOf(7),
      trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' },
    });
    const { workflow, created } = await at.store.workflows.create(given, ROOM);
    expect(created).toBe(true);
    expect(workflow).toEqual({
      task_id: idOf(1),
      owner: 'local',
      orchestrator_type: 'swarm',
      task: given.task,
      title: 'A title',
      status: 'pending',
      phase: 'queued',
      created_at: new Date(at.clock.now()).toISOString(),
      started_at: null,
      completed_at: null,
      deadline_at: null,
      config: given.config,
      error: null,
      stop: null,
      lease: null,
      resumed: 0,
      resumed_from: idOf(7),
      trace: given.trace,
      version: 0,
    });
    const reopened = await at.reopen();
    expect(await reopened.workflows.get(idOf(1))).toEqual(workflow);
    expect(await reopened.workflows.listed(idOf(1))).toMatchObject({ owner: 'local' });
    expect(await reopened.workflows.listed(idOf(2))).toBeNull();
    expect(await reopened.events.list(idOf(1), { after: 0, limit: 10 })).toEqual([]);
  });

  test('an unknown workflow is null, and nothing hangs on it', async () => {
    const { store } = await fresh(open);
    expect(await store.workflows.get(idOf(9))).toBeNull();
    expect(await store.workflows.queuePosition(idOf(9))).toBeNull();
    expect(await store.workflows.stops([idOf(9)])).toEqual([]);
    expect(await store.workflows.claim(request())).toBeNull();
    expect(await store.results.get(idOf(9))).toBeNull();
    expect(await store.sources.get(idOf(9), 's1')).toBeNull();
    expect(await latest(store, idOf(9), 5)).toEqual([]);
    await expect(
      store.workflows.requestStop(idOf(9), { kind: 'cancel', reason: null, finalize: false }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('who submits may claim in the same moment, where nobody waits and there is a place', async () => {
    const { store } = await fresh(open);
    const claimant = { holder: 'a', lease_ms: 1000, expired_by: Infinity };
    const one = { ...ROOM, max_active: 1 };
    const { claimed, workflow } = await store.workflows.create(submission(1), one, claimant);
    expect(workflow).toMatchObject({ status: 'running', phase: 'planning', lease: { holder: 'a' } });
    expect(claimed).toMatchObject({ hold: { task_id: idOf(1), fence: 1 }, workflow, resumed: false });
    expect((await latest(store, idOf(1), 5)).map((event) => event.event_type)).toEqual(['workflow_start']);
    // No place; and once there is one, others waited before.
    expect(await store.workflows.create(submission(2), one, claimant)).toMatchObject({ claimed: null });
    const late = await store.workflows.create(submission(3), { ...ROOM, max_active: 9 }, claimant);
    expect(late).toMatchObject({ created: true, claimed: null, workflow: { status: 'pending' } });
    // The same key gives the workflow that is there, which is claimed by whom it was.
    const keyed = submission(4, { idempotency_key: 'k' });
    await store.workflows.create(keyed, ROOM);
    expect(await store.workflows.create(keyed, ROOM, claimant)).toMatchObject({ created: false, claimed: null });
  });

  test('the same key of the same owner gives the workflow recorded first', async () => {
    const { store } = await fresh(open);
    const first = submission(1, { idempotency_key: 'k', input_hash: 'same' });
    const { workflow } = await store.workflows.create(first, ROOM);
    const again = await store.workflows.create({ ...first, task_id: idOf(2) }, ROOM);
    expect(again).toEqual({ workflow, created: false, claimed: null });
    expect(await store.workflows.get(idOf(2))).toBeNull();
  });

  test('the same key for another input is a conflict and records nothing', async () => {
    const { store } = await fresh(open);
    await store.workflows.create(submission(1, { idempotency_key: 'k' }), ROOM);
    const other = submission(2, { idempotency_key: 'k' });
    await expect(store.workflows.create(other, ROOM)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await store.workflows.get(idOf(2))).toBeNull();
  });

  test('a key belongs to its owner, and no key is no key', async () => {
    const { store } = await fresh(open);
    await store.workflows.create(submission(1, { idempotency_key: 'k' }), ROOM);
    const foreign = submission(2, { idempotency_key: 'k', owner: 'another' });
    expect((await store.workflows.create(foreign, ROOM)).created).toBe(true);
    expect((await store.workflows.create(submission(3), ROOM)).created).toBe(true);
    expect((await store.workflows.create(submission(4), ROOM)).created).toBe(true);
  });

  test('two stores given the same key at once record one workflow between them', async () => {
    const at = await fresh(open);
    const second = await at.second();
    const both = await Promise.all(
      [at.store, second].map((store, n) =>
        store.workflows.create(submission(n + 1, { idempotency_key: 'k', input_hash: 'same' }), ROOM),
      ),
    );
    expect(both.filter(({ created }) => created).length).toBe(1);
    expect(both[0]?.workflow).toEqual(both[1]?.workflow);
  });

  test('a full queue refuses and records nothing', async () => {
    const { store } = await fresh(open);
    const tight = { max_active: 1, max_queued: 1 };
    await running(store, 1);
    await store.workflows.create(submission(2), tight);
    await expect(store.workflows.create(submission(3), tight)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(await store.workflows.get(idOf(3))).toBeNull();
  });

  test('those who wait for a free place do not fill the queue, and neither do those that are to stop', async () => {
    const { store } = await fresh(open);
    const tight = { max_active: 2, max_queued: 1 };
    // Nobody has claimed yet: two of the three have a place.
    for (const n of [1, 2, 3]) await store.workflows.create(submission(n), tight);
    await expect(store.workflows.create(submission(4), tight)).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      message: '1 workflow waits already for a place among the 2 that may run at a time',
    });
    await store.workflows.requestStop(idOf(2), { kind: 'cancel', reason: null, finalize: false });
    expect((await store.workflows.create(submission(4), tight)).created).toBe(true);
  });

  test('one that is to stop leaves the queue at once, and those behind it move up', async () => {
    const { store } = await fresh(open);
    for (const n of [1, 2, 3]) await store.workflows.create(submission(n), ROOM);
    await store.workflows.requestStop(idOf(2), { kind: 'cancel', reason: null, finalize: false });
    expect(await Promise.all([1, 2, 3].map((n) => store.workflows.queuePosition(idOf(n))))).toEqual([1, null, 2]);
  });

  test('without a queue there is still a place to run while one is free, and a repeated key is answered when full', async () => {
    const { store } = await fresh(open);
    const none = { max_active: 1, max_queued: 0 };
    const first = submission(1, { idempotency_key: 'k' });
    expect((await store.workflows.create(first, none)).created).toBe(true);
    await expect(store.workflows.create(submission(2), none)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect((await store.workflows.create(first, none)).created).toBe(false);
  });

  test('the queue is first come, first served, and tells each its place', async () => {
    const at = await fresh(open);
    for (const n of [3, 1, 2]) {
      await at.store.workflows.create(submission(n), ROOM);
      if (n === 3) at.clock.jump(5);
    }
    const places = async (): Promise<(number | null)[]> =>
      Promise.all([3, 1, 2].map((n) => at.store.workflows.queuePosition(idOf(n))));
    expect(await places()).toEqual([1, 2, 3]);
    expect((await take(at.store)).workflow.task_id).toBe(idOf(3));
    expect(await places()).toEqual([null, 1, 2]);
    expect((await take(at.store)).workflow.task_id).toBe(idOf(1));
    expect((await take(at.store)).workflow.task_id).toBe(idOf(2));
    expect(await places()).toEqual([null, null, null]);
  });

  test('stores see one another write, and only then', async () => {
    const at = await fresh(open);
    const second = await at.second();
    const before = second.changes();
    expect(second.changes()).toBe(before);
    await at.store.workflows.create(submission(1), ROOM);
    expect(second.changes()).not.toBe(before);
    const after = second.changes();
    await at.store.workflows.get(idOf(1));
    expect(second.changes()).toBe(after);
    // A probe is a write to whoever watches, though it changes nothing.
    await at.store.probe();
    expect(second.changes()).not.toBe(after);
  });
}
