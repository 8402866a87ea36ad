import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DeliveriesView, RegisterView } from '../../../../src/core/webhook.ts';
import { ask, as, byName, post, servedHttp } from '../../../support/http-service.ts';
import { finished, orchestra } from '../../../support/orchestra.ts';
import { until } from '../../../support/post.ts';

interface Message {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What takes messages, or turns them down as long as it is told to. */
async function receiver() {
  const state: { status: number; readonly messages: Message[] } = { status: 400, messages: [] };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      state.messages.push({ headers: request.headers, body });
      response.writeHead(state.status).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { state, host, url: `http://${host}/in` };
}

async function served() {
  const { state, host, url: to } = await receiver();
  const on = await orchestra({ settings: { fetch_allow: [host] } });
  on.orchestrator.recover();
  const { url } = await servedHttp(on.orchestrator, { access: byName, clock: on.clock });
  const send = (path: string, body: object, who = 'me') => ask(url + path, post(body, as(who)));
  const deliveries = async () =>
    plain((await ask(`${url}/webhook/deliveries?status=dead`, { headers: as('me') })).body) as DeliveriesView;
  return { on, send, deliveries, state, to };
}

/** As it was sent. */
function plain(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body));
}

describe('webhooks over HTTP', () => {
  it('are registered, told of in figures, and delivered again, for their owner alone', async () => {
    const { on, send, deliveries, state, to: url } = await served();
    const registered = await send('/webhook/register', { url, events: ['workflow_complete'] });
    const { webhook_id, secret = '' } = plain(registered.body) as RegisterView;
    expect(secret).toMatch(/^whsec_/);
    const task_id = await finished(on);
    await until(async () => {
      await on.clock.advance(50);
      return state.messages.length > 0;
    }, 'it is tried');
    // It is refused for so long before it is given up.
    on.clock.jump(3_600_000);
    await until(async () => {
      await on.clock.advance(500);
      return (await deliveries()).deliveries.length === 1;
    }, 'it is given up');
    const { webhooks, deliveries: dead } = await deliveries();
    expect(webhooks).toMatchObject([{ webhook_id, deliveries: 0, failures: dead[0]?.attempts, dead: 1 }]);
    const tried = state.messages.length;
    expect(JSON.stringify(webhooks)).not.toContain(secret);
    const [{ delivery_id, message_id } = { delivery_id: '', message_id: '' }] = dead;
    const again = `/webhook/deliveries/${delivery_id}/redeliver`;
    expect((await send(again, {}, 'other')).status).toBe(404);
    state.status = 204;
    expect(await send(again, {})).toMatchObject({ status: 200, body: { delivery_id, status: 'pending' } });
    await on.clock.advance(1000);
    await until(() => state.messages.length === tried + 1, 'it comes once more');
    const { headers, body } = state.messages.at(-1) ?? { headers: {}, body: '' };
    expect(headers['webhook-id']).toBe(message_id);
    // Its time is that of the clock of the test.
    const at = new Date(Number(headers['webhook-timestamp']) * 1000);
    expect(headers['webhook-signature']).toBe(new Webhook(secret).sign(message_id, at, body));
    expect(JSON.parse(body)).toMatchObject({ event_type: 'workflow_complete', task_id });
  });

  it('say what is wrong with a request, and forget what they are told to', async () => {
    const { send, to: url } = await served();
    expect(await send('/webhook/register', { url: 'ftp://a.example/' })).toMatchObject({ status: 422 });
    expect(await send('/webhook/register', { url, evnts: [] })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_INPUT', detail: expect.stringContaining('evnts') },
    });
    await send('/webhook/register', { url });
    expect(await send('/webhook/unregister', { url }, 'other')).toMatchObject({ status: 404 });
    expect(await send('/webhook/unregister', { url })).toMatchObject({ status: 200, body: { unregistered: 1 } });
    expect(await send('/webhook/unregister', { url })).toMatchObject({ status: 404 });
  });
});
