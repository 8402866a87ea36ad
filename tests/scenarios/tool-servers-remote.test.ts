import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { call, everything, remote, serving, toolsOf } from '../support/served.ts';
import { openSite } from '../support/sites.ts';
import { misbehavingServer } from '../support/tool-server.ts';

/** A server of the newer era, on a port of this machine. */
async function openModern() {
  const handler = createMcpHandler(misbehavingServer, { legacy: 'reject' });
  return openSite(({ method, path, headers, body }, response) => {
    const given = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const init = { method, headers: Object.fromEntries(given), ...(method === 'POST' ? { body } : {}) };
    void passOn(handler.fetch(new Request(`http://127.0.0.1${path}`, init)), response);
  });
}

async function passOn(answering: Promise<Response>, response: ServerResponse): Promise<void> {
  const answer = await answering;
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('reaches the reference server over HTTP, with the sessions of the older era, and finds it again', async () => {
  const port = await freePort();
  const { args } = everything('streamableHttp');
  const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(createInterface(child.stderr), 'line');
  const tools = await toolsOf(serving([remote('far', `http://127.0.0.1:${port}/mcp`)]));
  expect((await call(tools, 'far_echo', { message: 'Far away.' })).text).toBe('Echo: Far away.');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect(call(tools, 'far_echo', { message: 'Still?' })).rejects.toMatchObject({
    code: 'TOOL_UNAVAILABLE',
    retryable: true,
  });
});

it('reaches a server of the newer era, sends it the headers of its entry, and holds it to what may be used', async () => {
  const site = await openModern();
  onTestFinished(() => site.close());
  const entry = { ...remote('near', `${site.url}/mcp`, { authorization: 'Bearer sesame' }), tools: ['sum', 'absent'] };
  const { servers } = serving([entry]);
  const { tools, unavailable } = await servers.open(servers.servers, false);
  expect(tools.map(({ name }) => name)).toEqual(['near_sum']);
  expect(unavailable).toEqual([{ what: 'absent of near', why: 'the server has no such tool' }]);
  const named = new Map(tools.map((tool) => [tool.name, tool]));
  expect((await call(named, 'near_sum', { a: 1 })).text).toBe('It is 2.');
  expect(site.asked.map(({ headers }) => headers.authorization)).toEqual(site.asked.map(() => 'Bearer sesame'));
});

/** A server of the older era, without sessions. Calls are answered as its tools are called. */
async function openOdd() {
  const open: { hung: ServerResponse | null } = { hung: null };
  return openSite(({ method, body }, response) => {
    if (method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const asked = JSON.parse(body) as { method: string; id?: number; params: { name: string } };
    if (asked.id === undefined) {
      response.writeHead(202).end();
      // As the protocol wants it: no answer to what was called off.
      if (asked.method === 'notifications/cancelled') open.hung?.end();
      return;
    }
    const begin = (): void => void response.writeHead(200, { 'content-type': 'text/event-stream' });
    const answer = (result: unknown): void => {
      begin();
      response.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: asked.id, result })}\n\n`);
    };
    const serverInfo = { name: 'odd', version: '1' };
    const ways: Readonly<Record<string, () => void>> = {
      initialize: () => answer({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo }),
      'tools/list': () => answer({ tools: ['cut', 'end', 'null', 'wait', 'hang', 'tell'].map(toolNamed) }),
      cut: () => {
        begin();
        response.write(': working\n\n', () => response.destroy());
      },
      end: () => {
        begin();
        response.end(': done\n\n');
      },
      null: () => answer(null),
      hang: () => {
        begin();
        response.write(': working\n\n');
        open.hung = response;
      },
      wait: () => void response.writeHead(429, { 'retry-after': '25' }).end(),
      tell: () => answer({ content: [{ type: 'text', text: 'The sea is deep.' }] }),
    };
    const unknown = { jsonrpc: '2.0', id: asked.id, error: { code: -32_601, message: 'no' } };
    const way = ways[asked.method === 'tools/call' ? asked.params.name : asked.method];
    if (way === undefined) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(unknown));
    else way();
  });
}

function toolNamed(name: string) {
  return { name, inputSchema: { type: 'object', properties: {} } };
}

it('hears that an answer broke off, and does not wait for it any longer', async () => {
  const site = await openOdd();
  onTestFinished(() => site.close());
  for (const how of ['cut', 'end', 'null']) {
    const tools = await toolsOf(serving([remote('odd', site.url)]));
    await expect(call(tools, `odd_${how}`)).rejects.toMatchObject({
      code: 'TOOL_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('it ended its answer before it was whole'),
    });
  }
});

it('stays with a server that ends what was called off without a word', async () => {
  const site = await openOdd();
  onTestFinished(() => site.close());
  const tools = await toolsOf(serving([remote('odd', site.url)]));
  const stop = new AbortController();
  const hanging = tools.get('odd_hang')?.run({}, { signal: stop.signal, idempotency_key: 'k' });
  while (!site.asked.some(({ body }) => body.includes('"hang"'))) await new Promise(setImmediate);
  stop.abort(new Error('called off'));
  await expect(hanging).rejects.toThrow('called off');
  while (!site.asked.some(({ body }) => body.includes('notifications/cancelled'))) await new Promise(setImmediate);
  expect((await call(tools, 'odd_tell')).text).toBe('The sea is deep.');
  expect(site.asked.filter(({ body }) => body.includes('"initialize"'))).toHaveLength(1);
});

it('leaves a server alone for as long as it asks for', async () => {
  const site = await openOdd();
  onTestFinished(() => site.close());
  const clock = new FakeClock();
  const tools = await toolsOf(serving([remote('odd', site.url)], clock));
  await expect(call(tools, 'odd_wait')).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE', retryAfterMs: 25_000 });
  const asked = site.asked.length;
  clock.jump(24_000);
  await expect(call(tools, 'odd_tell')).rejects.toMatchObject({ retryable: true, retryAfterMs: 1000 });
  expect(site.asked).toHaveLength(asked);
  clock.jump(1000);
  expect((await call(tools, 'odd_tell')).text).toBe('The sea is deep.');
});

it('says of a server that lets nobody in, answers something else, or is further away than the network goes, what it is', async () => {
  const closed = await openSite((_asked, response) => response.writeHead(401).end('no'));
  const page = await openSite((_asked, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello</p>'),
  );
  onTestFinished(async () => {
    await Promise.all([closed.close(), page.close()]);
  });
  const { servers } = serving([
    remote('closed', closed.url, { 'x-key': 'sesame-opens' }),
    remote('page', page.url),
    remote('far', 'https://tools.example/mcp?key=sesame-opens'),
  ]);
  const { tools, unavailable } = await servers.open(servers.servers, false);
  expect(tools).toEqual([]);
  expect(unavailable).toEqual([
    { what: 'tools of closed', why: expect.stringContaining('401') },
    { what: 'tools of page', why: expect.stringContaining('text/html') },
    { what: 'tools of far', why: 'the network is off; BELTALOWDA_NETWORK=on lets agents use it' },
  ]);
  expect(JSON.stringify(unavailable)).not.toContain('sesame');
});
