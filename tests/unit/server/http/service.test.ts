import { describe, expect, it, onTestFinished } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { ListView } from '../../../../src/core/listing.ts';
import type { Caller } from '../../../../src/core/views.ts';
import type { HealthCheck } from '../../../../src/server/http/health.ts';
import { loopback } from '../../../../src/server/http/access.ts';
import { runService } from '../../../../src/server/http/service.ts';
import { diskCheck } from '../../../../src/store/sqlite/disk.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { ask, servedHttp } from '../../../support/http-service.ts';
import { orchestra } from '../../../support/orchestra.ts';
import { until } from '../mcp/connections.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { LIST } from '../mcp/views.ts';

/** A list that takes until the test lets it go. */
class Slow extends ScriptedOrchestrator {
  readonly work = Promise.withResolvers<ListView>();

  override async list(caller: Caller): Promise<ListView> {
    await super.list(caller);
    return this.work.promise;
  }
}

describe('stopping', () => {
  it('takes nothing new, says when to come back, and ends what is under way', async () => {
    const scripted = new Slow();
    const { url, service, clock } = await servedHttp(scripted);
    expect(await ask(`${url}/ready`)).toMatchObject({ status: 200, body: { ready: true } });
    const working = ask(`${url}/workflows`);
    await until(() => scripted.asked.length === 1);
    const closing = service.close();
    for (const path of ['/workflows', '/openapi.json']) {
      const { status, headers, body } = await ask(url + path);
      expect([status, headers.get('retry-after'), body['code']]).toEqual([503, '5', 'SHUTTING_DOWN']);
      expect(headers.get('connection')).toBe('close');
    }
    expect(await ask(`${url}/ready`)).toMatchObject({ status: 503, body: { ready: false } });
    expect((await ask(`${url}/health`)).status).toBe(200);
    scripted.work.resolve(LIST);
    const { status, headers } = await working;
    expect([status, headers.get('connection')]).toEqual([200, 'close']);
    await closing;
    await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
    expect(clock.now()).toBe(new FakeClock().now());
  });

  it('breaks off what does not end, after a few seconds', async () => {
    const scripted = new Slow();
    const { url, service, clock } = await servedHttp(scripted);
    const working = fetch(`${url}/workflows`).catch((error: Error) => error.message);
    await until(() => scripted.asked.length === 1);
    let closed = false;
    const closing = service.close().then(() => {
      closed = true;
      return closed;
    });
    await clock.advance(4499);
    expect(closed).toBe(false);
    await clock.advance(1);
    expect([await closing, await working]).toEqual([true, 'fetch failed']);
  });
});

const parts = () => ({
  version: '1.2.3',
  access: loopback,
  clock: new FakeClock(),
  random: () => 0.5,
  tasks: true,
  checks: [],
  log: { warn: () => undefined, debug: () => undefined },
});

describe('the process of a service', () => {
  const listening = {
    host: '127.0.0.1',
    port: 0,
    allowed_hosts: [],
    allowed_origins: [],
    cors_origins: [],
    rate_limit: 9,
    owner_max_requests: 9,
    max_connections: 9,
  };

  it('takes up what is open, says where it listens, and closes when it is stopped', async () => {
    const scripted = new ScriptedOrchestrator();
    const stop = Promise.withResolvers<void>();
    const said: string[] = [];
    let closed = 0;
    const exit = runService(parts(), listening, {
      opened: { get: async () => scripted, close: async () => void (closed += 1) },
      stopped: stop.promise,
      say: (line) => void said.push(line),
    });
    await until(() => said.length === 1);
    const [, url = ''] = /^beltalowda 1\.2\.3 listens on (\S+) \(MCP at \S+\/mcp\)\n$/.exec(said.join('')) ?? [];
    expect([scripted.recovered, (await ask(`${url}/health`)).status]).toEqual([1, 200]);
    stop.resolve();
    expect([await exit, closed]).toEqual([0, 1]);
  });

  it('ends with 1 when it cannot close in time', async () => {
    const own = parts();
    const exit = runService(own, listening, {
      opened: { get: async () => new ScriptedOrchestrator(), close: () => new Promise(() => undefined) },
      stopped: Promise.resolve(),
      say: () => undefined,
    });
    await until(() => own.clock.waiting > 0);
    await own.clock.advance(9000);
    expect(await exit).toBe(1);
  });

  it.each([
    { what: 'an address that others reach', host: '0.0.0.0', failure: null, code: 'ACCESS_REQUIRED', closes: 0 },
    {
      what: 'a database that cannot be opened',
      host: '127.0.0.1',
      failure: new Fault('STORE_CORRUPT', 'damaged'),
      code: 'STORE_CORRUPT',
      closes: 1,
    },
    { what: 'an address not its own', host: '192.0.2.1', failure: null, code: 'ADDRESS_UNAVAILABLE', closes: 1 },
  ])('does not start with $what, and leaves nothing open', async ({ host, failure, code, closes }) => {
    let closed = 0;
    const starting = runService(
      { ...parts(), access: { ...loopback, configured: code !== 'ACCESS_REQUIRED' } },
      { ...listening, host },
      {
        opened: {
          get: async () => {
            if (failure !== null) throw failure;
            return new ScriptedOrchestrator();
          },
          close: async () => void (closed += 1),
        },
        stopped: new Promise(() => undefined),
        say: () => undefined,
      },
    );
    await expect(starting).rejects.toMatchObject({ code });
    expect(closed).toBe(closes);
  });
});

