import { afterAll, describe, expect, it } from 'vitest';
import { webTools } from '../../../../../src/providers/tools/web/web.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { openSite, send, status, type Answer } from '../../../../support/sites.ts';

const opened: { close(): Promise<void> }[] = [];
const run = { signal: new AbortController().signal, idempotency_key: 'k' };

afterAll(async () => {
  for (const each of opened) await each.close();
});

/** A site whose robots.txt is answered so, and what an agent is told that asks for its page, which is gone: reading takes a thread. */
async function site(rules: Answer) {
  const there = await openSite((asked, response) =>
    asked.path === '/page' ? status(response, 410) : rules(asked, response),
  );
  const clock = new FakeClock();
  const tools = webTools({
    credentials: {},
    search: 'none',
    search_price: null,
    fetch_allow: [there.host],
    clock,
    version: '0',
  });
  opened.push(tools, there);
  const read = async (): Promise<string> =>
    (await tools.tools(true)[0]?.run({ url: `${there.url}/page` }, run))?.text ?? '';
  return { there, clock, read };
}

describe('the rules of a site that cannot be read', () => {
  it.each<[string, Answer]>([
    ['an answer that is broken', (_asked, response) => send(response, 'no gzip', { 'content-encoding': 'gzip' })],
    ['headers without end', (_asked, response) => send(response, '', { 'x-long': 'a'.repeat(40_000) })],
    ['an error', (_asked, response) => status(response, 503)],
  ])('%s says nothing, so nothing is read, and it is asked again after a minute', async (_what, rules) => {
    let broken = true;
    const { there, clock, read } = await site((asked, response) =>
      broken ? rules(asked, response) : status(response, 404),
    );
    expect(await read()).toMatch(/its robots\.txt.*so its pages are left alone for now/u);
    broken = false;
    await clock.advance(59_000);
    expect(await read()).toContain('left alone for now');
    expect(there.asked).toHaveLength(1);
    await clock.advance(1_000);
    expect(await read()).toContain('HTTP 410');
  });

  it('a host that takes no connection is left alone', async () => {
    const { there, read } = await site((_asked, response) => status(response, 404));
    await there.close();
    expect(await read()).toMatch(/does not give its robots\.txt \(the host takes no connection there\)/u);
  });

  it.each<[string, Answer]>([
    ['lead round in a circle', (_asked, response) => status(response, 302, { location: '/robots.txt' })],
    ['lead to no address', (_asked, response) => status(response, 302, { location: 'http://' })],
    ['lead where nothing is fetched', (_asked, response) => status(response, 302, { location: 'http://10.0.0.1/' })],
  ])('rules that %s are none', async (_what, rules) => {
    const { read } = await site(rules);
    expect(await read()).toContain('HTTP 410');
  });
});
