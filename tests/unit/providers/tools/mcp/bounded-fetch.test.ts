import { expect, it, onTestFinished } from 'vitest';
import { boundedFetch } from '../../../../../src/providers/tools/mcp/bounded-fetch.ts';
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
  const short = await boundedFetch(`${site.url}/short`);
  expect([short.status, short.headers.get('x-a'), await short.text()]).toEqual([404, 'b', 'short']);
  expect((await boundedFetch(`${site.url}/none`)).status).toBe(204);
  const endless = await boundedFetch(`${site.url}/endless`);
  await expect(endless.text()).rejects.toThrow('it sent more than 32 MB');
});
