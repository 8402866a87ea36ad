import { describe, expect, test } from 'vitest';
import type { Stop } from '../../src/core/workflow.ts';
import { fresh, type OpenStore, staleHold } from './opened.ts';
import { beat, idOf, LEASE_MS, request, ROOM, running, submission, take } from './rows.ts';

const STOP: Stop = { kind: 'cancel', reason: 'enough', finalize: false };

function later(time: string | null | undefined, ms: number): string {
  return new Date(Date.parse(time ?? '') + ms).toISOString();
}

export function leaseContract(open: OpenStore): void {
  test('a first start sets the times, the phase and the deadline, and says so in an event', async () => {
    const at = await fresh(open);
    await at.store.workflows.create(submission(1), ROOM);
    at.clock.jump(1000);
    const claimed = await take(at.store);
    const now = at.clock.now();
    expect(claimed).toMatchObject({ resumed: false, hold: { task_id: idOf(1) }, claimed_at: now });
    expect(claimed.workflow).toMatchObject({
      status: 'running',
      phase: 'planning',
      started_at: new Date(now).toISOString(),
      deadline_at: new Date(now + 60 * 60_000).toISOString(),
      resumed: 0,
      version: 1,
    });
    expect(await at.store.workflows.get(idOf(1))).toEqual(claimed.workflow);
    const events = await at.store.events.list(idOf(1), { after: 0, limit: 9 });
    expect(events.map(({ seq, event_type }) => [seq, event_type])).toEqual([[1, 'workflow_start']]);
  });

  test('a held workflow is nobody else’s until the lease expires by the clock', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    at.clock.jump(LEASE_MS - 1);
    expect(await at.store.workflows.claim(request({ holder: 'two' }))).toBeNull();
    at.clock.jump(1);
    // Also one whose lease has expired is to be checked for life.
    expect(await at.store.workflows.holders()).toEqual(['one']);
    const taken = await take(at.store, { holder: 'two' });
    expect(taken.resumed).toBe(true);
    expect(taken.hold.fence).toBeGreaterThan(hold.fence);
    expect(await at.store.workflows.holders()).toEqual(['two']);
  });

  test('a takeover keeps the start, counts, says so in an event, and adds the time nobody worked to the deadline', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const before = await at.store.workflows.get(hold.task_id);
    at.clock.jump(5 * LEASE_MS);
    const { workflow } = await take(at.store, { holder: 'two' });
    const deadline_at = later(before?.deadline_at, 5 * LEASE_MS);
    const lease = { holder: 'two', expires_at: later(before?.lease?.expires_at, 5 * LEASE_MS) };
    expect(workflow).toEqual({ ...before, deadline_at, lease, resumed: 1, version: 2 });
    const events = await at.store.events.list(hold.task_id, { after: 1, limit: 9 });
    expect(events.map(({ seq, event_type }) => [seq, event_type])).toEqual([[2, 'workflow_resumed']]);
  });

  test('work counts against the deadline, also that of a process that died or gave the lease back', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const before = await at.store.workflows.get(hold.task_id);
    at.clock.jump(LEASE_MS / 2);
    await beat(at.store, [hold]);
    at.clock.jump(1000);
    const two = await take(at.store, { holder: 'two', dead: ['one'] });
    // From the last sign of life on, nobody knows.
    expect(two.workflow.deadline_at).toBe(later(before?.deadline_at, 1000));
    at.clock.jump(LEASE_MS / 2);
    await at.store.workflows.release(two.hold);
    at.clock.jump(3_600_000);
    const three = await take(at.store, { holder: 'three' });
    expect(three.workflow.deadline_at).toBe(later(before?.deadline_at, 1000 + 3_600_000));
  });

  test('time in which a living holder did not work moves the deadline, both ways', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const before = await at.store.workflows.get(hold.task_id);
    for (const [idle_ms, moved] of [
      [3_600_000, 3_600_000],
      [-7_200_000, -3_600_000],
    ] as const) {
      expect(await beat(at.store, [hold], idle_ms)).toEqual([]);
      const now = await at.store.workflows.get(hold.task_id);
      expect(now?.deadline_at).toBe(later(before?.deadline_at, moved));
    }
  });

  test('a clock that was set back gives no more than the whole limit', async () => {
    const at = await fresh(open);
    await running(at.store);
    const before = await at.store.workflows.get(idOf(1));
    at.clock.jump(-3_600_000);
    const two = await take(at.store, { holder: 'two', dead: ['one'] });
    expect(two.workflow.deadline_at).toBe(later(before?.deadline_at, -3_600_000));
  });

  test('a heartbeat extends the lease and names those that are lost', async () => {
    const at = await fresh(open);
    const stale = await staleHold(at);
    const hold = await running(at.store, 2);
    at.clock.jump(LEASE_MS - 1);
    expect(await beat(at.store, [stale, hold])).toEqual([stale.task_id]);
    at.clock.jump(LEASE_MS - 1);
    expect(await at.store.workflows.claim(request({ holder: 'three', task_id: hold.task_id }))).toBeNull();
    expect((await take(at.store, { holder: 'three' })).workflow.task_id).toBe(stale.task_id);
  });

  test('a lease given back is free at once and not kept alive by a late heartbeat', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await store.workflows.release(hold);
    expect(await store.workflows.holders()).toEqual([]);
    expect(await beat(store, [hold])).toEqual([hold.task_id]);
    expect((await take(store, { holder: 'two' })).resumed).toBe(true);
  });

  test('who lost a lease cannot give back the one that followed', async () => {
    const at = await fresh(open);
    const stale = await staleHold(at);
    await expect(at.store.workflows.release(stale)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await at.store.workflows.holders()).toEqual(['two']);
  });

  test('the leases of the dead count as expired, those of the living do not', async () => {
    const { store } = await fresh(open);
    await running(store, 1);
    expect(await store.workflows.claim(request({ holder: 'two', dead: ['someone else'] }))).toBeNull();
    expect((await take(store, { holder: 'two', dead: ['one', 'x'] })).resumed).toBe(true);
  });

  test('who does not trust its clock takes from nobody whose lease seems to have expired, and gets no place of theirs', async () => {
    const at = await fresh(open);
    await running(at.store, 1);
    const given = await running(at.store, 2);
    await at.store.workflows.create(submission(3), ROOM);
    const before = at.clock.now();
    at.clock.jump(3_600_000);
    for (const expired_by of [0, before]) {
      expect(await at.store.workflows.claim(request({ task_id: idOf(1), expired_by }))).toBeNull();
      expect(await at.store.workflows.claim(request({ task_id: idOf(3), max_active: 2, expired_by }))).toBeNull();
    }
    const claimant = { holder: 'two', lease_ms: LEASE_MS, expired_by: 0 };
    await at.store.workflows.release(given);
    // What was given back, waits, or belongs to the dead is free whatever the clock says.
    expect((await take(at.store, { task_id: idOf(2), expired_by: 0 })).resumed).toBe(true);
    expect((await take(at.store, { task_id: idOf(3), expired_by: 0 })).resumed).toBe(false);
    const late = await at.store.workflows.create(submission(4), { ...ROOM, max_active: 3 }, claimant);
    expect(late.claimed).toBeNull();
    expect((await take(at.store, { task_id: idOf(1), expired_by: 0, dead: ['one'] })).resumed).toBe(true);
  });

  test('what was interrupted comes before what waits', async () => {
    const at = await fresh(open);
    for (const n of [1, 2, 3]) await at.store.workflows.create(submission(n), ROOM);
    await take(at.store, { task_id: idOf(3) });
    at.clock.jump(LEASE_MS);
    expect((await take(at.store)).workflow.task_id).toBe(idOf(3));
    expect((await take(at.store)).workflow.task_id).toBe(idOf(1));
  });

  test('by task_id only that one is taken, or none', async () => {
    const { store } = await fresh(open);
    for (const n of [1, 2]) await store.workflows.create(submission(n), ROOM);
    expect((await take(store, { task_id: idOf(2) })).workflow.task_id).toBe(idOf(2));
    expect(await store.workflows.claim(request({ task_id: idOf(2) }))).toBeNull();
    expect(await store.workflows.claim(request({ task_id: idOf(7) }))).toBeNull();
    expect((await store.workflows.get(idOf(1)))?.status).toBe('pending');
  });

  test('no more than max_active run, and the place of a dead one is free', async () => {
    const at = await fresh(open);
    for (const n of [1, 2, 3]) await at.store.workflows.create(submission(n), ROOM);
    await take(at.store, { max_active: 2 });
    await take(at.store, { max_active: 2, holder: 'dead' });
    expect(await at.store.workflows.claim(request({ max_active: 2 }))).toBeNull();
    expect(await at.store.workflows.claim(request({ max_active: 2, task_id: idOf(3) }))).toBeNull();
    const resumed = await take(at.store, { max_active: 2, dead: ['dead'] });
    expect(resumed.workflow.task_id).toBe(idOf(2));
  });

  test('after a crash no more than max_active are taken up again, the interrupted before the waiting', async () => {
    const at = await fresh(open);
    for (const n of [1, 2, 3, 4]) await at.store.workflows.create(submission(n), ROOM);
    for (const n of [2, 3, 4]) await take(at.store, { task_id: idOf(n), holder: 'dead' });
    const again = { max_active: 2, dead: ['dead'] };
    expect((await take(at.store, again)).workflow.task_id).toBe(idOf(2));
    expect((await take(at.store, again)).workflow.task_id).toBe(idOf(3));
    expect(await at.store.workflows.claim(request(again))).toBeNull();
  });

  test('one that was broken off is found by its owner and its input, until somebody works on it again', async () => {
    const at = await fresh(open);
    const { store } = at;
    for (const n of [1, 2]) await store.workflows.create(submission(n, { input_hash: 'same' }), ROOM);
    const find = (owner: string, dead: readonly string[] = [], expired_by = Infinity): Promise<string | undefined> =>
      store.workflows.interrupted(owner, 'same', { dead, expired_by }).then((found) => found?.task_id);
    expect(await find('local')).toBeUndefined();
    await take(store, { holder: 'dying' });
    expect(await find('local')).toBeUndefined();
    expect(await find('local', ['dying'])).toBe(idOf(1));
    expect(await find('another', ['dying'])).toBeUndefined();
    expect(await store.workflows.interrupted('local', 'other', { dead: ['dying'], expired_by: 0 })).toBeNull();
    at.clock.jump(LEASE_MS);
    expect(await find('local', [], 0)).toBeUndefined();
    expect(await find('local')).toBe(idOf(1));
    await take(store, { task_id: idOf(1) });
    expect(await find('local')).toBeUndefined();
  });

  test('one that waits and is to stop only needs writing up, so it waits for no place', async () => {
    const { store } = await fresh(open);
    await running(store, 1);
    for (const n of [2, 3]) await store.workflows.create(submission(n), ROOM);
    await store.workflows.requestStop(idOf(3), STOP);
    const taken = await take(store, { max_active: 1 });
    expect(taken.workflow).toMatchObject({ task_id: idOf(3), stop: STOP });
    expect(await store.workflows.claim(request({ max_active: 1 }))).toBeNull();
  });

  test('of two stores that claim at the same time exactly one gets each workflow', async () => {
    const at = await fresh(open);
    const second = await at.second();
    for (let n = 1; n <= 12; n += 1) await at.store.workflows.create(submission(n), ROOM);
    const claims = await Promise.all(
      Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? at.store : second).workflows.claim(request())),
    );
    const taken = claims.flatMap((claimed) => (claimed === null ? [] : [claimed.hold.task_id]));
    expect(taken.length).toBe(12);
    expect(new Set(taken).size).toBe(12);
  });

  describe('stopping', () => {
    test('a wish that goes further replaces the one before it, and never the other way round', async () => {
      const { store } = await fresh(open);
      const hold = await running(store);
      const deadline: Stop = { kind: 'deadline', reason: null, finalize: true };
      const writeUp: Stop = { kind: 'cancel', reason: 'enough', finalize: true };
      const now: Stop = { kind: 'cancel', reason: 'now', finalize: false };
      const recorded = [];
      for (const wish of [deadline, writeUp, deadline, now, writeUp]) {
        recorded.push((await store.workflows.requestStop(hold.task_id, wish)).stop);
      }
      expect(recorded).toEqual([deadline, writeUp, writeUp, now, now]);
    });

    test('a recorded wish is there for whoever works on it', async () => {
      const { store } = await fresh(open);
      const hold = await running(store);
      const late: Stop = { kind: 'deadline', reason: null, finalize: true };
      expect((await store.workflows.requestStop(hold.task_id, STOP)).stop).toEqual(STOP);
      expect((await store.workflows.requestStop(hold.task_id, late)).stop).toEqual(STOP);
      await running(store, 2);
      expect(await store.workflows.stops([idOf(1), idOf(2), idOf(3)])).toEqual([{ task_id: idOf(1), stop: STOP }]);
      expect(await store.workflows.stops([])).toEqual([]);
    });
  });
}
