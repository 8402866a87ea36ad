import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Caller, StatusView, WaitOptions } from '../../../../src/core/views.ts';
import { TOOLS } from '../../../../src/server/mcp/tool-requests.ts';
import { HTTP_CLIENTS, modernClient } from '../../../support/http-clients.ts';
import { as, ask, byName, post, servedHttp } from '../../../support/http-service.ts';
import { until } from '../mcp/connections.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { STATUS, TASK_ID } from '../mcp/views.ts';

const ACCEPT = { Accept: 'application/json, text/event-stream' };
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

describe.each(HTTP_CLIENTS)('$title', ({ connect, version }) => {
  async function connected(scripted = new ScriptedOrchestrator()) {
    const served = await servedHttp(scripted);
    const client = await connect(served.url);
    onTestFinished(() => client.close());
    return { ...served, client, scripted };
  }

  it('has the tools, the resources and the answers that it has over stdio', async () => {
    const { client, scripted } = await connected();
    expect(client.version()).toBe(version);
    expect(await client.tools()).toEqual(TOOLS.map(({ name }) => name));
    expect(await client.resources()).toContain(`orchestrator://${TASK_ID}/status`);
    const { structuredContent, content } = await client.call('get_status', { task_id: TASK_ID });
    expect(structuredContent).toEqual(JSON.parse(JSON.stringify(scripted.statusView)));
    expect(content[0]?.text).toContain(TASK_ID);
    const refused = await client.call('get_status', {});
    expect([refused.isError, refused.structuredContent?.['error']]).toMatchObject([true, { code: 'INVALID_INPUT' }]);
  });

  it('hears how far a wait is, and drops it without the workflow', async () => {
    const { client, scripted } = await connected();
    scripted.wait = [STATUS, { ...STATUS, progress: 0.9, phase: 'synthesising' }];
    const heard: number[] = [];
    const waits = { task_id: TASK_ID, wait_seconds: 50 };
    await client.call('get_status', waits, { onprogress: ({ progress }) => heard.push(progress) });
    expect(heard.length).toBeGreaterThan(0);
    scripted.wait = null;
    const dropped = client.call('get_status', waits, { signal: AbortSignal.timeout(50) });
    await expect(dropped).rejects.toThrow(/abort|timeout/i);
    await client.close();
    await scripted.abandoned;
    expect(scripted.asked.some(({ method }) => method === 'cancel')).toBe(false);
  });

  it('is answered when the service stops while it waits', async () => {
    const { client, scripted, service } = await connected();
    scripted.wait = null;
    const waiting = client.call('get_status', { task_id: TASK_ID, wait_seconds: 50 });
    await until(() => scripted.asked.some(({ method }) => method === 'status'));
    await service.close();
    expect((await waiting).structuredContent).toMatchObject({ task_id: TASK_ID });
  });

  it('leaves nothing open on the server', async () => {
    const { client, scripted } = await connected();
    for (let turn = 0; turn < 5; turn += 1) {
      await client.resources();
      await client.call('list_workflows', {});
    }
    expect(scripted.watches).toBe(0);
  });

  it('is offered only what it can be told', async () => {
    const { client } = await connected();
    const told = version === '2026-07-28';
    expect(client.capabilities()['resources']).toEqual({ subscribe: told, listChanged: told });
  });
});

/** Two owners' workflows; a look at one that is another's finds nothing. */
class Shared extends ScriptedOrchestrator {
  readonly owner = 'ann';

  override async status(task_id: string, caller: Caller): Promise<StatusView> {
    const known = await super.status(caller.owner === this.owner ? task_id : `${task_id}-foreign`, caller);
    return known;
  }
}

