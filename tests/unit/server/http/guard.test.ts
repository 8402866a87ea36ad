import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../../../src/server/http/body.ts';
import { type Access } from '../../../../src/server/http/access.ts';
import { httpApp } from '../../../../src/server/http/app.ts';
import { checkAddress, serviceOf } from '../../../../src/server/http/http.ts';
import { Origins } from '../../../../src/server/http/origins.ts';
import { OwnedRequests } from '../../../../src/server/http/owned-requests.ts';
import { RateLimit } from '../../../../src/server/http/rate-limit.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { as, ask, byName, post, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { TASK_ID } from '../mcp/views.ts';

interface Raw {
  readonly status: number;
  readonly code: string;
}

/** A request with headers that fetch does not let anybody set. */
async function raw(url: string, headers: Readonly<Record<string, string>>): Promise<Raw> {
  const sent = request(url, { headers, agent: false });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = await text(answer);
  const { code = '' } = (body === '' ? {} : JSON.parse(body)) as { code?: string };
  return { status: answer.statusCode ?? 0, code };
}

const open = () => servedHttp(new ScriptedOrchestrator());

describe('who may ask', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost:80:80',

    '169.254.169.254',
  ])('answers for no host %j', async (host) => {
    const { url } = await open();
    const { status, code } = await raw(`${url}/workflows`, { host });
    expect([400, 403]).toContain(status);
    expect(code).toMatch(/^(HOST_REFUSED|INVALID_INPUT)$/);
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:99', '[::1]:8417', 'research.corp', 'wiki.corp:8417'])(
    'answers for the host %s',
    async (host) => {
      const listening = { allowed_hosts: ['Research.corp', 'wiki.corp:8417'] };
      const { url } = await servedHttp(new ScriptedOrchestrator(), { listening });
      expect(await raw(`${url}/workflows`, { host })).toEqual({ status: 200, code: '' });
    },
  );

  it('answers for a name with a port under that port only', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator(), { listening: { allowed_hosts: ['wiki.corp:8417'] } });
    expect(await raw(`${url}/workflows`, { host: 'wiki.corp' })).toEqual({ status: 403, code: 'HOST_REFUSED' });
  });

  it.each([
    'null',
    'https://evil.example',
    'http://localhost.evil.example',
    'file://',
    'http://',
    'chrome-extension://abc',
  ])('refuses pages of %s, before anything is done', async (Origin) => {
    const scripted = new ScriptedOrchestrator();
    const { url } = await servedHttp(scripted);
    for (const path of ['/mcp', '/tools/orchestrate_research']) {
      const { status, body } = await ask(url + path, post({ task: 'a' }, { Origin }));
      expect([status, body['code']]).toEqual([403, 'ORIGIN_REFUSED']);
    }
    expect(scripted.asked).toEqual([]);
  });

  it('takes pages of its own, of allowed origins, and requests of no page', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator(), {
      listening: { allowed_origins: ['https://app.example:443'] },
    });
    for (const headers of [
      {},
      { Origin: 'http://localhost:5173' },
      { Origin: url },
      { Origin: 'https://app.example' },
    ]) {
      const { status, headers: given } = await ask(`${url}/workflows`, { headers });
      expect([status, given.get('access-control-allow-origin')]).toEqual([200, null]);
    }
  });

  it('shares answers with CORS origins alone, preflight included', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator(), {
      listening: { cors_origins: ['https://ui.example'], allowed_origins: ['https://app.example'] },
    });
    const preflight = {
      method: 'OPTIONS',
      headers: { Origin: 'https://ui.example', 'Access-Control-Request-Method': 'POST' },
    };
    const { status, headers } = await ask(`${url}/mcp`, preflight);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://ui.example');
    expect(headers.get('access-control-allow-headers')).toContain('mcp-protocol-version');
    const read = await ask(`${url}/workflows`, { headers: { Origin: 'https://ui.example' } });
    expect([read.status, read.headers.get('access-control-allow-origin'), read.headers.get('vary')]).toEqual([
      200,
      'https://ui.example',
      'Origin',
    ]);
    const other = { ...preflight, headers: { ...preflight.headers, Origin: 'https://app.example' } };
    expect((await ask(`${url}/mcp`, other)).status).toBe(405);
  });

  it('asks for no credential where it says how it is, and for one everywhere else', async () => {
    const { url } = await servedHttp(new ScriptedOrchestrator(), { access: byName });
    expect((await ask(`${url}/health`)).status).toBe(200);
    const { status, headers, body } = await ask(`${url}/workflows`, { headers: as('stranger') });
    expect([status, headers.get('www-authenticate'), body['code']]).toEqual([401, 'Bearer', 'UNAUTHENTICATED']);
    const narrow = await ask(`${url}/tools/cancel`, post({ task_id: TASK_ID }, as('ann:read')));
    expect([narrow.status, narrow.body['code']]).toEqual([403, 'FORBIDDEN']);
    expect(narrow.headers.get('www-authenticate')).toContain('scope="run"');
  });

  it('listens for other machines only where access is configured', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.7', 'research.corp', '128.0.0.1', '127.0.0.1.evil.example']) {
      expect(() => checkAddress({ host }, { configured: false })).toThrow('no access control is configured');
      expect(() => checkAddress({ host }, { configured: true })).not.toThrow();
    }
    for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1']) checkAddress({ host }, { configured: false });
    const refused = servedHttp(new ScriptedOrchestrator(), { listening: { host: '0.0.0.0' } });
    await expect(refused).rejects.toMatchObject({ code: 'ACCESS_REQUIRED', exit: 2 });
  });

  it('says that its port is taken', async () => {
    const { url } = await open();
    const port = Number(new URL(url).port);
    const refused = servedHttp(new ScriptedOrchestrator(), { listening: { port } });
    await expect(refused).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
  });
});

