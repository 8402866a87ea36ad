import { describe, expect, it } from 'vitest';
import { CATALOGUE, type ErrorCode, Fault } from '../../../../src/core/errors.ts';
import { STATUS_OF } from '../../../../src/server/http/statuses.ts';
import { TOOLS } from '../../../../src/server/mcp/tool-requests.ts';
import { ask, post, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';
import { STATUS, TASK_ID } from '../mcp/views.ts';

const ARGUMENTS: Readonly<Record<string, object>> = {
  orchestrate_research: { task: 'How does a write-ahead log recover?' },
  get_status: { task_id: TASK_ID },
  get_result: { task_id: TASK_ID },
  cancel: { task_id: TASK_ID },
  resume: { task_id: TASK_ID },
  list_workflows: {},
  get_analytics: {},
};

describe('tools over plain requests', () => {
  it.each(TOOLS.map(({ name }) => name))('%s answers its structured content', async (name) => {
    const scripted = new ScriptedOrchestrator();
    const { url } = await servedHttp(scripted);
    const { status, headers, body } = await ask(`${url}/tools/${name}`, post(ARGUMENTS[name]));
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    const tool = TOOLS.find((one) => one.name === name);
    const { structuredContent } = (await tool?.call(ARGUMENTS[name], {
      caller: { owner: 'local', trusted: false },
      scopes: new Set(['read', 'run'] as const),
      orchestrator: async () => scripted,
      signal: new AbortController().signal,
      progress: undefined,
      trace: undefined,
      takesTasks: false,
      takesLinks: true,
      defect: () => undefined,
    })) ?? { structuredContent: undefined };
    expect(body).toEqual(JSON.parse(JSON.stringify(structuredContent)));
    expect(Object.keys(body).length).toBeGreaterThan(0);
  });

  it('asks as the owner of the request, untrusted, with the trace of its headers', async () => {
    const scripted = new ScriptedOrchestrator();
    const { url } = await servedHttp(scripted);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await ask(`${url}/tools/orchestrate_research`, post({ task: 'a' }, { traceparent, tracestate: 'v=1' }));
    const [start] = scripted.asked;
    expect(start?.args).toMatchObject([
      { task: 'a', trace: { traceparent, tracestate: 'v=1' } },
      { owner: 'local', trusted: false },
    ]);
    expect(scripted.recovered).toBe(1);
  });

  it('gives a waiting call up when its client goes, and answers it when the service stops', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.wait = null;
    const { url, service } = await servedHttp(scripted);
    const waits = { task_id: TASK_ID, wait_seconds: 50 };
    const left = new AbortController();
    const gone = ask(`${url}/tools/get_status`, { ...post(waits), signal: left.signal }).catch(
      (error: Error) => error.name,
    );
    while (scripted.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    left.abort();
    expect(await gone).toBe('AbortError');
    await scripted.abandoned;
    const waiting = ask(`${url}/tools/get_status`, post(waits));
    while (scripted.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await service.close();
    const { status, body } = await waiting;
    expect([status, body['task_id']]).toEqual([200, STATUS.task_id]);
  });
});

describe('errors as problem details', () => {
  it.each(Object.keys(CATALOGUE) as ErrorCode[])('%s', async (code) => {
    const scripted = new ScriptedOrchestrator();
    scripted.failure = new Fault(code, 'what was wrong', { retryAfterMs: 2500 });
    const { url } = await servedHttp(scripted);
    const { status, headers, body } = await ask(`${url}/tools/list_workflows`, post({}));
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('retry-after')).toBe('3');
    const { hint, retryable, meaning } = CATALOGUE[code];
    expect(status).toBe(STATUS_OF[code]);
    expect(body).toEqual({
      type: `urn:beltalowda:error:${code}`,
      title: meaning,
      status,
      detail: 'what was wrong',
      code,
      hint,
      retryable,
    });
  });

  it('never answers what the caller could mend with a status that blames the service', () => {
    const usage = (Object.keys(CATALOGUE) as ErrorCode[]).filter((code) => CATALOGUE[code].exit === 2);
    const blamed = usage.filter((code) => STATUS_OF[code] >= 500);
    // Both are told by the command line, before there is anybody to answer.
    expect(blamed).toEqual(['CONFIG_INVALID', 'ACCESS_REQUIRED']);
  });
});
