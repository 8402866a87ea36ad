/** What the protocol shows beside its tools, asked by everybody: made from the list of templates, so that a new one is asked too. */

import { expect, it, test } from 'vitest';
import { taskId } from '../../../../src/core/ids.ts';
import { TEMPLATES } from '../../../../src/server/mcp/resource-uris.ts';
import { as, byName, post, servedHttp } from '../../../support/http-service.ts';
import { finished, orchestra } from '../../../support/orchestra.ts';

const UNKNOWN = taskId(new Uint8Array(16).fill(9));
const LATEST = '2026-07-28';
const TASKS = 'io.modelcontextprotocol/tasks';

async function served() {
  const on = await orchestra();
  const task_id = await finished(on);
  return { ...(await servedHttp(on.orchestrator, { access: byName })), task_id };
}

/** As a client of the latest era asks, which knows tasks. */
async function asked(url: string, who: string, { method, params }: Message): Promise<string> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': LATEST,
    'io.modelcontextprotocol/clientInfo': { name: 'matrix', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [TASKS]: {} } },
  };
  const name = params['uri'] ?? params['taskId'];
  const headers = {
    ...as(who),
    Accept: 'application/json, text/event-stream',
    'MCP-Protocol-Version': LATEST,
    'Mcp-Method': method,
    ...(typeof name === 'string' ? { 'Mcp-Name': name } : {}),
  };
  const message = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } };
  return (await fetch(`${url}/mcp`, post(message, headers))).text();
}

interface Message {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const READS = TEMPLATES.map(({ uriTemplate }) => ({
  title: `resources/read ${uriTemplate}`,
  of: (task_id: string): Message => ({
    method: 'resources/read',
    params: {
      uri: uriTemplate.replace('{task_id}', task_id).replace('{source_id}', 's1').replace('{name}', 'report.md'),
    },
  }),
}));
const ABOUT_TASKS = ['tasks/get', 'tasks/update', 'tasks/cancel'].map((method) => ({
  title: method,
  of: (taskId: string): Message => ({ method, params: { taskId, inputResponses: {} } }),
}));

it.each([...READS, ...ABOUT_TASKS])('$title answers its owner, and tells nobody else anything', async ({ of }) => {
  const { url, task_id } = await served();
  expect(await asked(url, 'me', of(task_id))).not.toContain('"error"');
  const foreign = await asked(url, 'other', of(task_id));
  expect(foreign).toContain('"error"');
  expect(foreign.replaceAll(task_id, UNKNOWN)).toBe(await asked(url, 'other', of(UNKNOWN)));
  expect(await asked(url, 'stranger', of(task_id))).toContain('UNAUTHENTICATED');
});

test('lists and completions hold what is one’s own', async () => {
  const { url, task_id } = await served();
  const ref = { type: 'ref/resource', uri: 'orchestrator://{task_id}/status' };
  for (const message of [
    { method: 'resources/list', params: {} },
    { method: 'completion/complete', params: { ref, argument: { name: 'task_id', value: task_id.slice(0, 6) } } },
  ]) {
    expect(await asked(url, 'me', message)).toContain(task_id);
    expect(await asked(url, 'other', message)).not.toContain(task_id);
  }
});

test('who may only look cancels no task', async () => {
  const { url, task_id } = await served();
  const cancel = { method: 'tasks/cancel', params: { taskId: task_id } };
  expect(await asked(url, 'me:read', cancel)).toContain('takes the scope run');
});
