/** Every route and every tool, asked by everybody: made from the lists, so that a new one is asked as well. */

import { expect, it } from 'vitest';
import { taskId } from '../../../../src/core/ids.ts';
import type { Route } from '../../../../src/server/http/route.ts';
import { ROUTE_GROUPS } from '../../../../src/server/http/routes.ts';
import { members } from '../../../../src/server/mcp/members.ts';
import { TOOLS } from '../../../../src/server/mcp/tool-requests.ts';
import { SCOPES } from '../../../../src/server/scope.ts';
import { as, byName, post, servedHttp } from '../../../support/http-service.ts';
import { finished, orchestra } from '../../../support/orchestra.ts';

const ROUTES = ROUTE_GROUPS.flatMap((group) => group.routes).map((route) => ({
  ...route,
  title: `${route.method} ${route.path}`,
}));
const UNKNOWN = taskId(new Uint8Array(16).fill(9));

/** A workflow of `me` that has ended, served to whoever comes. */
async function served() {
  const on = await orchestra();
  const task_id = await finished(on);
  return { ...(await servedHttp(on.orchestrator, { access: byName })), task_id };
}

/** What a schema asks for, with this workflow where it asks for one. */
function argumentsFor(schema: unknown, task_id: string): Readonly<Record<string, string>> {
  const { properties } = members(schema);
  if ('task_id' in members(properties)) return { task_id };
  return 'task' in members(properties) ? { task: 'How?' } : {};
}

interface Asked {
  readonly status: number;
  readonly body: string;
}

async function asked(
  url: string,
  route: Route,
  { task_id, who }: { readonly task_id: string; readonly who: string },
): Promise<Asked> {
  const path = route.path.replace('{id}', task_id).replace('{name}', 'report.md');
  const listing = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
  const body = route.path === '/mcp' ? listing : argumentsFor(route.body?.(), task_id);
  const headers = { ...as(who), Accept: 'application/json, text/event-stream' };
  const init = route.method === 'GET' ? { headers } : post(body, headers);
  const answer = await fetch(url + path, { ...init, method: route.method });
  return { status: answer.status, body: await answer.text() };
}

/** Whether what the route tells is one workflow's. */
function aboutOne(route: Route): boolean {
  return route.path.includes('{id}') || 'task_id' in members(members(route.body?.())['properties']);
}

it.each(ROUTES)('$title answers its owner with its scope, and tells nobody else anything', async (route) => {
  const { url, task_id } = await served();
  const own = await asked(url, route, { task_id, who: 'me' });
  expect([401, 403, 404, 405, 500]).not.toContain(own.status);

  const stranger = await asked(url, route, { task_id, who: 'stranger' });
  expect(stranger.status).toBe(route.scope === null ? 200 : 401);
  expect(stranger.body).not.toContain(task_id);

  const withOne = await Promise.all(SCOPES.map((scope) => asked(url, route, { task_id, who: `me:${scope}` })));
  const refused = SCOPES.filter((_scope, at) => [401, 403].includes(withOne[at]?.status ?? 0));
  expect(refused).toEqual(route.scope === null ? [] : SCOPES.filter((scope) => scope !== route.scope));

  const foreign = await asked(url, route, { task_id, who: 'other' });
  const unknown = await asked(url, route, { task_id: UNKNOWN, who: 'other' });
  expect([foreign.status, unknown.status].includes(404)).toBe(aboutOne(route));
  // In the same words as for what never was, where it is about one workflow; else without a word of it.
  expect(foreign.body.replaceAll(task_id, UNKNOWN)).toBe(aboutOne(route) ? unknown.body : foreign.body);
  expect(aboutOne(route) ? '' : foreign.body).not.toContain(task_id);
});

it.each(TOOLS.map((tool) => ({ tool, name: tool.name })))(
  'the tool $name over the protocol takes its scope, and tells nobody else anything',
  async ({ tool }) => {
    const { url, task_id } = await served();
    const call = async (who: string, named: string): Promise<Asked> => {
      const params = { name: tool.name, arguments: argumentsFor(tool.card().inputSchema, named) };
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
      const headers = { ...as(who), Accept: 'application/json, text/event-stream' };
      const answer = await fetch(`${url}/mcp`, post(message, headers));
      return { status: answer.status, body: await answer.text() };
    };
    expect((await call('me:read', task_id)).body.includes('FORBIDDEN')).toBe(tool.scope !== 'read');
    expect((await call('me:admin', task_id)).status).toBe(403);
    expect((await call('stranger', task_id)).status).toBe(401);

    const takesOne = 'task_id' in members(tool.card().inputSchema['properties']);
    const foreign = await call('other', task_id);
    const unknown = await call('other', UNKNOWN);
    expect(foreign.body.includes('NOT_FOUND')).toBe(takesOne);
    expect(foreign.body.replaceAll(task_id, UNKNOWN)).toBe(takesOne ? unknown.body : foreign.body);
    expect(takesOne ? '' : foreign.body).not.toContain(task_id);
  },
);
