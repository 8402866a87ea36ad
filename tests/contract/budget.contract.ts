import { expect, test } from 'vitest';
import type { Budget } from '../../src/core/budget.ts';
import type { Hold, ReserveCall, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { begun, calling, ERROR, reservation, settlement, spent } from './rows.ts';

const TOKENS: Budget = { max_tokens: 1000, max_microusd: null };

async function budgetEvents(store: Store, { task_id }: Hold) {
  const events = await store.events.list(task_id, { after: 0, limit: 99 });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 1));
  return events.filter(({ event_type }) => event_type.startsWith('budget_'));
}

function typesOf(events: Awaited<ReturnType<typeof budgetEvents>>): readonly string[] {
  return events.map(({ event_type }) => event_type);
}

function of(key: string): ReserveCall {
  return reservation({ key, budget: TOKENS, most: { tokens: 400, microusd: null } });
}

export function budgetContract(open: OpenStore): void {
  test('what is kept free for calls under way is not given away twice', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    // 650 of 1,000 are for research.
    const asked = await Promise.all(['a', 'b', 'c'].map((key) => store.calls.reserve(hold, of(key))));
    expect(asked.map(({ kind }) => kind)).toEqual(['begun', 'busy', 'busy']);
    await store.calls.settle(hold, settlement('agent:belter-1/a#1', { spent: spent(100), budget: TOKENS }));
    expect(await store.calls.reserve(hold, of('b'))).toMatchObject({ kind: 'begun' });
    await store.calls.settle(hold, settlement('agent:belter-1/b#1', { spent: null, budget: TOKENS }));
    expect(await store.calls.reserve(hold, of('c'))).toEqual({ kind: 'exhausted', limit: 'tokens' });
    expect((await store.calls.list(hold.task_id)).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('two processes that ask at the same time do not both get the room for one', async () => {
    const at = await fresh(open);
    const hold = await calling(at.store);
    const second = await at.second();
    const asked = await Promise.all([at.store.calls.reserve(hold, of('a')), second.calls.reserve(hold, of('b'))]);
    expect(asked.map(({ kind }) => kind).toSorted()).toEqual(['begun', 'busy']);
  });

  test('a call given up weighs as much as it was reserved', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const most = { tokens: 400, microusd: null };
    await begun(store, hold, { budget: TOKENS, most });
    await store.steps.begin(hold, { spec: await specOf(store, hold), idempotency_key: 'k', events: [] });
    const asked = await store.calls.reserve(hold, reservation({ key: 'b', budget: TOKENS, most }));
    expect(asked).toEqual({ kind: 'exhausted', limit: 'tokens' });
  });

  test('the first refusal is told, with the limit and the share, and no later one', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const budget = { max_tokens: null, max_microusd: 1_500_000 };
    const most = { tokens: 1, microusd: 1_000_000 };
    for (const key of ['a', 'b']) {
      const asked = store.calls.reserve(hold, reservation({ key, budget, most }));
      expect(await asked).toEqual({ kind: 'exhausted', limit: 'money' });
    }
    expect(await budgetEvents(store, hold)).toMatchObject([
      {
        event_type: 'budget_exhausted',
        agent_id: 'belter-1',
        data: {
          limit: 'money',
          share: 'research',
          ceiling: 0.975,
          spent: { tokens: 0, cost_usd: 0 },
          budget: { max_tokens: null, max_cost_usd: 1.5 },
        },
      },
    ]);
    expect(await store.calls.list(hold.task_id)).toEqual([]);
  });

  test('four fifths of a cap are told once, when they are spent', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const budget = { max_tokens: 1000, max_microusd: 100_000 };
    const spend = async (key: string, tokens: number): Promise<void> => {
      const { call_id } = await begun(store, hold, { key, agent_id: null, share: 'write', budget });
      await store.calls.settle(hold, settlement(call_id, { spent: spent(tokens), budget }));
    };
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await spend(key, 100);
    await spend('h', 99);
    expect(await budgetEvents(store, hold)).toEqual([]);
    await spend('i', 1);
    await spend('j', 1);
    expect(await budgetEvents(store, hold)).toMatchObject([
      {
        event_type: 'budget_warning',
        data: { spent: { tokens: 800, cost_usd: 0.008 }, budget: { max_tokens: 1000, max_cost_usd: 0.1 } },
      },
    ]);
  });

  test('after a refusal nothing is warned of any more, whatever the rest spends', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    expect(await store.calls.reserve(hold, { ...of('a'), most: { tokens: 651, microusd: 0 } })).toEqual({
      kind: 'exhausted',
      limit: 'tokens',
    });
    const most = { tokens: 900, microusd: 0 };
    const { call_id } = await begun(store, hold, { key: 'b', share: 'write', budget: TOKENS, most });
    await store.calls.settle(hold, settlement(call_id, { spent: spent(900), budget: TOKENS }));
    expect(typesOf(await budgetEvents(store, hold))).toEqual(['budget_exhausted']);
  });

  test('what was given up is on the bill without a warning, which then comes before the refusal', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const most = { tokens: 900, microusd: 0 };
    await begun(store, hold, { key: 'a', share: 'write', budget: TOKENS, most });
    await store.steps.begin(hold, { spec: await specOf(store, hold), idempotency_key: 'k', events: [] });
    for (const key of ['b', 'c']) {
      expect(await store.calls.reserve(hold, of(key))).toEqual({ kind: 'exhausted', limit: 'tokens' });
    }
    const told = await budgetEvents(store, hold);
    expect(typesOf(told)).toEqual(['budget_warning', 'budget_exhausted']);
    expect(told.map(({ data }) => data['spent'])).toMatchObject([{ tokens: 900 }, { tokens: 900 }]);
  });

  test('a failed request counts towards the warning, and telling it leaves no gap between other events', async () => {
    const { store } = await fresh(open);
    const hold = await calling(store);
    const { call_id } = await begun(store, hold, {
      share: 'write',
      budget: TOKENS,
      most: { tokens: 900, microusd: 0 },
    });
    const outcome = { kind: 'failed', error: ERROR } as const;
    const progress = { event_type: 'agent_progress', data: {} } as const;
    await Promise.all([
      store.events.append(hold, [progress]),
      store.calls.settle(hold, settlement(call_id, { outcome, spent: null, budget: TOKENS })),
      store.events.append(hold, [progress]),
    ]);
    expect((await budgetEvents(store, hold)).map(({ seq }) => seq)).toEqual([3]);
  });
}

async function specOf(store: Store, { task_id }: Hold) {
  const [step] = await store.steps.list(task_id);
  if (step === undefined) throw new Error('there is no step');
  return { ...step, phase: 'researching', timeout_ms: 1 } as const;
}
