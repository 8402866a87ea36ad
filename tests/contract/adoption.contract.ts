import { expect, test } from 'vitest';
import type { EventDraft } from '../../src/core/event.ts';
import type { AdoptStep, Hold, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import { claim, ended, ERROR, idOf, intent, latest, outcome, running, source, spec, textOf } from './rows.ts';

const AGENT = 'agent:belter-1';
const STARTED: EventDraft = { event_type: 'agent_start', agent_id: 'belter-1', data: { adopted: true } };

function adoption(step_id: string, change: Partial<AdoptStep> = {}): AdoptStep {
  return { spec: spec(step_id), idempotency_key: `new-${step_id}`, from: idOf(1), events: [], ...change };
}

/** A new workflow beside an ended one. */
async function successor(store: Store): Promise<Hold> {
  await ended(store, 1);
  return running(store, 2);
}

export function adoptionContract(open: OpenStore): void {
  test('intent and outcome are there at once, with the evidence of the very step', async () => {
    const at = await fresh(open);
    const hold = await successor(at.store);
    at.clock.jump(50);
    const now = new Date(at.clock.now()).toISOString();
    await at.store.steps.adopt(hold, adoption('collect'));
    expect(await at.store.claims.list(hold.task_id)).toEqual([]);
    const own = spec(AGENT, { kind: 'research', input: { another: 'input' } });
    const adopted = await at.store.steps.adopt(hold, adoption(AGENT, { spec: own, events: [STARTED] }));
    expect(adopted).toEqual({
      step_id: AGENT,
      kind: 'research',
      agent_id: 'belter-1',
      status: 'succeeded',
      input: { another: 'input' },
      output: outcome('').output,
      error: null,
      attempts: 1,
      failures: 0,
      available_at: null,
      started_at: now,
      completed_at: now,
      adopted_from: idOf(1),
    });
    const store = await at.reopen();
    expect((await store.steps.list(hold.task_id))[0]).toEqual(adopted);
    expect(await store.sources.list(hold.task_id)).toEqual(await store.sources.list(idOf(1)));
    expect(await store.claims.list(hold.task_id)).toEqual([claim('belter-1.1')]);
    expect(await store.workflows.get(hold.task_id)).toMatchObject({ phase: 'researching', version: 2 });
    expect(await latest(store, hold.task_id)).toMatchObject([{ seq: 2, ...STARTED }]);
  });

  test('a step that was taken over has its outcome: it is not begun, settled or failed any more', async () => {
    const { store } = await fresh(open);
    const hold = await successor(store);
    const adopted = await store.steps.adopt(hold, adoption('collect'));
    expect(await store.steps.begin(hold, intent('collect'))).toBeNull();
    expect(await store.steps.settle(hold, outcome('collect', { output: 'other' }))).toEqual(adopted);
    const failure = { step_id: 'collect', error: ERROR, available_at: null, events: [] };
    expect(await store.steps.fail(hold, failure)).toEqual(adopted);
  });

  test('what was taken over can be taken over in turn', async () => {
    const { store } = await fresh(open);
    const second = await successor(store);
    await store.steps.adopt(second, adoption('collect'));
    const third = await running(store, 3);
    const adopted = await store.steps.adopt(third, adoption('collect', { from: second.task_id }));
    expect(adopted).toMatchObject({ status: 'succeeded', adopted_from: second.task_id });
    expect(await store.sources.list(third.task_id)).toEqual(await store.sources.list(idOf(1)));
  });

  test.each(['running', 'succeeded'])('a step that is %s here is left alone', async (status) => {
    const { store } = await fresh(open);
    const hold = await successor(store);
    await store.steps.begin(hold, intent('collect'));
    if (status === 'succeeded') await store.steps.settle(hold, outcome('collect', { output: 'own' }));
    const before = await store.steps.list(hold.task_id);
    expect(await store.steps.adopt(hold, adoption('collect', { events: [STARTED] }))).toBeNull();
    expect(await store.steps.list(hold.task_id)).toEqual(before);
    expect(await store.sources.list(hold.task_id)).toEqual([]);
    expect((await store.workflows.get(hold.task_id))?.version).toBe(1);
  });

  const nothing: Record<string, (store: Store, earlier: Hold) => Promise<unknown>> = {
    unknown: async () => undefined,
    running: (store, earlier) => store.steps.begin(earlier, intent('a')),
    failed: async (store, earlier) => {
      await store.steps.begin(earlier, intent('a'));
      await store.steps.fail(earlier, { step_id: 'a', error: ERROR, available_at: null, events: [] });
    },
  };
  test.each(Object.keys(nothing))(
    'an earlier step that is %s has nothing to give, and nothing changes',
    async (state) => {
      const { store } = await fresh(open);
      const earlier = await running(store, 1);
      await nothing[state]?.(store, earlier);
      const hold = await running(store, 2);
      const adopting = store.steps.adopt(hold, adoption('a', { events: [STARTED] }));
      expect(await adopting).toBeNull();
      expect(await store.steps.list(hold.task_id)).toEqual([]);
      expect((await store.workflows.get(hold.task_id))?.version).toBe(1);
    },
  );

  test('evidence on sources that were not taken over is refused as a whole', async () => {
    const { store } = await fresh(open);
    const hold = await successor(store);
    await expect(store.steps.adopt(hold, adoption(AGENT, { events: [STARTED] }))).rejects.toThrow(/./);
    expect(await store.steps.list(hold.task_id)).toEqual([]);
    expect(await store.claims.list(hold.task_id)).toEqual([]);
    expect((await store.workflows.get(hold.task_id))?.version).toBe(1);
  });

  test('rows of another step of the same agent stay behind', async () => {
    const { store } = await fresh(open);
    const first = await running(store, 1);
    const text = textOf('quote and more');
    await store.texts.put(text);
    for (const id of ['a', 'b']) await store.steps.begin(first, intent(id));
    await store.steps.settle(
      first,
      outcome('a', { evidence: { sources: [source('s1', text)], claims: [claim('c1')] } }),
    );
    await store.steps.settle(
      first,
      outcome('b', { evidence: { sources: [source('s2', text)], claims: [claim('c2')] } }),
    );
    const hold = await running(store, 2);
    await store.steps.adopt(hold, adoption('a'));
    expect((await store.sources.list(hold.task_id)).map(({ source_id }) => source_id)).toEqual(['s1']);
    expect((await store.claims.list(hold.task_id)).map(({ claim_id }) => claim_id)).toEqual(['c1']);
  });
}