describe('an address that asks too often', () => {
  it('is told when to come back, before anybody looks at its credential', async () => {
    const clock = new FakeClock();
    let looked = 0;
    const access: Access = {
      ...byName,
      authenticate: (asked) => {
        looked += 1;
        return byName.authenticate(asked);
      },
    };
    const own = { host: '127.0.0.1', allowed_hosts: [], allowed_origins: [], cors_origins: [] };
    const scripted = new ScriptedOrchestrator();
    const log = { warn: () => undefined, debug: () => undefined };
    const parts = {
      version: '1',
      orchestrator: async () => scripted,
      access,
      clock,
      random: () => 0,
      tasks: true,
      checks: [],
      log,
    };
    const { signal } = new AbortController();
    const app = httpApp(serviceOf(parts, signal), {
      origins: new Origins(own),
      rate: new RateLimit(2, clock),
      owned: new OwnedRequests({ access, clock, log, most: 1 }),
    });
    const from = { address: '203.0.113.7', host: 'localhost', gone: signal, ends: signal, cut: () => undefined };
    const told: unknown[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const answer = await app.fetch(new Request('http://localhost/workflows', { headers: as('stranger') }), from);
      told.push([answer.status, answer.headers.get('retry-after')]);
    }
    expect(told).toEqual([
      [401, null],
      [401, null],
      [429, '30'],
      [429, '30'],
    ]);
    expect(looked).toBe(2);
  });
});

