/** The proxy of the environment: what goes over it, what does not, and what is said of one that passes nothing on. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { NO_USAGE } from '../../src/core/call.ts';
import { readProxy } from '../../src/config/proxy.ts';
import { directAddresses } from '../../src/providers/models/vendors/routes.ts';
import { languageModels, type Limits } from '../../src/providers/models/vendors/vendors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { asked } from '../support/vendor-events.ts';
import { type Answer, event, stream, vendorServer } from '../support/vendor-server.ts';

/** Of a domain that nobody has: only a proxy can answer for it. */
const FAR = 'http://models.invalid/v1';
const FAR_SAFE = 'https://models.invalid/v1';

const yes: Answer = (response) => {
  stream(response);
  response.end(event({ model: 'm', choices: [{ index: 0, delta: { content: 'Yes.' }, finish_reason: 'stop' }] }));
};

function asking(base_url: string, env: NodeJS.ProcessEnv, limits: Partial<Limits> = {}) {
  const { proxy } = readProxy(env);
  const models = languageModels({ credentials: { VLLM_BASE_URL: base_url }, clock: new FakeClock(), proxy, limits });
  onTestFinished(() => models.close());
  const { signal } = new AbortController();
  return models.model('vllm/m').exchange(asked(), { signal, idempotency_key: 'agent:belter-1/turn-1' });
}

interface Tunnels {
  readonly url: string;
  /** Where each was to lead, who asked for it, and how what was sent into it begins. */
  readonly opened: { readonly to: string; readonly who: string; first: string }[];
}

/** A proxy that answers each wish for a tunnel with `status`, and closes it after the first bytes. */
async function tunnels(status: number): Promise<Tunnels> {
  const opened: Tunnels['opened'] = [];
  const server = createServer().on('connect', (request, socket) => {
    const one = { to: request.url ?? '', who: request.headers['proxy-authorization'] ?? '', first: '' };
    opened.push(one);
    socket.on('error', () => {});
    socket.write(`HTTP/1.1 ${status} So\r\n\r\n`);
    if (status !== 200) socket.end();
    socket.once('data', (bytes: Buffer) => {
      one.first = bytes.toString('latin1');
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://bob:s%40same@127.0.0.1:${port}`, opened };
}

test('what is asked without encryption is asked of the proxy whole, with its user and password', async () => {
  const proxy = await vendorServer(yes);
  const env = { HTTP_PROXY: proxy.url.replace('//', '//bob:s%40same@') };
  expect(await asking(FAR, env)).toMatchObject({ kind: 'answered', answer: { text: 'Yes.' } });
  const [{ path, headers } = { path: '', headers: {} }] = proxy.asked;
  expect(path).toBe(`${FAR}/chat/completions`);
  expect(headers).toMatchObject({ 'proxy-authorization': `Basic ${btoa('bob:s@same')}` });
});

test('what is asked with encryption goes through a tunnel, in which the proxy reads nothing', async () => {
  const { url, opened } = await tunnels(200);
  expect(await asking(FAR_SAFE, { https_proxy: url })).toMatchObject({ kind: 'failed' });
  const [{ to, who, first } = { to: '', who: '', first: '' }] = opened;
  expect([to, who]).toEqual(['models.invalid:443', `Basic ${btoa('bob:s@same')}`]);
  // A greeting of TLS, for the vendor's name.
  expect(first.startsWith('\u0016\u0003')).toBe(true);
  expect(first).toContain('models.invalid');
  expect(first).not.toContain('chat/completions');
});

test('a model on this machine is not asked for over a proxy', async () => {
  const [proxy, vendor] = await Promise.all([vendorServer(yes), vendorServer(yes)]);
  expect(await asking(vendor.url, { HTTP_PROXY: proxy.url })).toMatchObject({ kind: 'answered' });
  expect([proxy.asked.length, vendor.asked.length]).toEqual([0, 1]);
});

test('all of this machine is, and so are the ranges of addresses that are excepted', async () => {
  const proxy = await vendorServer(yes);
  const port = new URL(proxy.url).port;
  await asking(`http://127.0.0.2:${port}/v1`, { HTTP_PROXY: proxy.url });
  expect(proxy.asked).toEqual([]);
  const direct = directAddresses('a.example, 192.168.0.0/16 10.*,172.16.*, [fd00::]/8, 300.1.1.1/8,1.2.3.4/99');
  const tried = ['192.168.7.7', '10.255.0.1', '172.16.3.4', '127.255.0.1', '172.17.0.1', '11.0.0.1', '1.2.3.4'];
  expect(tried.filter((address) => direct.check(address, 'ipv4'))).toEqual(tried.slice(0, 4));
  expect(['fd12::1', '::1', 'fe80::1'].map((address) => direct.check(address, 'ipv6'))).toEqual([true, true, false]);
});

test.each([
  ['a host that is excepted', (url: string) => ({ HTTP_PROXY: url, no_proxy: 'a.example, .invalid' })],
  ['all hosts are excepted', (url: string) => ({ HTTP_PROXY: url, NO_PROXY: '*' })],
  ['a proxy for the other kind of addresses', (url: string) => ({ HTTPS_PROXY: url })],
])('%s: it is looked for where it is', async (_why, env) => {
  const proxy = await vendorServer(yes);
  expect(await asking(FAR, env(proxy.url))).toMatchObject({ kind: 'failed', fault: { code: 'PROVIDER_UNAVAILABLE' } });
  expect(proxy.asked).toEqual([]);
});

/** A failure that cost nothing, and why. */
const unreached = (address: string, why: string) => ({
  kind: 'failed',
  fault: { code: 'PROVIDER_UNAVAILABLE', message: `vllm at ${address} cannot be reached (${why})` },
  usage: NO_USAGE,
});

test.each([403, 407, 502])(
  'a proxy that answers %i to a wish for a tunnel costs nothing, and is told of',
  async (status) => {
    const { url } = await tunnels(status);
    const why = `the proxy of the environment answers HTTP ${status}`;
    expect(await asking(FAR_SAFE, { HTTPS_PROXY: url })).toMatchObject(unreached(FAR_SAFE, why));
  },
);

test('a proxy that asks who it is, costs nothing either without a tunnel', async () => {
  const proxy = await vendorServer((response) => response.writeHead(407).end());
  const why = 'the proxy of the environment answers HTTP 407';
  expect(await asking(FAR, { HTTP_PROXY: proxy.url })).toMatchObject(unreached(FAR, why));
});

test.each([FAR, FAR_SAFE])('%s over a proxy that is not there costs nothing', async (address) => {
  const nobody = 'http://127.0.0.1:1';
  const exchange = await asking(address, { HTTP_PROXY: nobody, HTTPS_PROXY: nobody });
  expect(exchange).toMatchObject(unreached(address, 'ECONNREFUSED'));
});

test.each([
  ['goes away in the middle of making a tunnel', (socket: Duplex) => void socket.destroy()],
  ['never says that it has made a tunnel', () => {}],
])('a proxy that %s costs nothing', async (_what, connect) => {
  const server = createServer().on('connect', (_request, socket) => {
    onTestFinished(() => void socket.destroy());
    connect(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const exchange = await asking(FAR_SAFE, { HTTPS_PROXY: `127.0.0.1:${port}` }, { connect_ms: 200 });
  const message = expect.stringContaining(`vllm at ${FAR_SAFE} cannot be reached`);
  expect(exchange).toMatchObject({ kind: 'failed', fault: { message }, usage: NO_USAGE });
});
