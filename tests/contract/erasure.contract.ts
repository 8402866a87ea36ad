import { describe, expect, test } from 'vitest';
import type { RetentionRule, Store } from '../../src/store/store.ts';
import { fresh, type Fresh, type OpenStore } from './opened.ts';
import {
  APPROVAL,
  end,
  ended,
  ERASURE,
  idOf,
  intent,
  outcome,
  query,
  request,
  ROOM,
  RULE,
  running,
  source,
  spec,
  submission,
  textOf,
} from './rows.ts';

async function everything(store: Store, task_id: string): Promise<unknown> {
  return {
    workflow: await store.workflows.get(task_id),
    steps: await store.steps.list(task_id),
    events: await store.events.list(task_id, { after: 0, limit: 100 }),
    sources: await store.sources.list(task_id),
    claims: await store.claims.list(task_id),
    result: await store.results.get(task_id),
    tombstone: await store.workflows.tombstone(task_id),
  };
}

/** Three that ended one second after another, the second of them first; one that runs and one that waits its turn. */
async function aged(open: OpenStore): Promise<Fresh> {
  const at = await fresh(open);
  await running(at.store, 4);
  await at.store.workflows.create(submission(5), ROOM);
  for (const n of [2, 1, 3]) {
    await ended(at.store, n, { submission: { owner: `owner-${n}` } });
    at.clock.jump(1000);
  }
  return at;
}

function expirable(at: Fresh, rule: Partial<RetentionRule>, limit = 9): Promise<readonly string[]> {
  return at.store.workflows.expirable({ ...RULE, ...rule }, limit);
}

