import { expect, test } from 'vitest';
import { fresh, type OpenStore } from './opened.ts';
import { ended, idOf, ROOM, running, submission } from './rows.ts';

export function openWorkflowsContract(open: OpenStore): void {
  test('of nothing none is open', async () => {
    const { store } = await fresh(open);
    expect(await store.workflows.open()).toEqual({ queued: 0, running: 0, awaiting_approval: 0 });
  });

  test('open ones are counted by what they wait for, everybody’s, and ended ones not', async () => {
    const { store } = await fresh(open);
    await ended(store, 1);
    await running(store, 2);
    const paused = await running(store, 3);
    await store.workflows.wait(paused, { phase: 'awaiting_approval', events: [] });
    for (const n of [4, 5, 6]) await store.workflows.create(submission(n, { owner: `owner-${n}` }), ROOM);
    expect(await store.workflows.open()).toEqual({ queued: 3, running: 1, awaiting_approval: 1 });
    await store.workflows.requestStop(idOf(4), { kind: 'cancel', reason: null, finalize: false });
    expect(await store.workflows.open()).toMatchObject({ queued: 3 });
  });
}
