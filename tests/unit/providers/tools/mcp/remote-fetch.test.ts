import { expect, it, onTestFinished } from 'vitest';
import { remoteFetch } from '../../../../../src/providers/tools/mcp/remote-fetch.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { openSite } from '../../../../support/sites.ts';

it('hands on what fetch brings, and breaks off what never ends', async () => {
  const site = await openSite(({ path }, response) => {
    if (path === '/none') response.writeHead(204).end();
    else if (path === '/short') response.writeHead(404, { 'x-a': 'b' }).end('short');
    else {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1_000_000)));
      };
      response.on('drain', more);
      more();
    }
  });
  onTestFinished(() => site.close());
  const fetched = remoteFetch({ clock: new FakeClock(), later: () => undefined });
  const short = await fetched(`${site.url}/short`);
  expect([short.status, short.headers.get('x-a'), await short.text()]).toEqual([404, 'b', 'short']);
  expect((await fetched(`${site.url}/none`)).status).toBe(204);
  const endless = await fetched(`${site.url}/endless`);
  await expect(endless.text()).rejects.toThrow('it sent more than 32 MB');
});

it('follows no redirect with what an entry holds, and hears how long it is to wait', async () => {
  const asked: string[] = [];
  const site = await openSite(({ path }, response) => {
    asked.push(path);
    if (path === '/moved') response.writeHead(307, { location: '/elsewhere' }).end();
    else response.writeHead(429, { 'retry-after': path === '/late' ? '25' : '99999999' }).end();
  });
  onTestFinished(() => site.close());
  const waits: number[] = [];
  const fetched = remoteFetch({ clock: new FakeClock(), later: (ms) => waits.push(ms) });
  expect((await fetched(`${site.url}/moved`, { headers: { 'x-api-key': 'k' } })).status).toBe(307);
  await fetched(`${site.url}/late`);
  await fetched(`${site.url}/never`);
  expect(asked).toEqual(['/moved', '/late', '/never']);
  expect(waits).toEqual([25_000, 3_600_000]);
});
