import { describe, expect, test } from 'vitest';
import { isTerminalEvent } from '../../src/core/event.ts';
import type { TerminalStatus } from '../../src/core/workflow.ts';
import { terminalEvent } from '../../src/core/workflow.ts';
import { fresh, type OpenStore } from './opened.ts';
import {
  APPROVAL,
  beat,
  end,
  ERASURE,
  ERROR,
  idOf,
  intent,
  latest,
  LEASE_MS,
  query,
  request,
  ROOM,
  RULE,
  running,
  submission,
  textOf,
} from './rows.ts';

const ENDS: readonly TerminalStatus[] = ['completed', 'failed', 'cancelled'];

export function terminalContract(open: OpenStore): void {
  describe('the end', () => {
    test.each(ENDS)('%s: status, result and terminal event are there together', async (status) => {
      const at = await fresh(open);
      const hold = await running(at.store);
      at.clock.jump(1250);
      const error = status === 'failed' ? ERROR : null;
      const finished = await at.store.workflows.finish(hold, end({ status, error, event: { a: 1 } }));
      const now = new Date(at.clock.now()).toISOString();
      expect(finished).toMatchObject({ status, phase: 'done', completed_at: now, version: 2 });
      const store = await at.reopen();
      expect(await store.workflows.listed(hold.task_id)).toEqual(finished);
      expect(await store.workflows.get(hold.task_id)).toMatchObject({ ...finished, error });
      expect(await latest(store, hold.task_id)).toMatchObject([
        { seq: 2, event_type: terminalEvent(status), data: { a: 1 }, timestamp: now },
      ]);
      expect(await store.results.get(hold.task_id)).toEqual({
        result: end().result,
        execution_time: 1.25,
        total_cost: 0,
        created_at: now,
      });
    });

    test('a result comes back as it was given', async () => {
      const { store } = await fresh(open);
      const hold = await running(store);
      const result = {
        text: '日本 😀 \u0000 "\\',
        nested: [{ a: null }, [], {}],
        number: 0.1,
        big: 2 ** 53,
        no: false,
      };
      await store.workflows.finish(hold, end({ result, total_cost: 1.234567 }));
      expect(await store.results.get(hold.task_id)).toMatchObject({ result, total_cost: 1.234567 });
    });

    test('an end without a result keeps none, and an unknown cost is unknown', async () => {
      const { store } = await fresh(open);
      const first = await running(store, 1);
      await store.workflows.finish(first, end({ status: 'failed', error: ERROR, result: null }));
      expect(await store.results.get(first.task_id)).toBeNull();
      const second = await running(store, 2);
      await store.workflows.finish(second, end({ total_cost: null }));
      expect((await store.results.get(second.task_id))?.total_cost).toBeNull();
    });

    test('of two stores that end it at the same time one does, the other is told', async () => {
      const at = await fresh(open);
      const hold = await running(at.store);
      const second = await at.second();
      const ends = await Promise.allSettled([
        at.store.workflows.finish(hold, end({ status: 'completed', result: { by: 'one' } })),
        second.workflows.finish(hold, end({ status: 'cancelled', result: { by: 'two' } })),
      ]);
      const won = ends.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const lost = ends.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      expect(won.length).toBe(1);
      expect(lost).toMatchObject([{ code: 'LEASE_LOST' }]);
      expect(await at.store.workflows.listed(hold.task_id)).toEqual(won[0]);
      const by = won[0]?.status === 'completed' ? 'one' : 'two';
      expect((await second.results.get(hold.task_id))?.result).toEqual({ by });
      const events = await at.store.events.list(hold.task_id, { after: 0, limit: 9 });
      expect(events.map(({ event_type }) => isTerminalEvent(event_type))).toEqual([false, true]);
    });

    test('what has ended does not change: no stop, no lease, no place in the queue', async () => {
      const at = await fresh(open);
      const hold = await running(at.store);
      const finished = await at.store.workflows.finish(hold, end());
      at.clock.jump(LEASE_MS * 2);
      const stop = { kind: 'cancel', reason: 'late', finalize: false } as const;
      expect(await at.store.workflows.requestStop(hold.task_id, stop)).toEqual({ status: finished.status, stop: null });
      expect(await at.store.workflows.claim(request({ task_id: hold.task_id, dead: ['one'] }))).toBeNull();
      expect(await beat(at.store, [hold])).toEqual([hold.task_id]);
      expect(await at.store.workflows.holders()).toEqual([]);
      expect(await at.store.workflows.queuePosition(hold.task_id)).toBeNull();
      expect(await at.store.workflows.listed(hold.task_id)).toEqual(finished);
    });

    test('an ended workflow frees its place', async () => {
      const { store } = await fresh(open);
      const hold = await running(store, 1);
      await store.workflows.create(submission(2), ROOM);
      expect(await store.workflows.claim(request({ max_active: 1 }))).toBeNull();
      await store.workflows.finish(hold, end());
      expect((await store.workflows.claim(request({ max_active: 1 })))?.workflow.task_id).toBe(idOf(2));
    });
  });

  describe('closing', () => {
    test('waits for what was accepted', async () => {
      const at = await fresh(open);
      const text = textOf('word '.repeat(100_000));
      const written = Promise.all([
        ...Array.from({ length: 30 }, (_, n) => at.store.workflows.create(submission(n + 1), ROOM)),
        at.store.texts.put(text),
      ]);
      await at.store.close();
      await written;
      const store = await at.reopen();
      expect(await store.workflows.queuePosition(idOf(30))).toBe(30);
      expect((await store.texts.get(text.sha256, 'markdown')).text.length).toBe(text.text.length);
    });

    test('refuses every later verb, may be repeated, and leaves other stores alone', async () => {
      const at = await fresh(open);
      const hold = await running(at.store);
      const second = await at.second();
      await Promise.all([at.store.close(), at.store.close()]);
      await at.store.close();
      const { workflows, steps, events, texts, results, claims, sources, audit, analytics } = at.store;
      const verbs: readonly (() => Promise<unknown>)[] = [
        () => workflows.create(submission(2), ROOM),
        () => workflows.get(hold.task_id),
        () => workflows.claim(request()),
        () => workflows.holders(),
        () => workflows.queuePosition(hold.task_id),
        () => workflows.finish(hold, end()),
        () => workflows.wait(hold, { phase: 'awaiting_approval', events: [] }),
        () => workflows.approve(hold.task_id, APPROVAL),
        () => workflows.list(query()),
        () => workflows.ids('local', '', 9),
        () => workflows.expirable(RULE, 9),
        () => workflows.erase(hold.task_id, ERASURE),
        () => workflows.tombstone(hold.task_id),
        () => audit.verify(hold.task_id),
        () => analytics.figures('local', { since: null, until: null }),
        () => steps.adopt(hold, { ...intent('a'), from: hold.task_id }),
        () => steps.list(hold.task_id),
        () => steps.succeeded(hold.task_id),
        () => steps.get(hold.task_id, 'one'),
        () => events.append(hold, []),
        () => events.list(hold.task_id, { after: 0, limit: 1 }),
        () => texts.put(textOf('x'.repeat(5000))),
        () => texts.get('x', 'text'),
        () => results.get(hold.task_id),
        () => claims.list(hold.task_id),
        () => sources.get(hold.task_id, 's1'),
        () => at.store.probe(),
      ];
      for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
      expect(() => at.store.changes()).toThrow('closed');
      expect((await second.workflows.get(hold.task_id))?.status).toBe('running');
    });
  });
}