export function erasureContract(open: OpenStore): void {
  test('erasing says what went, and leaves a tombstone and nothing for any reader', async () => {
    const at = await fresh(open);
    const task_id = await ended(at.store, 1, { submission: { idempotency_key: 'k', input_hash: 'same' } });
    expect(await at.store.workflows.tombstone(task_id)).toBeNull();
    at.clock.jump(5);
    const erased = await at.store.workflows.erase(task_id, ERASURE);
    const counts = { events: 2, steps: 2, sources: 1, passages: 1, claims: 1, results: 1, texts: 1 };
    expect(erased).toMatchObject(counts);
    expect(erased?.text_bytes).toBeGreaterThan(0);
    const store = await at.reopen();
    expect(await everything(store, task_id)).toEqual({
      workflow: null,
      steps: [],
      events: [],
      sources: [],
      claims: [],
      result: null,
      tombstone: { task_id, owner: 'local', ...ERASURE, created_at: new Date(at.clock.now()).toISOString() },
    });
    expect(await store.workflows.list(query())).toEqual([]);
    expect(await store.workflows.list(query({ words: ['question'] }))).toEqual([]);
    expect(await store.workflows.ids('local', '', 9)).toEqual([]);
    expect(await store.workflows.byKey('local', 'k')).toBeNull();
    expect(await store.workflows.interrupted('local', 'same', { dead: ['one'], expired_by: Infinity })).toBeNull();
    expect(await store.workflows.claim(request({ task_id, dead: ['one'] }))).toBeNull();
    expect(await store.workflows.expirable({ ...RULE, keep_newest: 0 }, 9)).toEqual([]);
    expect(await store.analytics.figures('local', { since: null, until: null })).toMatchObject({
      totals: { total_workflows: 0 },
    });
    const stop = { kind: 'cancel', reason: null, finalize: false } as const;
    await expect(store.workflows.requestStop(task_id, stop)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.workflows.approve(task_id, APPROVAL)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('what a reading stored that never ended goes too, and what another one is reading stays', async () => {
    const at = await fresh(open);
    const [broken, reading] = [await running(at.store, 1), await running(at.store, 2)];
    const [left, kept] = [textOf('left behind'), textOf('being read', { stored_by: reading.task_id })];
    for (const text of [left, kept]) await at.store.texts.put(text);
    await at.store.workflows.finish(broken, end({ status: 'cancelled', result: null }));
    expect(await at.store.workflows.erase(broken.task_id, ERASURE)).toMatchObject({ sources: 0, texts: 1 });
    await expect(at.store.texts.get(left.sha256, left.format)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect((await at.store.texts.get(kept.sha256, kept.format)).text).toBe('being read');
  });

  test('a reader that comes back after the end leaves nothing behind that was erased', async () => {
    const at = await fresh(open);
    const [paused, task_id] = [await at.second(), await ended(at.store)];
    const late = textOf('read before the pause, stored after it', { stored_by: task_id });
    await expect(paused.texts.put(late)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await at.store.workflows.erase(task_id, ERASURE);
    await expect(paused.texts.put(late)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(at.store.texts.get(late.sha256, late.format)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('a text that another one reads stays, whoever stored it first, and goes with the last of them', async () => {
    const at = await fresh(open);
    const text = textOf('shared');
    const [first, second] = [await running(at.store, 1), await running(at.store, 2)];
    await at.store.texts.put(text);
    for (const _again of [1, 2]) await at.store.texts.put({ ...text, stored_by: second.task_id });
    await at.store.workflows.finish(first, end({ status: 'cancelled', result: null }));
    expect(await at.store.workflows.erase(first.task_id, ERASURE)).toMatchObject({ texts: 0 });
    await at.store.steps.begin(second, intent('collect'));
    const collected = outcome('collect', { evidence: { sources: [source('s1', text)] } });
    expect((await at.store.steps.settle(second, collected)).status).toBe('succeeded');
    await at.store.workflows.finish(second, end());
    expect(await at.store.workflows.erase(second.task_id, ERASURE)).toMatchObject({ sources: 1, texts: 1 });
    await expect(at.store.texts.get(text.sha256, text.format)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('a text that goes in the very moment another one meets it is stored for that one', async () => {
    const at = await fresh(open);
    const text = textOf('shared');
    const [first, second] = [await running(at.store, 1), await running(at.store, 2)];
    await at.store.texts.put(text);
    await at.store.workflows.finish(first, end({ status: 'cancelled', result: null }));
    const [erased] = await Promise.all([
      at.store.workflows.erase(first.task_id, ERASURE),
      at.store.texts.put({ ...text, stored_by: second.task_id }),
    ]);
    expect(erased).toMatchObject({ texts: 1 });
    expect((await at.store.texts.get(text.sha256, text.format)).text).toBe('shared');
  });

  test('a source whose text nobody stored makes its step read again', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    await store.steps.begin(hold, intent('collect'));
    const collected = outcome('collect', { evidence: { sources: [source('s1', textOf('never stored'))] } });
    await expect(store.steps.settle(hold, collected)).rejects.toMatchObject({ code: 'STEP_FAILED', retryable: true });
  });

  test('what was erased is erased: a second time there is nothing to erase, and the tombstone stays', async () => {
    const at = await fresh(open);
    const second = await at.second();
    const task_id = await ended(at.store);
    const both = await Promise.all([
      at.store.workflows.erase(task_id, ERASURE),
      second.workflows.erase(task_id, { kind: 'expired', reason: 'old' }),
    ]);
    expect(both.filter((erased) => erased === null).length).toBe(1);
    const tombstone = await second.workflows.tombstone(task_id);
    expect(tombstone?.kind).toBe(both[0] === null ? 'expired' : 'deleted');
    expect(await at.store.workflows.erase(task_id, ERASURE)).toBeNull();
    expect(await at.store.workflows.tombstone(task_id)).toEqual(tombstone);
  });

  const active: Record<string, (store: Store) => Promise<unknown>> = {
    'has not begun': (store) => store.workflows.create(submission(1), ROOM),
    'is worked on': (store) => running(store),
    'waits for a person': async (store) =>
      store.workflows.wait(await running(store), { phase: 'awaiting_approval', events: [] }),
  };
  test.each(Object.keys(active))('one that %s is not erased, and nothing changes', async (state) => {
    const { store } = await fresh(open);
    await active[state]?.(store);
    const before = await everything(store, idOf(1));
    await expect(store.workflows.erase(idOf(1), ERASURE)).rejects.toMatchObject({ code: 'WORKFLOW_ACTIVE' });
    expect(await everything(store, idOf(1))).toEqual(before);
  });

  test('an unknown one cannot be erased', async () => {
    const { store } = await fresh(open);
    await expect(store.workflows.erase(idOf(9), ERASURE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await store.workflows.tombstone(idOf(9))).toBeNull();
  });

  test('a text goes with the last workflow that reads it', async () => {
    const { store } = await fresh(open);
    const text = textOf('quote and more, read by two');
    for (const n of [1, 2]) await ended(store, n, { texts: [text.text] });
    expect(await store.workflows.erase(idOf(1), ERASURE)).toMatchObject({ sources: 1, texts: 0, text_bytes: 0 });
    expect((await store.texts.get(text.sha256, text.format)).text).toBe(text.text);
    expect(await store.audit.verify(idOf(2))).toMatchObject({ sound: true });
    expect(await store.workflows.erase(idOf(2), ERASURE)).toMatchObject({ sources: 1, texts: 1 });
    await expect(store.texts.get(text.sha256, text.format)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('a workflow that took outcomes over keeps them', async () => {
    const { store } = await fresh(open);
    await ended(store, 1);
    const hold = await running(store, 2);
    for (const id of ['collect', 'agent:belter-1']) {
      await store.steps.adopt(hold, { spec: spec(id), idempotency_key: id, from: idOf(1), events: [] });
    }
    const before = await everything(store, idOf(2));
    expect(await store.workflows.erase(idOf(1), ERASURE)).toMatchObject({ claims: 1, texts: 0 });
    expect(await everything(store, idOf(2))).toEqual(before);
  });

  test('its idempotency_key is free again, and others of its owner are untouched', async () => {
    const { store } = await fresh(open);
    await ended(store, 1, { submission: { idempotency_key: 'k' } });
    await ended(store, 2);
    const other = await everything(store, idOf(2));
    await store.workflows.erase(idOf(1), ERASURE);
    const again = await store.workflows.create(submission(3, { idempotency_key: 'k' }), ROOM);
    expect(again).toMatchObject({ created: true, workflow: { task_id: idOf(3) } });
    expect(await everything(store, idOf(2))).toEqual(other);
  });

  describe('retention', () => {
    test('lets nothing go while every rule is off', async () => {
      expect(await expirable(await aged(open), {})).toEqual([]);
    });

    test('by age: what ended before, the longest ended first, of every owner', async () => {
      const at = await aged(open);
      const before = (seconds: number): string => new Date(at.clock.now() - seconds * 1000).toISOString();
      expect(await expirable(at, { completed_before: before(2) })).toEqual([idOf(2)]);
      expect(await expirable(at, { completed_before: before(0) })).toEqual([idOf(2), idOf(1), idOf(3)]);
      expect(await expirable(at, { completed_before: before(0) }, 2)).toEqual([idOf(2), idOf(1)]);
      expect(await expirable(at, { completed_before: before(3) })).toEqual([]);
    });

    test('by count: all but the newest so many', async () => {
      const at = await aged(open);
      expect(await expirable(at, { keep_newest: 1 })).toEqual([idOf(2), idOf(1)]);
      expect(await expirable(at, { keep_newest: 3 })).toEqual([]);
      expect(await expirable(at, { keep_newest: 0 })).toEqual([idOf(2), idOf(1), idOf(3)]);
    });

    test('by size: the longest ended go while there are too many bytes, and never an open one', async () => {
      const at = await aged(open);
      expect(await expirable(at, { max_bytes: 1e12, stuck: 1 })).toEqual([]);
      expect(await expirable(at, { max_bytes: 1, stuck: 1 })).toEqual([idOf(2), idOf(1)]);
      const gone: string[] = [];
      for (;;) {
        const [task_id] = await expirable(at, { max_bytes: 1 });
        if (task_id === undefined) break;
        gone.push(task_id);
        await at.store.workflows.erase(task_id, { kind: 'expired', reason: 'size' });
      }
      expect(gone).toEqual([idOf(2), idOf(1), idOf(3)]);
      expect(await at.store.workflows.get(idOf(4))).toMatchObject({ status: 'running' });
    });

    test('of several rules the one that goes furthest decides', async () => {
      const at = await aged(open);
      const completed_before = new Date(at.clock.now() - 2000).toISOString();
      expect(await expirable(at, { completed_before, keep_newest: 1, max_bytes: 1 })).toEqual([idOf(2), idOf(1)]);
      expect(await expirable(at, { completed_before, keep_newest: 3, max_bytes: 1e12 })).toEqual([idOf(2)]);
    });
  });
}