describe('subscriptions', () => {
  const uri = `orchestrator://${TASK_ID}/status`;

  async function listening(url: string, who: string) {
    const client = await modernClient(url, as(who));
    onTestFinished(() => client.close());
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    const subscription = await client.listen({ resourceSubscriptions: [uri], resourcesListChanged: true });
    return { heard, subscription };
  }

  it('tell their owner of changes, and nobody else', async () => {
    const scripted = new Shared();
    const { url } = await servedHttp(scripted, { access: byName });
    const ann = await listening(url, 'ann');
    const ben = await listening(url, 'ben');
    await until(() => scripted.watches === 2);
    for (let version = 18; ann.heard.length < 3; version += 1) {
      scripted.statusView = { ...STATUS, version };
      scripted.hint(TASK_ID);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(new Set(ann.heard)).toEqual(new Set([uri]));
    expect(ben.heard).toEqual([]);
  });

  it('end with their client, and with the service', async () => {
    const scripted = new Shared();
    const { url, service } = await servedHttp(scripted, { access: byName });
    const { subscription } = await listening(url, 'ann');
    await until(() => scripted.watches === 1);
    await subscription.close();
    await until(() => scripted.watches === 0);
    await listening(url, 'ann');
    await until(() => scripted.watches === 1);
    await service.close();
    expect(scripted.watches).toBe(0);
  });

  it('are so many for one owner, and no workflow is looked at for more', async () => {
    const scripted = new Shared();
    const { url } = await servedHttp(scripted, { access: byName });
    const client = await modernClient(url, as('ann'));
    onTestFinished(() => client.close());
    const resourceSubscriptions = Array.from({ length: 1000 }, () => uri);
    const first = await client.listen({ resourceSubscriptions });
    const last = await client.listen({ resourceSubscriptions });
    const looks = (): number => scripted.asked.filter(({ method }) => method === 'status').length;
    const before = looks();
    await expect(client.listen({ resourceSubscriptions: [uri] })).rejects.toThrow('2000 resources in all');
    expect(looks()).toBe(before);
    await listening(url, 'ben');
    await Promise.all([first.close(), last.close()]);
    // Another's alone is left.
    await until(() => scripted.watches === 1);
    await listening(url, 'ann');
  });

  it('are a hundred for one owner, until one of them ends', async () => {
    const { url } = await servedHttp(new Shared(), { access: byName });
    const client = await modernClient(url, as('ann'));
    onTestFinished(() => client.close());
    const listen = () => client.listen({ resourcesListChanged: true });
    const all = await Promise.all(Array.from({ length: 100 }, listen));
    await expect(listen()).rejects.toThrow('at most 100 open subscriptions');
    await all[0]?.close();
    let again = await listen().catch(() => null);
    while (again === null) again = await listen().catch(() => null);
    await expect(listen()).rejects.toThrow('at most 100 open subscriptions');
  });

  it('name at most a thousand resources', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator());
    const params = { notifications: { resourceSubscriptions: Array.from({ length: 1001 }, () => uri) } };
    const message = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params };
    const { status, body } = await ask(`${url}/mcp`, post(message, ACCEPT));
    expect([status, body]).toEqual([
      400,
      { jsonrpc: '2.0', id: 1, error: { code: -32_602, message: 'A subscription names at most 1000 resources.' } },
    ]);
  });
});

/** What it answers is read from somewhere first. */
class Read extends ScriptedOrchestrator {
  override async status(task_id: string, caller: Caller): Promise<StatusView> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return super.status(task_id, caller);
  }
}

describe('answers', () => {
  const calls = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
  const params = { name: 'get_status', arguments: { task_id: TASK_ID } };
  const modern = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': 'get_status' };

  it.each([
    ['2025-11-25', { ...calls, params }, {}, 'text/event-stream'],
    ['2026-07-28', { ...calls, params: { ...params, _meta: META } }, modern, 'application/json'],
  ] as const)('of a call that does not wait leave in one piece, with their length (%s)', async (...told) => {
    const [, message, headers, type] = told;
    const { url } = await servedHttp(new Read());
    const answer = await fetch(`${url}/mcp`, post(message, { ...ACCEPT, ...headers }));
    const text = await answer.text();
    expect(answer.headers.get('content-type')).toContain(type);
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(text).toContain(TASK_ID);
  });
});

