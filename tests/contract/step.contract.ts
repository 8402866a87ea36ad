import { describe, expect, test } from 'vitest';
import type { EventDraft } from '../../src/core/event.ts';
import type { Hold, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore, staleHold } from './opened.ts';
import { end, ERROR, idOf, intent, latest, LEASE_MS, outcome, request, running, spec } from './rows.ts';

const progress = (activity: string): EventDraft => ({
  event_type: 'agent_progress',
  agent_id: 'belter-1',
  data: { activity },
});

const WRITES: Record<string, (store: Store, hold: Hold) => Promise<unknown>> = {
  'steps.begin': (store, hold) => store.steps.begin(hold, intent('late', { events: [progress('late')] })),
  'steps.settle': (store, hold) => store.steps.settle(hold, outcome('open', { events: [progress('late')] })),
  'steps.fail': (store, hold) =>
    store.steps.fail(hold, { step_id: 'open', error: ERROR, available_at: null, events: [progress('late')] }),
  'steps.adopt': (store, hold) =>
    store.steps.adopt(hold, { ...intent('late', { events: [progress('late')] }), from: idOf(9) }),
  'workflows.wait': (store, hold) =>
    store.workflows.wait(hold, { phase: 'awaiting_approval', events: [progress('late')] }),
  'events.append': (store, hold) => store.events.append(hold, [progress('late')]),
  'workflows.finish': (store, hold) => store.workflows.finish(hold, end()),
  'workflows.release': (store, hold) => store.workflows.release(hold),
};

async function everything(store: Store, task_id: string): Promise<unknown> {
  return {
    workflow: await store.workflows.get(task_id),
    steps: await store.steps.list(task_id),
    events: await store.events.list(task_id, { after: 0, limit: 100 }),
    result: await store.results.get(task_id),
    holders: await store.workflows.holders(),
  };
}

export function stepContract(open: OpenStore): void {
  stepRules(open);
  eventRules(open);
  describe('fencing', () => {
    test.each(Object.keys(WRITES))('%s refuses a hold that was taken over, and changes nothing', async (verb) => {
      const at = await fresh(open);
      const first = await running(at.store);
      await at.store.steps.begin(first, intent('open'));
      at.clock.jump(LEASE_MS);
      await at.store.workflows.claim(request({ holder: 'two' }));
      const before = await everything(at.store, first.task_id);
      await expect(WRITES[verb]?.(at.store, first)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(await everything(at.store, first.task_id)).toEqual(before);
    });

    test.each(Object.keys(WRITES))('%s refuses a workflow that has ended, and changes nothing', async (verb) => {
      const { store } = await fresh(open);
      const hold = await running(store);
      await store.steps.begin(hold, intent('open'));
      await store.workflows.finish(hold, end());
      const before = await everything(store, hold.task_id);
      await expect(WRITES[verb]?.(store, hold)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(await everything(store, hold.task_id)).toEqual(before);
    });

    test('a hold nobody was given is refused', async () => {
      const { store } = await fresh(open);
      const hold = await running(store);
      const forged = { task_id: hold.task_id, fence: hold.fence + 1 };
      await expect(store.events.append(forged, [progress('x')])).rejects.toMatchObject({ code: 'LEASE_LOST' });
    });
  });
}

function stepRules(open: OpenStore): void {
  test('an intent is a row before its outcome is known', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const begun = await at.store.steps.begin(hold, intent('agent:belter-1', { events: [progress('reading')] }));
    expect(begun).toEqual({
      step_id: 'agent:belter-1',
      kind: 'agent',
      agent_id: 'belter-1',
      status: 'running',
      input: { b: 1, a: [1, 'two', null] },
      output: null,
      error: null,
      attempts: 1,
      failures: 0,
      available_at: null,
      started_at: new Date(at.clock.now()).toISOString(),
      completed_at: null,
      adopted_from: null,
    });
    expect(await at.store.workflows.get(hold.task_id)).toMatchObject({ phase: 'researching', version: 2 });
    expect(await (await at.reopen()).steps.list(hold.task_id)).toEqual([begun]);
  });

  test('beginning again counts an attempt and tells nobody twice', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    const begin = intent('a', { events: [progress('once')] });
    await store.steps.begin(hold, begin);
    const other = { ...begin, spec: spec('a', { input: 'another', phase: 'planning' }) };
    expect(await store.steps.begin(hold, other)).toMatchObject({ attempts: 2, failures: 0, status: 'running' });
    expect((await store.steps.list(hold.task_id))[0]?.input).toEqual(begin.spec.input);
    expect(await store.workflows.get(hold.task_id)).toMatchObject({ phase: 'researching', version: 2 });
  });

  test('the first outcome wins, whichever it is', async () => {
    const at = await fresh(open);
    const { store } = at;
    const hold = await running(store);
    for (const id of ['a', 'b']) await store.steps.begin(hold, intent(id));
    at.clock.jump(40);
    const settled = await store.steps.settle(hold, outcome('a', { output: { n: [1, null, 'ü'] } }));
    const failed = await store.steps.fail(hold, { step_id: 'b', error: ERROR, available_at: null, events: [] });
    const now = new Date(at.clock.now()).toISOString();
    expect(settled).toMatchObject({ status: 'succeeded', output: { n: [1, null, 'ü'] }, completed_at: now });
    expect(failed).toMatchObject({ status: 'failed', error: ERROR, failures: 1, completed_at: now });
    at.clock.jump(5);
    const { version } = { ...(await store.workflows.get(hold.task_id)) };
    const late = { events: [progress('late')] };
    expect(await store.steps.settle(hold, outcome('a', { output: 'other', ...late }))).toEqual(settled);
    expect(await store.steps.settle(hold, outcome('b', late))).toEqual(failed);
    for (const [id, kept] of [['a', settled] as const, ['b', failed] as const]) {
      const again = { step_id: id, error: ERROR, available_at: null, ...late };
      expect(await store.steps.fail(hold, again)).toEqual(kept);
      expect(await store.steps.begin(hold, intent(id, late))).toBeNull();
    }
    expect((await store.workflows.get(hold.task_id))?.version).toBe(version);
    expect(await store.steps.list(hold.task_id)).toEqual([settled, failed]);
    expect(await store.steps.get(hold.task_id, failed.step_id)).toEqual(failed);
    expect(await store.steps.get(hold.task_id, 'no such step')).toBeNull();
  });

  test('a failure that may be retried keeps its cause and its time, and the retry clears the time', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await store.steps.begin(hold, intent('a'));
    const available_at = '2026-01-01T00:01:00.000Z';
    const failure = { step_id: 'a', error: ERROR, available_at, events: [progress('retry')] };
    const failed = await store.steps.fail(hold, failure);
    expect(failed).toMatchObject({ status: 'running', failures: 1, attempts: 1, error: ERROR, available_at });
    expect(failed.completed_at).toBeNull();
    expect(await store.steps.begin(hold, intent('a'))).toMatchObject({ attempts: 2, failures: 1, available_at: null });
    const settled = await store.steps.settle(hold, outcome('a'));
    expect(settled).toMatchObject({ status: 'succeeded', attempts: 2, failures: 1, error: null, available_at: null });
  });

  test('a step nobody began has no outcome to record', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await expect(store.steps.settle(hold, outcome('never'))).rejects.toThrow('never');
    expect(await store.steps.list(hold.task_id)).toEqual([]);
  });

  test('two stores that settle the same step record one outcome', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    await at.store.steps.begin(hold, intent('a'));
    const second = await at.second();
    const [one, two] = await Promise.all([
      at.store.steps.settle(hold, outcome('a', { output: 'one', events: [progress('one')] })),
      second.steps.settle(hold, outcome('a', { output: 'two', events: [progress('two')] })),
    ]);
    expect(one).toEqual(two);
    const [told] = (await latest(at.store, hold.task_id)).map((event) => event.data['activity']);
    expect(told).toBe(one.output);
    expect((await at.store.workflows.get(hold.task_id))?.version).toBe(2);
  });
}

