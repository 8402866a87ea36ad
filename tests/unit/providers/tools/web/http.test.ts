import { once } from 'node:events';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../../src/engine/system-clock.ts';
import { openGuard } from '../../../../../src/egress/egress.ts';
import type { Resolve } from '../../../../../src/egress/guard.ts';
import { openHttp, type FetchLimits, type Http } from '../../../../../src/providers/tools/web/http.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { openSite, paths, send, status, type Answer, type Site } from '../../../../support/sites.ts';
import { rejection } from '../../../../support/rejection.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function site(answer: Answer): Promise<Site> {
  const opened = await openSite(answer);
  closing.push(() => opened.close());
  return opened;
}

interface Wish {
  readonly allow?: readonly string[];
  readonly resolve?: Resolve;
  readonly limits?: FetchLimits;
  readonly clock?: FakeClock;
}

function http({ allow = [], resolve, limits, clock }: Wish): Http {
  const opened = openHttp({
    guard: openGuard(allow, resolve),
    clock: clock ?? systemClock,
    user_agent: 'beltalowda/0 (+https://example.org)',
    ...(limits && { limits }),
  });
  closing.push(() => opened.close());
  return opened;
}

function nowhere(): ReturnType<Resolve> {
  return Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
}

const never = new AbortController().signal;
const options = { accept: 'text/html', most: () => 1000, signal: never };