it.each([
  ['2025', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, {}, 406],
  [
    '2026',
    { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: META } },
    { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/list' },
    200,
  ],
] as const)('who does not say what they accept is answered as their era is: %s', async (...told) => {
  const [, message, headers, status] = told;
  const { url } = await servedHttp(new ScriptedOrchestrator());
  const answer = await fetch(`${url}/mcp?of=a-host`, post(message, { ...headers, Accept: 'application/json' }));
  expect(answer.status).toBe(status);
});

/** Tells at each turn of a wait what an agent does, at length. */
class Talkative extends ScriptedOrchestrator {
  static readonly turns = 300;
  told = 0;
  quiet = false;

  override async status(task_id: string, caller: Caller, wait?: WaitOptions): Promise<StatusView> {
    const { queue_position: _none, ...view } = await super.status(task_id, caller);
    const agents = view.agents.map((agent) => ({
      ...agent,
      status: 'running' as const,
      activity: 'x'.repeat(100_000),
    }));
    while (this.told < Talkative.turns && wait?.signal?.aborted === false) {
      this.told += 1;
      wait.progress?.({ ...view, status: 'running', agents, progress: this.told / Talkative.turns });
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.quiet = true;
    return view;
  }
}

it('an answer that grows while nobody takes it is cut off, and its call with it', async () => {
  const scripted = new Talkative();
  const { url } = await servedHttp(scripted);
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const params = {
    name: 'get_status',
    arguments: { task_id: TASK_ID, wait_seconds: 50 },
    _meta: { progressToken: 1 },
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const head = [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Accept: ${ACCEPT.Accept}`,
    `Content-Length: ${body.length}`,
  ];
  // It asks, and then reads no byte.
  socket.pause().write(`${head.join('\r\n')}\r\n\r\n${body}`);
  const closed = once(socket, 'close');
  await until(() => scripted.told > 0);
  await until(() => scripted.quiet);
  socket.on('error', () => undefined).resume();
  await closed;
  expect(scripted.told).toBeLessThan(Talkative.turns);
});

describe('messages', () => {
  const long = 'x'.repeat(257);
  const call = { jsonrpc: '2.0', method: 'tools/list' };

  it.each([
    ['an id', { ...call, id: long }],
    ['a token for progress', { ...call, id: 1, params: { _meta: { progressToken: long } } }],
    [
      'one of them in a batch',
      [
        { ...call, id: 1 },
        { ...call, id: 2, params: { _meta: { progressToken: long } } },
      ],
    ],
  ] as const)('refuses %s that is too long to be repeated in every notification', async (...[, message]) => {
    const { url } = await servedHttp(new ScriptedOrchestrator());
    const { status, body } = await ask(`${url}/mcp`, post(message, ACCEPT));
    expect([status, body]).toMatchObject([
      400,
      { error: { code: -32_600, message: 'An id or a progress token has at most 256 characters.' } },
    ]);
    expect(JSON.stringify(body).length).toBeLessThan(200);
  });

  it.each([
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"nothing/there","params":{}}', 200, -32_601],
    ['what is not of the protocol', '{"jsonrpc":"1.0"}', 400, -32_600],
    ['an empty batch', '[]', 400, -32_600],
    ['a batch that is too long', JSON.stringify(Array.from({ length: 101 }, () => ({ a: 1 }))), 400, -32_600],
    ['what is no JSON', '{', 400, -32_700],
    ['nothing', 'null', 400, -32_600],
  ] as const)('refuses %s in the protocol\u2019s own form', async (...[, body, status, code]) => {
    const { url } = await servedHttp(new ScriptedOrchestrator());
    const answer = await fetch(`${url}/mcp`, post(body, ACCEPT));
    const text = await answer.text();
    const { error } = JSON.parse(text.replace(/^event: message\ndata: /, '')) as { error: { code: number } };
    expect([answer.status, error.code]).toEqual([status, code]);
  });
});
