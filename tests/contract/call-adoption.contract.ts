import { expect, test } from 'vitest';
import { type CallRecord, NO_USAGE } from '../../src/core/call.ts';
import { fresh, type Fresh, type OpenStore } from './opened.ts';
import { begun, calling, end, ERASURE, ERROR, idOf, reservation, settlement, textOf } from './rows.ts';

/** A workflow that made one call of turn 1 and was cancelled. */
async function cancelled(at: Fresh, n: number): Promise<CallRecord> {
  const hold = await calling(at.store, n);
  const call = await at.store.calls.settle(hold, settlement((await begun(at.store, hold)).call_id));
  await at.store.workflows.finish(hold, end({ status: 'cancelled', result: null }));
  return call;
}

export function callAdoptionContract(open: OpenStore): void {
  test('an outcome is taken over as it is, and costs nothing here', async () => {
    const at = await fresh(open);
    const call = await cancelled(at, 1);
    at.clock.jump(99);
    const hold = await calling(at.store, 2);
    const reserved = await at.store.calls.reserve(hold, reservation({ earlier: [idOf(1)], share: 'check' }));
    const now = new Date(at.clock.now()).toISOString();
    const taken = {
      ...call,
      share: 'check',
      reserved: { tokens: 0, microusd: 0 },
      spent: { usage: NO_USAGE, microusd: 0 },
      started_at: now,
      completed_at: now,
      adopted_from: idOf(1),
    };
    expect(reserved).toEqual({ kind: 'recorded', call: taken });
    const store = await at.reopen();
    expect(await store.calls.reserve(hold, reservation({ earlier: [idOf(1)] }))).toEqual(reserved);
    expect(await store.calls.list(idOf(2))).toEqual([taken]);
  });

  test('also where nothing could be paid, and through a workflow that took it over itself', async () => {
    const at = await fresh(open);
    await cancelled(at, 1);
    const second = await calling(at.store, 2);
    await at.store.calls.reserve(second, reservation({ earlier: [idOf(1)] }));
    await at.store.workflows.finish(second, end({ status: 'cancelled', result: null }));
    const third = await calling(at.store, 3);
    const budget = { max_tokens: 0, max_microusd: 0 };
    const reserved = await at.store.calls.reserve(third, reservation({ earlier: [idOf(2), idOf(1)], budget }));
    expect(reserved).toMatchObject({ kind: 'recorded', call: { status: 'succeeded', adopted_from: idOf(1) } });
    expect(await at.store.calls.spending(third.task_id)).toMatchObject([{ calls: 0, adopted: 1, microusd: 0 }]);
  });

  test('where only what is known is wanted, that is all there is: nothing is begun', async () => {
    const at = await fresh(open);
    await cancelled(at, 1);
    const hold = await calling(at.store, 2);
    const known = { earlier: [idOf(1)], known_only: true };
    const budget = { max_tokens: 0, max_microusd: 0 };
    expect(await at.store.calls.reserve(hold, reservation({ known_only: true, budget }))).toEqual({ kind: 'unknown' });
    expect(await at.store.calls.list(idOf(2))).toEqual([]);
    const taken = { kind: 'recorded', call: { adopted_from: idOf(1) } };
    expect(await at.store.calls.reserve(hold, reservation(known))).toMatchObject(taken);
    const again: string[] = [];
    for (const retryable of [true, false]) {
      const { call_id } = await begun(at.store, hold, { key: 'turn-2' });
      const outcome = { kind: 'failed', error: { ...ERROR, retryable } } as const;
      await at.store.calls.settle(hold, settlement(call_id, { outcome }));
      again.push((await at.store.calls.reserve(hold, reservation({ ...known, key: 'turn-2' }))).kind);
    }
    expect(again).toEqual(['unknown', 'recorded']);
    expect(await at.store.calls.list(idOf(2))).toHaveLength(3);
  });

  const NOT: Record<string, Parameters<typeof reservation>[0]> = {
    'of another request': { request_hash: 'another' },
    'under another key': { key: 'turn-2' },
    'of a workflow that is not of the line': { earlier: [idOf(8)] },
  };
  test.each(Object.entries(NOT))('not one %s', async (_what, change) => {
    const at = await fresh(open);
    await cancelled(at, 1);
    const hold = await calling(at.store, 2);
    const reserved = await at.store.calls.reserve(hold, reservation({ earlier: [idOf(1)], ...change }));
    expect(reserved).toMatchObject({ kind: 'begun' });
  });

  test('not a failure, and nothing of a workflow that was erased', async () => {
    const at = await fresh(open);
    const first = await calling(at.store, 1);
    const { call_id } = await begun(at.store, first);
    await at.store.calls.settle(first, settlement(call_id, { outcome: { kind: 'failed', error: ERROR } }));
    await at.store.workflows.finish(first, end());
    await cancelled(at, 2);
    await at.store.workflows.erase(idOf(2), ERASURE);
    const hold = await calling(at.store, 3);
    const reserved = await at.store.calls.reserve(hold, reservation({ earlier: [idOf(2), idOf(1)] }));
    expect(reserved).toMatchObject({ kind: 'begun', call: { call_id: 'agent:belter-1/turn-1#1' } });
  });

  test('who takes an outcome over reads on in the texts it may name, also when those who stored them are erased', async () => {
    const at = await fresh(open);
    const first = await calling(at.store, 1);
    const text = textOf('what the tool brought');
    await at.store.texts.put(text);
    await at.store.calls.settle(first, settlement((await begun(at.store, first)).call_id));
    await at.store.workflows.finish(first, end({ status: 'cancelled', result: null }));
    for (const [n, earlier] of [
      [2, 1],
      [3, 2],
    ] as const) {
      const hold = await calling(at.store, n);
      await at.store.calls.reserve(hold, reservation({ earlier: [idOf(earlier)] }));
      await at.store.workflows.finish(hold, end({ status: 'cancelled', result: null }));
      expect(await at.store.workflows.erase(idOf(earlier), ERASURE)).toMatchObject({ calls: 1, texts: 0 });
      expect((await at.store.texts.get(text.sha256, text.format)).text).toBe(text.text);
    }
    expect(await at.store.workflows.erase(idOf(3), ERASURE)).toMatchObject({ calls: 1, texts: 1 });
  });

  test('an ended workflow proves its calls with all its other rows', async () => {
    const at = await fresh(open);
    await cancelled(at, 1);
    // Its own row, a step, a call.
    expect(await at.store.audit.verify(idOf(1))).toMatchObject({ sound: true, sealed_rows: 3, state: 'sealed' });
  });

  test('they leave with the content, outcomes and hashes of requests included', async () => {
    const at = await fresh(open);
    await cancelled(at, 1);
    expect(await at.store.workflows.erase(idOf(1), ERASURE)).toMatchObject({ calls: 1, steps: 1 });
    expect(await at.store.calls.list(idOf(1))).toEqual([]);
    expect(await at.store.calls.spending(idOf(1))).toEqual([]);
    expect(await at.store.audit.verify(idOf(1))).toMatchObject({ sound: true, state: 'erased' });
  });
}
