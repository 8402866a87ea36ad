import { expect, test } from 'vitest';
import { fresh, type OpenStore } from './opened.ts';
import { deliverAll, deliveries, due, next, registration, SECRET, tell, telling, webhook } from './messages.ts';
import { end, ended, ERASURE, idOf, ROOM, submission } from './rows.ts';

const OTHER_SECRET = `whsec_${'B'.repeat(32)}`;

export function webhookContract(open: OpenStore): void {
  test('a registration is shown with what came of it, and never with its secret', async () => {
    const { store } = await fresh(open);
    const shown = await store.webhooks.register(registration({ events: ['workflow_complete'] }));
    expect(shown).toEqual({
      webhook_id: 'wh_1',
      task_id: null,
      url: 'https://receiver.example/hook',
      events: ['workflow_complete'],
      created_at: '2026-01-01T00:00:00.000Z',
      former_secret_until: null,
      disabled: null,
      deliveries: 0,
      failures: 0,
      pending: 0,
      dead: 0,
    });
    expect(await webhook(store)).toEqual(shown);
    expect(JSON.stringify(await webhook(store))).not.toContain('whsec_');
  });

  test('registering the same again changes it, and keeps its id and its secret', async () => {
    const { store } = await fresh(open);
    await store.webhooks.register(registration());
    const again = registration({ webhook_id: 'wh_2', secret: OTHER_SECRET, events: ['agent_start'] });
    const shown = await store.webhooks.register(again);
    expect(shown).toMatchObject({ webhook_id: 'wh_1', events: ['agent_start'], former_secret_until: null });
    await tell(store, await telling(store), 'agent_start');
    expect((await next(store)).secrets).toEqual([SECRET]);
  });

  test('a replaced secret signs beside the new one until its time is over', async () => {
    const { store, clock } = await fresh(open);
    await store.webhooks.register(registration());
    const replaced = registration({ secret: OTHER_SECRET, replace_secret: true });
    const shown = await store.webhooks.register(replaced);
    expect(shown.former_secret_until).toBe('2026-01-02T00:00:00.000Z');
    await store.webhooks.register(replaced);
    const hold = await telling(store);
    const first = await next(store);
    expect(first.secrets).toEqual([OTHER_SECRET, SECRET]);
    await store.deliveries.settle(first.hold, { kind: 'delivered', status: 200 });
    await tell(store, hold, 'agent_start');
    clock.jump(86_400_000);
    expect((await next(store)).secrets).toEqual([OTHER_SECRET]);
  });

  test('for all workflows it begins with what comes; for one, with the first event of that', async () => {
    const { store } = await fresh(open);
    const hold = await telling(store);
    await tell(store, hold, 'agent_start', 'agent_complete');
    await store.webhooks.register(registration({ webhook_id: 'wh_all' }));
    await store.webhooks.register(registration({ webhook_id: 'wh_one', task_id: idOf(1) }));
    await tell(store, hold, 'synthesis_start');
    await telling(store, 2);
    expect((await deliverAll(store)).toSorted()).toEqual(
      ['wh_all 1.4', 'wh_all 2.1', 'wh_one 1.1', 'wh_one 1.2', 'wh_one 1.3', 'wh_one 1.4'].toSorted(),
    );
  });

  test('nobody is told of a workflow of somebody else', async () => {
    const { store } = await fresh(open);
    await store.webhooks.register(registration({ owner: 'other' }));
    await telling(store, 1);
    await telling(store, 2, 'other');
    expect(await deliverAll(store)).toEqual(['wh_1 2.1']);
    expect(await deliveries(store, 'local')).toEqual([]);
    expect(await webhook(store)).toBeUndefined();
    expect(await store.webhooks.unregister('local', { webhook_id: 'wh_1' })).toBe(0);
    const [delivery] = await deliveries(store, 'other');
    expect(await store.deliveries.redeliver('local', delivery?.delivery_id ?? '')).toBeNull();
  });

  test('only events of the types asked for become messages, in their order', async () => {
    const { store } = await fresh(open);
    await store.webhooks.register(registration({ events: ['agent_start', 'workflow_complete'] }));
    const hold = await telling(store);
    await tell(store, hold, 'agent_start', 'agent_progress', 'agent_complete');
    await store.workflows.finish(hold, end());
    expect(await deliverAll(store)).toEqual(['wh_1 1.2', 'wh_1 1.5']);
  });

  test('there are at most ten for the same workflow, and at most ten for all of them', async () => {
    const { store } = await fresh(open);
    await telling(store);
    for (const task_id of [null, idOf(1)]) {
      for (let n = 0; n < 10; n += 1) {
        const url = `https://receiver.example/${n}`;
        await store.webhooks.register(registration({ webhook_id: `wh_${task_id}_${n}`, task_id, url }));
      }
      const eleventh = registration({ webhook_id: 'wh_more', task_id });
      await expect(store.webhooks.register(eleventh)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  test('unregistering forgets it with all its messages, also the one that is under way', async () => {
    const { store } = await fresh(open);
    await store.webhooks.register(registration());
    await tell(store, await telling(store), 'agent_start');
    const { hold } = await next(store);
    const which = { url: 'https://receiver.example/hook', task_id: null };
    expect(await store.webhooks.unregister('local', which)).toBe(1);
    expect(await store.deliveries.settle(hold, { kind: 'delivered', status: 200 })).toMatchObject({ recorded: false });
    expect(await due(store)).toEqual([]);
    expect(await webhook(store)).toBeUndefined();
  });

  test('a webhook comes into being with its workflow, once, whoever repeats the submission', async () => {
    const { store } = await fresh(open);
    const { webhook_id, url, host, secret } = registration();
    const webhooks = { webhook_id, url, host, secret, events: null };
    for (const id of ['wh_1', 'wh_2']) {
      const again = submission(1, { idempotency_key: 'k', webhook: { ...webhooks, webhook_id: id } });
      await store.workflows.create(again, ROOM);
    }
    expect(await webhook(store)).toMatchObject({ task_id: idOf(1), url });
    expect(await webhook(store, 'wh_2')).toBeUndefined();
    await store.workflows.claim({ holder: 'one', lease_ms: 1, dead: [], expired_by: 0, max_active: 9 });
    expect(await deliverAll(store)).toEqual(['wh_1 1.1']);
  });

  test('what goes on from an ended workflow is told to those who were told of that one', async () => {
    const { store } = await fresh(open);
    const task_id = await ended(store);
    await store.webhooks.register(registration({ task_id }));
    await store.webhooks.register(registration({ webhook_id: 'wh_gone', task_id, url: 'https://gone.example/' }));
    const gone = (await due(store)).find((one) => one.webhook_id === 'wh_gone');
    if (gone !== undefined) await store.deliveries.settle(gone.hold, { kind: 'gone', status: 410, error: 'gone' });
    await store.workflows.create(submission(2, { resumed_from: task_id }), ROOM);
    const query = { owner: 'local', webhook_id: null, task_id: idOf(2), limit: 9, before: null };
    const found = await store.webhooks.list(query);
    expect(found.map(({ view }) => view.url)).toEqual(['https://receiver.example/hook']);
  });

  test('erasing a workflow takes its messages and its own webhooks along', async () => {
    const { store } = await fresh(open);
    await store.webhooks.register(registration());
    const task_id = await ended(store);
    await store.webhooks.register(registration({ webhook_id: 'wh_own', task_id }));
    await ended(store, 2);
    while (await store.deliveries.collect()) continue;
    expect((await deliveries(store)).length).toBe(6);
    await store.workflows.erase(task_id, ERASURE);
    expect(new Set((await deliveries(store)).map((one) => one.task_id))).toEqual(new Set([idOf(2)]));
    expect(await webhook(store, 'wh_own')).toBeUndefined();
    expect(await webhook(store)).toMatchObject({ pending: 2 });
    expect((await store.audit.verify(task_id))?.sound).toBe(true);
  });
}