describe('fetching', () => {
  it('sends who we are and nothing else, unpacks what comes, and says where it was in the end', async () => {
    const there = await site(
      paths({
        '/from': (_asked, response) => status(response, 302, { location: '/to#part', 'set-cookie': 'id=1' }),
        '/to': (_asked, response) => send(response, gzipSync('<p>hello</p>'), { 'content-encoding': 'gzip' }),
      }),
    );
    const fetched = await http({ allow: [there.host] }).fetch(`${there.url}/from`, options);
    expect(new TextDecoder().decode(fetched.bytes)).toBe('<p>hello</p>');
    expect(fetched).toMatchObject({ status: 200, cut: false });
    expect(fetched.url.href).toBe(`${there.url}/to`);
    const [first, second] = there.asked;
    expect(first?.headers['user-agent']).toBe('beltalowda/0 (+https://example.org)');
    expect(Object.keys(second?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });

  it.each([
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['x-gzip', gzipSync],
  ] as const)('unpacks %s', async (coding, pack) => {
    const there = await site((_asked, response) => send(response, pack('text'), { 'content-encoding': coding }));
    const fetched = await http({ allow: [there.host] }).fetch(there.url, options);
    expect(new TextDecoder().decode(fetched.bytes)).toBe('text');
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:127.0.0.1]/',
    'http://2130706433/',
    'file:///etc/passwd',
    'http://user:pass@example.org/',
  ])('follows no redirect to %s', async (location) => {
    const there = await site((_asked, response) => status(response, 301, { location }));
    await expect(http({ allow: [there.host] }).fetch(there.url, options)).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
    });
    expect(there.asked).toHaveLength(1);
  });

  it('follows five redirects and no sixth, and none that leads nowhere', async () => {
    const there = await site(({ path }, response) => {
      const at = Number(path.slice(1));
      if (at === 0) send(response, 'there');
      else status(response, 307, { location: at === 99 ? 'http://' : `/${at - 1}` });
    });
    const client = http({ allow: [there.host] });
    expect((await client.fetch(`${there.url}/5`, options)).status).toBe(200);
    await expect(client.fetch(`${there.url}/6`, options)).rejects.toThrow('more than 5 redirects');
    await expect(client.fetch(`${there.url}/99`, options)).rejects.toThrow('no address');
  });

  it('asks about each hop before it is made', async () => {
    const there = await site(paths({ '/a': (_asked, response) => status(response, 302, { location: '/b' }) }));
    const hops: string[] = [];
    const hop = async (url: URL): Promise<void> => {
      hops.push(url.pathname);
      if (url.pathname === '/b') throw new Error('not this one');
    };
    await expect(http({ allow: [there.host] }).fetch(`${there.url}/a`, { ...options, hop })).rejects.toThrow(
      'not this one',
    );
    expect(hops).toEqual(['/a', '/b']);
    expect(there.asked).toHaveLength(1);
  });

  it('connects to no name that leads here, whatever it led to before', async () => {
    let asked = 0;
    const resolve: Resolve = async () => {
      asked += 1;
      return [{ address: '127.0.0.1', family: 4 }];
    };
    await expect(http({ resolve }).fetch('http://public.example:8080/', options)).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
    });
    expect(asked).toBe(1);
  });

  it('reads the beginning of what is too long and hangs up', async () => {
    const piece = Buffer.alloc(65_536, 'a');
    let sent = 0;
    const hungUp = Promise.withResolvers<void>();
    const there = await site((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100000000' });
      response.on('close', () => hungUp.resolve());
      const more = (): void => {
        while (sent < 100_000_000 && !response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) {
            void once(response, 'drain').then(more);
            return;
          }
        }
      };
      more();
    });
    const fetched = await http({ allow: [there.host] }).fetch(there.url, { ...options, most: () => 200_000 });
    await hungUp.promise;
    expect(fetched.bytes).toHaveLength(200_000);
    expect(fetched.cut).toBe(true);
    expect(sent).toBeLessThan(50_000_000);
  });

  it('holds no more of a packed answer than the limit, however much it swells to', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const there = await site((_asked, response) => send(response, bomb, { 'content-encoding': 'gzip' }));
    const fetched = await http({ allow: [there.host] }).fetch(there.url, options);
    expect(fetched).toMatchObject({ cut: true });
    expect(fetched.bytes).toHaveLength(1000);
  });

  it.each([
    ['rubbish for a packed body', { 'content-encoding': 'gzip' }, /no proper answer/],
    ['a packing nobody asked for', { 'content-encoding': 'compress, gzip' }, /packed as "compress, gzip"/],
  ] as const)('tells of %s', async (_what, headers, message) => {
    const there = await site((_asked, response) => send(response, 'not packed', headers));
    await expect(http({ allow: [there.host] }).fetch(there.url, options)).rejects.toThrow(message);
  });

  it('tells of headers that are too large, of a host that is not there, and of one that takes no connection', async () => {
    const there = await site((_asked, response) => send(response, 'x', { 'x-long': 'a'.repeat(40_000) }));
    await expect(http({ allow: [there.host] }).fetch(there.url, options)).rejects.toThrow(
      'headers of the answer are too large',
    );
    await there.close();
    await expect(http({ allow: [there.host] }).fetch(there.url, options)).rejects.toThrow('takes no connection');
    await expect(http({ resolve: nowhere }).fetch('http://gone.example/', options)).rejects.toThrow('no such host');
  });

  it('says that a lost connection is worth another try', async () => {
    const there = await site((_asked, response) => response.destroy());
    await expect(http({ allow: [there.host] }).fetch(there.url, options)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
    });
  });

  it('waits neither for headers that do not come nor for a body that stops', async () => {
    const limits = { connect_ms: 1000, headers_ms: 50, idle_ms: 50, overall_ms: 60_000 };
    const there = await site(({ path }, response) => {
      if (path === '/silent') return;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<p>');
    });
    const client = http({ allow: [there.host], limits });
    await expect(client.fetch(`${there.url}/silent`, options)).rejects.toThrow('no answer in time');
    await expect(client.fetch(`${there.url}/stops`, options)).rejects.toThrow('stopped half way');
  });

  it('ends what drips for ever, and what is called off', async () => {
    const clock = new FakeClock();
    const met = Promise.withResolvers<void>();
    const there = await site((_asked, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write('<p>');
      met.resolve();
    });
    const client = http({ allow: [there.host], clock });
    const late = rejection(client.fetch(there.url, options));
    await met.promise;
    await clock.advance(40_000);
    expect(await late).toContain('no complete answer within 40 s');
    const calling = new AbortController();
    const off = rejection(client.fetch(there.url, { ...options, signal: calling.signal }));
    calling.abort(new Error('enough'));
    expect(await off).toContain('enough');
    expect(clock.waiting).toBe(0);
  });
});
