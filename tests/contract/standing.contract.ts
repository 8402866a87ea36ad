import { expect, test } from 'vitest';
import type { EventDraft } from '../../src/core/event.ts';
import type { Hold, StandingRequest, Store } from '../../src/store/store.ts';
import { fresh, type OpenStore } from './opened.ts';
import {
  begun,
  end,
  ended,
  ERASURE,
  ERROR,
  idOf,
  intent,
  outcome,
  latest,
  ROOM,
  running,
  settlement,
  spec,
  submission,
} from './rows.ts';

const KINDS = { inputs: ['synthesis'], outputs: ['plan', 'agent'] } as const;

function asked(change: Partial<StandingRequest> = {}): StandingRequest {
  return {
    task_id: idOf(1),
    owner: 'local',
    ...KINDS,
    events: { most: 2, at_work: 6, signs: ['agent_start', 'agent_progress'] },
    ...change,
  };
}

function sign(agent_id: string, event_type: EventDraft['event_type'] = 'agent_progress'): EventDraft {
  return { event_type, agent_id, data: { activity: 'reads' } };
}

/** One of each: a step of each state, inputs and outputs of kinds that are wanted and of others, a call. */
async function busy(store: Store): Promise<Hold> {
  const hold = await running(store);
  const steps = [
    spec('collect', { kind: 'collect' }),
    spec('plan', { kind: 'plan' }),
    spec('agent:belter-2', { kind: 'agent', agent_id: 'belter-2' }),
    spec('agent:belter-1', { kind: 'agent', agent_id: 'belter-1' }),
    spec('synthesis:camina', { kind: 'synthesis', agent_id: 'camina' }),
  ].map((one) => ({ ...one, input: { of: one.step_id } }));
  for (const one of steps) await store.steps.begin(hold, { ...intent(one.step_id), spec: one });
  for (const step_id of ['collect', 'plan', 'agent:belter-1', 'synthesis:camina']) {
    await store.steps.settle(hold, outcome(step_id, { output: { from: step_id } }));
  }
  await store.steps.fail(hold, {
    step_id: 'agent:belter-2',
    error: ERROR,
    available_at: '2026-01-01T00:01:00.000Z',
    events: [],
  });
  return hold;
}