describe('what is taken', () => {
  it.each([undefined, 'text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'text/json'])(
    'refuses a body of the type %s',
    async (type) => {
      const { url } = await open();
      const headers = type === undefined ? new Headers() : new Headers({ 'Content-Type': type });
      const body = new TextEncoder().encode('{}');
      for (const path of ['/mcp', '/tools/list_workflows']) {
        const answer = await ask(url + path, { method: 'POST', body, headers });
        expect([answer.status, answer.body['code']]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
      }
    },
  );

  it('takes JSON with a charset, and no body as no arguments', async () => {
    const { url } = await open();
    for (const body of ['{}', '', ' \n']) {
      const init = post(body, { 'Content-Type': 'Application/JSON; charset=utf-8' });
      expect((await ask(`${url}/tools/list_workflows`, init)).status).toBe(200);
    }
  });

  it('refuses a body that is too long, announced or not, and goes on with the next request', async () => {
    const { url } = await open();
    const long = 'x'.repeat(MAX_BODY_BYTES + 1);
    const chunked = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(long));
        controller.close();
      },
    });
    for (const path of ['/mcp', '/tools/list_workflows']) {
      const announced = await ask(url + path, post(long));
      expect([announced.status, announced.body['code']]).toEqual([413, 'BODY_TOO_LARGE']);
    }
    const streamed = await ask(`${url}/mcp`, { ...post(''), body: chunked, duplex: 'half' });
    expect([streamed.status, streamed.body['code']]).toEqual([413, 'BODY_TOO_LARGE']);
    expect((await ask(`${url}/workflows`)).status).toBe(200);
  });

  it.each([
    ['deep', '['.repeat(65) + ']'.repeat(65), 413],
    ['wide', JSON.stringify(Array.from({ length: 20_001 }, () => 0)), 413],
    ['no JSON', '{"a":', 400],
    ['a number', '7', 400],
    ['a list', '[]', 400],
  ])('refuses a body that is %s', async (_what, body, status) => {
    const { url } = await open();
    expect((await ask(`${url}/tools/list_workflows`, post(body))).status).toBe(status);
  });

  it('refuses bytes that are no UTF-8', async () => {
    const { url } = await open();
    const answer = await ask(`${url}/tools/list_workflows`, { ...post(''), body: new Uint8Array([0x22, 0xff, 0x22]) });
    expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_INPUT']);
  });

  it('refuses what is compressed, and says so', async () => {
    const { url } = await open();
    const [plain, zipped] = ['identity', 'gzip'].map((coding) => post({}, { 'Content-Encoding': coding }));
    expect((await ask(`${url}/tools/list_workflows`, plain)).status).toBe(200);
    const { status, body } = await ask(`${url}/tools/list_workflows`, zipped);
    expect([status, body['detail']]).toEqual([415, 'a body in the coding "gzip" is not read']);
  });

  it('names the nearest path, and the methods of one', async () => {
    const { url } = await open();
    const lost = await ask(`${url}/workflow`);
    expect([lost.status, lost.body['code'], lost.body['hint']]).toEqual([
      404,
      'NO_SUCH_ROUTE',
      'Did you mean /workflows?',
    ]);
    const tool = await ask(`${url}/tools/get_state`, post({}));
    expect([tool.status, tool.body['hint']]).toEqual([404, 'Did you mean /tools/get_status?']);
    const wrong = await ask(`${url}/workflows`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await ask(`${url}/mcp`)).status).toBe(405);
  });
});

describe('every answer', () => {
  it('has security headers and an id, the one it came with where that is a word', async () => {
    const { url, log } = await open();
    for (const path of ['/health', '/nowhere', '/workflows']) {
      const { headers } = await ask(url + path, { headers: { 'X-Request-Id': 'abc-1' } });
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-request-id': 'abc-1',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
    }
    const made = await ask(`${url}/health`, { headers: { 'X-Request-Id': 'a b"}{' } });
    expect(made.headers.get('x-request-id')).toMatch(/^req_[0-9a-f-]{36}$/);
    const ids = log.map(({ fields }) => fields['request_id']);
    expect(ids).toEqual(['abc-1', 'abc-1', 'abc-1', made.headers.get('x-request-id')]);
  });

  it('tells a defect in the log with its request, and the caller no more than that', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.failure = new Error('boom');
    const { url, log } = await servedHttp(scripted);
    const { status, body } = await ask(`${url}/workflows`);
    expect([status, body['code'], JSON.stringify(body).includes('.ts:')]).toEqual([500, 'INTERNAL', false]);
    expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
      { fields: { path: '/workflows' }, message: 'boom' },
    ]);
  });
});