function numbers(events: readonly { readonly seq: number }[]): number[] {
  return events.map(({ seq }) => seq);
}

function eventRules(open: OpenStore): void {
  test('events are numbered from 1 without a gap, whoever writes and however many at once', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const second = await at.second();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? at.store : second).events.append(hold, [progress(`${n}a`), progress(`${n}b`)]),
      ),
    );
    const events = await at.store.events.list(hold.task_id, { after: 0, limit: 100 });
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 41 }, (_, n) => n + 1));
    expect((await at.store.workflows.get(hold.task_id))?.version).toBe(41);
  });

  test('an event comes back as it was told, with its number and time', async () => {
    const at = await fresh(open);
    const hold = await running(at.store);
    const timestamp = new Date(at.clock.now()).toISOString();
    await at.store.events.append(hold, [
      { event_type: 'source_found', data: { title: '日本 😀 "x"', n: [1.5, null, true], skip: undefined } },
      progress('reading'),
    ]);
    expect(await at.store.events.list(hold.task_id, { after: 1, limit: 9 })).toEqual([
      {
        task_id: hold.task_id,
        seq: 2,
        event_type: 'source_found',
        timestamp,
        data: { title: '日本 😀 "x"', n: [1.5, null, true] },
      },
      { task_id: hold.task_id, seq: 3, timestamp, ...progress('reading') },
    ]);
  });

  test('a reader gets what follows a number, at most so many', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await store.events.append(
      hold,
      ['a', 'b', 'c', 'd'].map((name) => progress(name)),
    );
    expect(numbers(await store.events.list(hold.task_id, { after: 2, limit: 2 }))).toEqual([3, 4]);
    expect(numbers(await store.events.list(hold.task_id, { after: 5, limit: 2 }))).toEqual([]);
  });

  test('appending nothing changes nothing', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await store.events.append(hold, []);
    expect((await store.workflows.get(hold.task_id))?.version).toBe(1);
  });

  test('a stale writer’s events leave no gap', async () => {
    const at = await fresh(open);
    const stale = await staleHold(at);
    await expect(at.store.events.append(stale, [progress('x')])).rejects.toMatchObject({ code: 'LEASE_LOST' });
    const events = await at.store.events.list(stale.task_id, { after: 0, limit: 9 });
    expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
  });
}