function shownRules(open: OpenStore): void {
  test('it is what the other verbs tell, without inputs and outputs that nobody asked for', async () => {
    const { store } = await fresh(open);
    const hold = await busy(store);
    const call = await begun(store, hold, { step_id: 'agent:belter-2', agent_id: 'belter-2' });
    await store.calls.settle(hold, settlement(call.call_id));
    await begun(store, hold, { step_id: 'agent:belter-2', agent_id: 'belter-2', key: 'turn-2' });
    for (let n = 0; n < 6; n += 1) await store.events.append(hold, [sign('belter-1')]);
    const standing = await store.workflows.standing(asked());
    const steps = await store.steps.list(hold.task_id);
    expect(standing).toEqual({
      workflow: await store.workflows.get(hold.task_id),
      steps: steps.map((step) => ({
        ...step,
        input: step.kind === 'synthesis' ? step.input : null,
        output: step.kind === 'plan' || step.kind === 'agent' ? step.output : null,
      })),
      events: await latest(store, hold.task_id, 6),
      spending: await store.calls.spending(hold.task_id),
      queue_position: null,
    });
    expect(standing?.spending).toHaveLength(1);
    expect(standing?.steps.map(({ step_id, input, output }) => [step_id, input, output])).toEqual([
      ['agent:belter-1', null, { from: 'agent:belter-1' }],
      ['agent:belter-2', null, null],
      ['collect', null, null],
      ['plan', null, { from: 'plan' }],
      ['synthesis:camina', { of: 'synthesis:camina' }, null],
    ]);
  });

  test('steps stand in the order in which they began', async () => {
    const { store, clock } = await fresh(open);
    const hold = await running(store);
    for (const step_id of ['c', 'a', 'd', 'b']) {
      await store.steps.begin(hold, intent(step_id));
      if (step_id !== 'a') clock.jump(1);
    }
    const { steps = [] } = (await store.workflows.standing(asked())) ?? {};
    expect(steps.map(({ step_id }) => step_id)).toEqual(['c', 'a', 'd', 'b']);
    expect(steps).toEqual((await store.steps.list(hold.task_id)).map((step) => ({ ...step, input: null })));
  });

  test('other kinds can be asked for, or none', async () => {
    const { store } = await fresh(open);
    await busy(store);
    const none = await store.workflows.standing(asked({ inputs: [], outputs: [] }));
    expect(none?.steps.every(({ input, output }) => input === null && output === null)).toBe(true);
    const other = await store.workflows.standing(asked({ inputs: ['plan', 'agent'], outputs: ['collect'] }));
    expect(other?.steps.filter(({ input }) => input !== null)).toHaveLength(3);
    expect(other?.steps.filter(({ output }) => output !== null).map(({ step_id }) => step_id)).toEqual(['collect']);
  });

  test('more events are told while a step of an agent has no outcome, as far back as it takes to have a sign of each', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    const told = async (): Promise<number> => {
      const standing = await store.workflows.standing(asked());
      expect(standing?.events).toEqual(await latest(store, hold.task_id, standing?.events.length));
      return standing?.events.length ?? 0;
    };
    await store.events.append(
      hold,
      [1, 2, 3, 4, 5, 6, 7].map(() => sign('nobody')),
    );
    await store.steps.begin(hold, intent('collect', { spec: spec('collect', { kind: 'collect', agent_id: null }) }));
    expect(await told()).toBe(2);
    for (const agent_id of ['one', 'two']) {
      await store.steps.begin(hold, intent(agent_id, { spec: spec(agent_id, { agent_id }) }));
    }
    // No sign of either: no further back than may be looked.
    expect(await told()).toBe(6);
    await store.events.append(hold, [sign('one')]);
    expect(await told()).toBe(6);
    await store.events.append(hold, [sign('two')]);
    expect(await told()).toBe(2);
    await store.events.append(hold, [sign('two'), sign('two', 'source_found'), sign('one', 'source_found')]);
    expect(await told()).toBe(5);
    await store.steps.fail(hold, { step_id: 'one', error: ERROR, available_at: null, events: [] });
    expect(await told()).toBe(3);
    await store.steps.settle(hold, outcome('two'));
    expect(await told()).toBe(2);
  });

  test('steps that began at once stand in the order of their ids, by the bytes of these and in no language', async () => {
    const { store } = await fresh(open);
    const hold = await running(store);
    const ids = ['B', 'a', 'a-b', 'a:b', 'aB', 'a_b', 'ab', 'b', 'é', '\u{ff5e}', '\u{1f600}'];
    for (const step_id of ids.toReversed()) await store.steps.begin(hold, intent(step_id));
    expect((await store.steps.list(hold.task_id)).map(({ step_id }) => step_id)).toEqual(ids);
    expect((await store.workflows.standing(asked()))?.steps.map(({ step_id }) => step_id)).toEqual(ids);
  });
}

export function standingContract(open: OpenStore): void {
  shownRules(open);

  test('one that waits has its place in the queue, one that is to stop or runs has none', async () => {
    const { store } = await fresh(open);
    await running(store, 9);
    for (const n of [1, 2, 3]) await store.workflows.create(submission(n), ROOM);
    const place = async (n: number) => (await store.workflows.standing(asked({ task_id: idOf(n) })))?.queue_position;
    expect(await Promise.all([1, 2, 3, 9].map(place))).toEqual([1, 2, 3, null]);
    await store.workflows.requestStop(idOf(2), { kind: 'cancel', reason: null, finalize: false });
    expect(await Promise.all([1, 2, 3].map(place))).toEqual([1, null, 2]);
  });

  test('an ended one stands as it ended', async () => {
    const { store } = await fresh(open);
    const hold = await busy(store);
    await store.workflows.finish(hold, end({ status: 'failed', error: ERROR, result: null }));
    const standing = await store.workflows.standing(asked());
    expect(standing?.workflow).toMatchObject({ status: 'failed', error: ERROR });
    expect(standing?.workflow).toEqual(await store.workflows.get(hold.task_id));
  });

  test('there is none to see of an unknown id, of somebody else’s workflow, and of what was erased', async () => {
    const { store } = await fresh(open);
    const task_id = await ended(store);
    expect(await store.workflows.standing(asked({ task_id }))).not.toBeNull();
    expect(await store.workflows.standing(asked({ task_id, owner: 'other' }))).toBeNull();
    expect(await store.workflows.standing(asked({ task_id: idOf(2) }))).toBeNull();
    await store.workflows.erase(task_id, ERASURE);
    expect(await store.workflows.standing(asked({ task_id }))).toBeNull();
  });
}
