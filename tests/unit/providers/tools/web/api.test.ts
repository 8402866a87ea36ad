import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../../src/engine/system-clock.ts';
import { openApi } from '../../../../../src/providers/tools/web/api.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { rejection } from '../../../../support/rejection.ts';
import { openSite, send, status, type Answer } from '../../../../support/sites.ts';

let answer: Answer = (_asked, response) => status(response, 404);
const there = await openSite((asked, response) => answer(asked, response));
const opened: { close(): Promise<void> }[] = [];
const { signal } = new AbortController();

afterAll(async () => {
  for (const each of opened) await each.close();
  await there.close();
});

function json(): Answer {
  return (_asked, response) => send(response, '[]', { 'content-type': 'application/json' });
}

describe('asking an interface', () => {
  const question = { provider: 'Test', key_variable: null, key: '', url: new URL(there.url), spacing_ms: 3000 };

  it('waits for its turn where the interface asks for that, and gives up when it is called off', async () => {
    const clock = new FakeClock();
    const api = openApi({ clock, user_agent: 'x' });
    opened.push(api);
    answer = json();
    await api.ask(question, signal);
    const second = api.ask(question, signal);
    const off = new AbortController();
    const third = rejection(api.ask(question, off.signal));
    expect(clock.next).toBe(clock.now() + 3000);
    off.abort(new Error('stop'));
    expect(await third).toContain('stop');
    await clock.advance(3000);
    expect(await second).toBe('[]');
    expect(clock.waiting).toBe(0);
  });

  it('tells no key that an interface says back, in whatever way it is written', async () => {
    const api = openApi({ clock: systemClock, user_agent: 'x' });
    opened.push(api);
    const key = 'BSA SECRET/123+';
    const asked = { ...question, spacing_ms: 0, key, url: new URL(`/?api_key=${encodeURIComponent(key)}`, there.url) };
    answer = ({ path }, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ path, token: key, header: 'Bearer 0123456789abcdef' }));
    };
    const said = await rejection(api.ask(asked, signal));
    expect(said).toContain('"token":"[key]","header":"Bearer [key]"');
    expect(said).not.toMatch(/SECRET|0123456789/u);
  });

  it('follows no redirect, reads no endless answer, and tells of a host that is not there', async () => {
    const api = openApi({ clock: systemClock, user_agent: 'x' });
    opened.push(api);
    const plain = { ...question, spacing_ms: 0 };
    answer = (_asked, response) => status(response, 302, { location: 'http://169.254.169.254/' });
    await expect(api.ask(plain, signal)).rejects.toMatchObject({ code: 'PROVIDER_PROTOCOL', retryable: false });
    answer = (_asked, response) => send(response, Buffer.alloc(4_100_000, 'a'));
    await expect(api.ask(plain, signal)).rejects.toThrow('more than 4 MB');
    answer = (_asked, response) => {
      response.writeHead(402, { 'content-type': 'application/json' });
      response.end('{"error":"no\\ncredit"}');
    };
    await expect(api.ask(plain, signal)).rejects.toMatchObject({ code: 'PROVIDER_QUOTA' });
    await expect(api.ask({ ...plain, url: new URL('http://127.0.0.1:1/') }, signal)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
  });
});