function check(name: string, vital: boolean, look: () => Promise<void>): HealthCheck {
  return { name, vital, ttl_ms: 60_000, look };
}

describe('/health', () => {
  it('writes to the database, seldom, and is failing when that fails', async () => {
    const scripted = new ScriptedOrchestrator();
    const { url, clock } = await servedHttp(scripted);
    for (let turn = 0; turn < 5; turn += 1) expect((await ask(`${url}/health`)).body['status']).toBe('ok');
    expect(scripted.asked.map(({ method }) => method)).toEqual(['probe']);
    scripted.failure = new Fault('STORE_FULL', '/secret/place is full');
    await clock.advance(5000);
    const { status, body } = await ask(`${url}/health`);
    expect([status, body]).toMatchObject([
      503,
      { status: 'failing', version: '1.2.3', checks: [{ name: 'database', status: 'failing', code: 'STORE_FULL' }] },
    ]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('is degraded without what can be done without, and waits for nobody longer than it is waited for', async () => {
    let looks = 0;
    const away = check('provider', false, async () => {
      looks += 1;
      throw new Fault('PROVIDER_UNAVAILABLE', 'no answer');
    });
    const hanging = check('archive', false, () => new Promise(() => undefined));
    const { url, clock } = await servedHttp(new ScriptedOrchestrator(), { checks: [away, hanging] });
    const asking = ask(`${url}/health`);
    await until(() => looks === 1);
    await clock.advance(3000);
    const { status, body } = await asking;
    expect([status, body['status']]).toEqual([200, 'degraded']);
    expect(body['checks']).toMatchObject([
      { name: 'database', status: 'ok' },
      { name: 'provider', status: 'failing', code: 'PROVIDER_UNAVAILABLE' },
      { name: 'archive', status: 'slow' },
    ]);
    await ask(`${url}/health`);
    expect(looks).toBe(1);
  });

  it('does not look again at what hangs until that look has ended', async () => {
    const looks: PromiseWithResolvers<void>[] = [];
    const hanging = check('archive', false, () => {
      const look = Promise.withResolvers<void>();
      looks.push(look);
      return look.promise;
    });
    const { url, clock } = await servedHttp(new ScriptedOrchestrator(), { checks: [hanging] });
    const first = ask(`${url}/health`);
    await until(() => looks.length === 1);
    await clock.advance(3000);
    const slow = { checks: [{ name: 'database' }, { name: 'archive', status: 'slow' }] };
    expect((await first).body).toMatchObject(slow);
    await clock.advance(120_000);
    expect((await ask(`${url}/health`)).body).toMatchObject(slow);
    expect(looks).toHaveLength(1);
    looks[0]?.resolve();
    await clock.settle();
    const again = ask(`${url}/health`);
    await until(() => looks.length === 2);
    looks[1]?.resolve();
    expect((await again).body['status']).toBe('ok');
  });

  it('writes a real database, and looks at a real disk', async () => {
    const file = `${await temporaryFolder()}/test.db`;
    const on = await orchestra({ file, serve: false });
    const other = await openSqliteStore({ file, clock: on.clock });
    onTestFinished(() => other.close());
    const before = other.changes();
    const { url } = await servedHttp(on.orchestrator, { checks: [diskCheck(`${await temporaryFolder()}/x.db`)] });
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(other.changes()).not.toBe(before);
    await on.orchestrator.close();
    await expect(on.orchestrator.probe()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('tells a disk that is not there from one that has room', async () => {
    await expect(diskCheck('/nowhere/at/all/x.db').look()).rejects.toThrow('ENOENT');
  });
});
