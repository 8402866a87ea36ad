import { describe, expect, it } from 'vitest';
import { ME } from '../../../support/orchestra.ts';
import { ask, as, byName, servedHttp } from '../../../support/http-service.ts';
import { finished, orchestra } from '../../../support/orchestra.ts';

async function served() {
  const on = await orchestra();
  const task_id = await finished(on);
  const { url } = await servedHttp(on.orchestrator, { access: byName });
  const get = (path: string) => ask(url + path, { headers: as('me') });
  return { on, task_id, url, get };
}

const plain = (view: unknown): unknown => JSON.parse(JSON.stringify(view));

describe('reading workflows', () => {
  it('shows the views that the tools give', async () => {
    const { on, task_id, get } = await served();
    const { orchestrator } = on;
    expect((await get('/workflows?limit=5&status=completed')).body).toEqual(
      plain(await orchestrator.list(ME, { limit: 5 })),
    );
    expect((await get(`/workflows/${task_id}`)).body).toEqual(plain(await orchestrator.status(task_id, ME)));
    const page = { max_chars: 40, detail: 'evidence' } as const;
    expect((await get(`/workflows/${task_id}/result?max_chars=40&detail=evidence`)).body).toEqual(
      plain(await orchestrator.result(task_id, ME, page)),
    );
    const { events } = await orchestrator.events(task_id, ME);
    const rest = (await get(`/workflows/${task_id}/events?after=3&limit=2`)).body;
    expect(rest).toEqual(plain({ task_id, status: 'completed', events: events.slice(3, 5) }));
  });

  it('gives a file of the result with its kind and its name', async () => {
    const { on, task_id, url } = await served();
    const answer = await fetch(`${url}/workflows/${task_id}/documents/report.md`, { headers: as('me') });
    const { text } = await on.orchestrator.document(task_id, 'report.md', ME);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe("inline; filename*=UTF-8''report.md");
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const lost = await ask(`${url}/workflows/${task_id}/documents/..%2Fsecret`, { headers: as('me') });
    expect(lost.status).toBe(404);
  });

  it('says that one’s own that was deleted is gone', async () => {
    const { on, task_id, get, url } = await served();
    await on.orchestrator.delete(task_id, ME);
    for (const path of [`/workflows/${task_id}`, `/workflows/${task_id}/events`, `/stream/${task_id}`]) {
      expect(await get(path)).toMatchObject({ status: 410, body: { code: 'DELETED' } });
      expect((await ask(url + path, { headers: as('other') })).status).toBe(404);
    }
  });

  it.each([
    ['/workflows?limit=0', 'limit must be a whole number from 1 to 100; got 0'],
    ['/workflows?limit=2&limit=3', '"limit" is given more than once'],
    ['/workflows?state=failed', 'unknown argument "state": did you mean "status"?'],
    ['/workflows?status=gone', 'status must be one of'],
    ['/workflows/ID?task_id=x', 'task_id stands in the path'],
    ['/workflows/ID?wait_seconds=51', 'wait_seconds must be a whole number from 0 to 50; got 51'],
    ['/workflows/ID/events?after=-1', 'after must be a whole number'],
    ['/workflows/ID/documents/report.md?x=1', 'unknown argument "x"'],
    ['/stream/ID?after=a', 'after must be a whole number'],
  ])('refuses %s', async (path, detail) => {
    const { task_id, get } = await served();
    const { status, body } = await get(path.replace('ID', task_id));
    expect(status).toBe(400);
    expect(body['detail']).toContain(detail);
  });

  it.each(['nope', '%00', '%E0%A4%A', 'wf_', 'a'.repeat(5000), '..', '%2e%2e%2f', 'wf_0%0d%0aX:1'])(
    'finds no workflow under %s',
    async (id) => {
      const { get } = await served();
      for (const path of [`/workflows/${id}`, `/stream/${id}`, `/workflows/${id}/result`]) {
        const { status } = await get(path);
        expect([400, 404]).toContain(status);
      }
    },
  );
});
