import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/core/views.ts';
import { type DeliveriesRequest, isWebhookSecret } from '../../../src/core/webhook.ts';
import { finished, ME, orchestra, type Orchestra, OTHER } from '../../support/orchestra.ts';
import { eventOf, NEW_SECRET, openReceiver, type Receiver, SECRET, status, until, verify } from '../../support/post.ts';

const URL = 'https://receiver.example/hook';
const UNKNOWN = 'wf_00000000000000000000000000';

/** A refusal without the id it names. */
function plain(text: string): string {
  return text.replaceAll(/"[^"]*"/g, '""');
}

interface Told {
  readonly on: Orchestra;
  readonly receiver: Receiver;
}

async function told(): Promise<Told> {
  const receiver = await openReceiver();
  return { on: await orchestra({ settings: { fetch_allow: [receiver.host] } }), receiver };
}

/** Lets what is due go out, until the receiver has so many. */
async function receives({ on, receiver }: Told, seqs: number): Promise<void> {
  await until(async () => {
    await on.clock.advance(50);
    return receiver.asked.length >= seqs;
  }, `${seqs} messages arrive`);
}

describe('a webhook that comes with the research', () => {
  test('is told every event of it, to the last one', async () => {
    const both = await told();
    const task_id = await finished(both.on, { task: 'How?', webhook: { url: both.receiver.url, secret: SECRET } });
    const { events } = await both.on.orchestrator.events(task_id, ME);
    await receives(both, events.length);
    expect(both.receiver.asked.map(eventOf)).toEqual(events);
    for (const asked of both.receiver.asked) verify(asked, SECRET);
  });

  test('is named in the answer, with its secret where that was made, and never again', async () => {
    const { on, receiver } = await told();
    const { orchestrator } = on;
    const own = await orchestrator.start({ task: 'How?', webhook: { url: receiver.url, secret: SECRET } }, ME);
    expect(own.webhook).toEqual({ webhook_id: expect.stringMatching(/^wh_[0-9a-f]{32}$/) as string });
    const request = { task: 'How now?', idempotency_key: 'k', webhook: { url: receiver.url } };
    const made = await orchestrator.start(request, ME);
    expect(isWebhookSecret(made.webhook?.secret ?? '')).toBe(true);
    const again = await orchestrator.start(request, ME);
    expect(again.task_id).toBe(made.task_id);
    expect(again).not.toHaveProperty('webhook');
    const everything = [
      await orchestrator.webhookDeliveries(ME),
      await orchestrator.status(made.task_id ?? '', ME),
      await orchestrator.events(made.task_id ?? '', ME),
    ];
    expect(JSON.stringify(everything)).not.toContain('whsec_');
  });

  test('is part of what a key stands for, its secret is not', async () => {
    const { on } = await told();
    const request = { task: 'How?', idempotency_key: 'k', webhook: { url: URL, secret: SECRET } };
    const { task_id } = await on.orchestrator.start(request, ME);
    const other = { ...request, webhook: { url: URL, secret: NEW_SECRET } };
    expect((await on.orchestrator.start(other, ME)).task_id).toBe(task_id);
    const elsewhere = { ...request, webhook: { url: `${URL}2` } };
    await expect(on.orchestrator.start(elsewhere, ME)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  test.each([
    [{ url: 'http://169.254.169.254/latest' }, 'ADDRESS_REFUSED', 'link-local'],
    [{ url: URL, secret: 'geheim' }, 'INVALID_INPUT', 'Standard Webhooks'],
    [{ url: URL, events: ['workflow_completed'] }, 'INVALID_INPUT', 'workflow_completed'],
    [{ url: URL, events: ['?'] }, 'INVALID_INPUT', 'no type of event'],
  ])('is refused where it cannot be used, and nothing is started: %j', async (webhook, code, words) => {
    const { on } = await told();
    for (const dry_run of [false, true]) {
      const refusal = on.orchestrator.start({ task: 'How?', webhook, dry_run }, ME);
      await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
    }
    expect((await on.orchestrator.list(ME)).workflows).toEqual([]);
  });

  test('hears of the workflow that goes on from it as well', async () => {
    const both = await told();
    const task_id = await finished(both.on, { task: 'How?', webhook: { url: both.receiver.url, secret: SECRET } });
    const { task_id: next = '' } = await both.on.orchestrator.resume(task_id, ME, { agents: 2 });
    await until(async () => {
      await both.on.clock.advance(1000);
      return both.receiver.asked.some((asked) => eventOf(asked).task_id === next);
    }, 'the new one is told of');
    expect(await both.on.orchestrator.webhookDeliveries(ME, { task_id: next })).toMatchObject({
      webhooks: [{ task_id: next }],
    });
  });

  test('a dry run registers nothing', async () => {
    const { on } = await told();
    const view = await on.orchestrator.start({ task: 'How?', webhook: { url: URL }, dry_run: true }, ME);
    expect(view).not.toHaveProperty('webhook');
    expect((await on.orchestrator.webhookDeliveries(ME)).webhooks).toEqual([]);
  });
});

describe('a webhook that is registered by itself', () => {
  test('for all workflows of its owner is told of those, and of nobody else’s', async () => {
    const both = await told();
    const view = await both.on.orchestrator.registerWebhook(
      { url: both.receiver.url, events: ['workflow_complete'] },
      ME,
    );
    expect(view).toMatchObject({ task_id: null, events: ['workflow_complete'], former_secret_until: null });
    const mine = await finished(both.on);
    await both.on.orchestrator.start({ task: 'Whose?' }, OTHER);
    await both.on.clock.advance(20_000);
    await receives(both, 1);
    const [only, ...more] = both.receiver.asked;
    expect(more).toEqual([]);
    if (only === undefined) throw new Error('one is sent');
    expect(eventOf(only)).toMatchObject({ task_id: mine, event_type: 'workflow_complete' });
    verify(only, view.secret ?? '');
  });

  test('for a workflow that has ended is told what there was', async () => {
    const both = await told();
    const task_id = await finished(both.on);
    await both.on.orchestrator.registerWebhook({ url: both.receiver.url, task_id }, ME);
    const { events } = await both.on.orchestrator.events(task_id, ME);
    await receives(both, events.length);
    expect(both.receiver.asked.map(eventOf)).toEqual(events);
  });

  test('keeps its id and secret when it is registered again, and gets another secret on request', async () => {
    const { on } = await told();
    const first = await on.orchestrator.registerWebhook({ url: URL }, ME);
    const again = await on.orchestrator.registerWebhook({ url: URL, events: ['agent_start'] }, ME);
    expect(again).toMatchObject({ webhook_id: first.webhook_id, events: ['agent_start'] });
    expect(again).not.toHaveProperty('secret');
    const given = await on.orchestrator.registerWebhook({ url: URL, secret: NEW_SECRET }, ME);
    expect(given).toMatchObject({ former_secret_until: new Date(on.clock.now() + 86_400_000).toISOString() });
    expect(given).not.toHaveProperty('secret');
    const rotated = await on.orchestrator.registerWebhook({ url: URL, rotate_secret: true }, ME);
    expect(isWebhookSecret(rotated.secret ?? '')).toBe(true);
    expect(rotated.secret).not.toBe(first.secret);
  });

  test('is forgotten by its id, or by its address', async () => {
    const { on } = await told();
    const { orchestrator } = on;
    const task_id = await finished(on);
    const { webhook_id } = await orchestrator.registerWebhook({ url: URL }, ME);
    await orchestrator.registerWebhook({ url: 'HTTPS://Receiver.example/hook#x', task_id }, ME);
    expect(await orchestrator.unregisterWebhook({ url: URL, task_id }, ME)).toEqual({ unregistered: 1 });
    expect(await orchestrator.unregisterWebhook({ webhook_id }, ME)).toEqual({ unregistered: 1 });
    for (const again of [{ webhook_id }, { url: URL }, { url: 'nowhere' }]) {
      await expect(orchestrator.unregisterWebhook(again, ME)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    for (const unclear of [{}, { task_id }, { webhook_id, url: URL }, { webhook_id, task_id }]) {
      await expect(orchestrator.unregisterWebhook(unclear, ME)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });
});

test('nobody sees, changes or makes anything of another owner’s', async () => {
  const { on } = await told();
  const { orchestrator } = on;
  const task_id = await finished(on);
  const { webhook_id } = await orchestrator.registerWebhook({ url: URL, task_id }, ME);
  await on.clock.advance(0);
  await until(async () => (await orchestrator.webhookDeliveries(ME)).deliveries.length > 0, 'messages are there');
  const [mine] = (await orchestrator.webhookDeliveries(ME)).deliveries;
  const refusals = (
    caller: Caller,
    its: { readonly task_id: string; readonly webhook_id: string; readonly id: string },
  ) =>
    Promise.all(
      [
        orchestrator.registerWebhook({ url: URL, task_id: its.task_id }, caller),
        orchestrator.unregisterWebhook({ webhook_id: its.webhook_id }, caller),
        orchestrator.unregisterWebhook({ url: URL, task_id: its.task_id }, caller),
        orchestrator.webhookDeliveries(caller, { task_id: its.task_id }),
        orchestrator.webhookDeliveries(caller, { webhook_id: its.webhook_id }),
        orchestrator.redeliver(its.id, caller),
      ].map((asked) => asked.then(String, (thrown: unknown) => String(thrown))),
    );
  const foreign = await refusals(OTHER, { task_id, webhook_id, id: mine?.delivery_id ?? '' });
  const nothing = await refusals(OTHER, { task_id: UNKNOWN, webhook_id: 'wh_x', id: 'dlv_x' });
  expect(foreign.map(plain)).toEqual(nothing.map(plain));
  expect(await orchestrator.webhookDeliveries(OTHER)).toEqual({ webhooks: [], deliveries: [] });
});

describe('messages', () => {
  test('are counted for each registration, given up, and delivered again on request', async () => {
    const both = await told();
    const { orchestrator } = both.on;
    both.receiver.answers = status(404);
    const { webhook_id } = await orchestrator.registerWebhook(
      { url: both.receiver.url, events: ['workflow_complete'] },
      ME,
    );
    const task_id = await finished(both.on);
    await receives(both, 1);
    // It is refused for so long before it is given up.
    both.on.clock.jump(3_600_000);
    const dead = async () => (await orchestrator.webhookDeliveries(ME, { status: 'dead' })).deliveries;
    await until(async () => {
      await both.on.clock.advance(50);
      return (await dead()).length === 1;
    }, 'it is given up');
    const [message] = await dead();
    expect(message).toMatchObject({ webhook_id, task_id, last_status: 404, last_error: 'HTTP 404' });
    const attempts = message?.attempts ?? 0;
    expect(attempts).toBeGreaterThanOrEqual(5);
    both.receiver.answers = status(200);
    expect(await orchestrator.redeliver(message?.delivery_id ?? '', ME)).toMatchObject({ status: 'pending' });
    await receives(both, both.receiver.asked.length + 1);
    const counted = async () => (await orchestrator.webhookDeliveries(ME, { webhook_id })).webhooks;
    await until(async () => (await counted())[0]?.deliveries === 1, 'it is taken');
    expect(await counted()).toMatchObject([{ webhook_id, deliveries: 1, failures: attempts, pending: 0, dead: 0 }]);
  });

  test('of a receiver that wants nothing more are not delivered again before it is registered again', async () => {
    const both = await told();
    const { orchestrator } = both.on;
    both.receiver.answers = status(410);
    const request = { url: both.receiver.url, events: ['workflow_complete'] };
    await orchestrator.registerWebhook(request, ME);
    await finished(both.on);
    await receives(both, 1);
    const dead = async () => (await orchestrator.webhookDeliveries(ME, { status: 'dead' })).deliveries[0];
    await until(async () => (await dead()) !== undefined, 'it is given up');
    const id = (await dead())?.delivery_id ?? '';
    await expect(orchestrator.redeliver(id, ME)).rejects.toMatchObject({ code: 'WEBHOOK_DISABLED' });
    await orchestrator.registerWebhook(request, ME);
    both.receiver.answers = status(200);
    expect(await orchestrator.redeliver(id, ME)).toMatchObject({ status: 'pending' });
    await receives(both, 2);
  });

  test('and registrations come in pages, one cursor for both', async () => {
    const both = await told();
    const { orchestrator } = both.on;
    for (let n = 0; n < 3; n += 1) await orchestrator.registerWebhook({ url: `${both.receiver.url}/${n}` }, ME);
    const task_id = await finished(both.on);
    const { events } = await orchestrator.events(task_id, ME);
    await receives(both, events.length * 3);
    const webhooks: string[] = [];
    const messages: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await orchestrator.webhookDeliveries(ME, { limit: 2, cursor });
      expect(page.webhooks.length).toBeLessThanOrEqual(2);
      webhooks.push(...page.webhooks.map((one) => one.webhook_id));
      messages.push(...page.deliveries.map((one) => one.delivery_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect([webhooks.length, new Set(webhooks).size]).toEqual([3, 3]);
    expect([messages.length, new Set(messages).size]).toEqual([events.length * 3, events.length * 3]);
    const { next_cursor } = await orchestrator.webhookDeliveries(ME, { limit: 1 });
    for (const wrong of [
      { status: 'dead' as const, cursor: next_cursor },
      { cursor: 'x' },
      { limit: 0 },
      { limit: 101 },
      JSON.parse('{"status":"lost"}') as DeliveriesRequest,
    ]) {
      await expect(orchestrator.webhookDeliveries(ME, wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  test('go with the workflow that is deleted', async () => {
    const both = await told();
    const task_id = await finished(both.on, { task: 'How?', webhook: { url: both.receiver.url, secret: SECRET } });
    await both.on.orchestrator.delete(task_id, ME);
    expect(await both.on.orchestrator.webhookDeliveries(ME)).toEqual({ webhooks: [], deliveries: [] });
  });
});

test('a receiver that never answers delays no workflow', async () => {
  const both = await told();
  both.receiver.answers = () => {};
  await both.on.orchestrator.registerWebhook({ url: both.receiver.url }, ME);
  const task_id = await finished(both.on);
  expect(await both.on.orchestrator.status(task_id, ME)).toMatchObject({ status: 'completed' });
  expect((await both.on.orchestrator.webhookDeliveries(ME)).webhooks).toMatchObject([{ deliveries: 0 }]);
});
