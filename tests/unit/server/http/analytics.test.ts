import { describe, expect, it } from 'vitest';
import { ask, as, byName, servedHttp } from '../../../support/http-service.ts';
import { finished, ME, orchestra } from '../../../support/orchestra.ts';

const PARTS = ['summary', 'workflows', 'costs', 'performance'] as const;

async function served() {
  const on = await orchestra();
  await finished(on);
  await finished(on, { task: 'What else?' });
  const { url } = await servedHttp(on.orchestrator, { access: byName });
  const get = (path: string, who = 'me') => ask(`${url}/analytics/${path}`, { headers: as(who) });
  return { on, get };
}

describe('figures', () => {
  it.each(PARTS)('of the %s are what the orchestrator tells', async (part) => {
    const { on, get } = await served();
    const view: unknown = JSON.parse(JSON.stringify(await on.orchestrator.figures[part](ME, { since: '2026-01-01' })));
    expect(await get(`${part}?since=2026-01-01`)).toMatchObject({ status: 200, body: view });
  });

  it.each(PARTS)('of everybody’s %s take the scope admin', async (part) => {
    const { get } = await served();
    const refused = await get(`${part}?all_owners=true`, 'me:read');
    expect(refused).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await get(`${part}?all_owners=false`, 'me:read')).status).toBe(200);
    const told = await get(`${part}?all_owners=true`, 'other');
    expect(told.status).toBe(200);
    expect(JSON.stringify(told.body)).toContain(`"owner":"${ME.owner}"`);
    expect(JSON.stringify((await get(part, 'other')).body)).not.toContain('"owner"');
  });

  it('come in pages', async () => {
    const { get } = await served();
    const first = (await get('workflows?limit=1')).body;
    const second = (await get(`workflows?limit=1&cursor=${String(first['next_cursor'])}`)).body;
    expect([first['recent_task_ids'], second['recent_task_ids']]).toEqual([
      [expect.stringMatching(/^wf_/)],
      [expect.stringMatching(/^wf_/)],
    ]);
    expect(second).not.toHaveProperty('next_cursor');
  });

  it.each([
    ['summary?limit=1', 'unknown argument "limit"'],
    ['costs?all_owners=yes', 'all_owners'],
    ['costs?limit=101', 'limit must be a whole number from 1 to 100; got 101'],
    ['performance?since=then', 'since must be a date or time'],
    ['workflows?cursor=abc', 'cursor is not one that the workflows returned'],
  ])('refuse %s', async (path, detail) => {
    const { get } = await served();
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(body['detail']).toContain(detail);
  });
});
