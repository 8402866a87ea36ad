import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { expect, it, onTestFinished } from 'vitest';
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
