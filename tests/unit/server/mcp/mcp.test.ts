import { describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { ResultView, StartView } from '../../../../src/core/views.ts';
import { CLIENTS, type Progress, type TestClient, type ToolResult } from './clients.ts';
import { connections } from './connections.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { ANALYTICS, CALLER, CANCELLED, LIST, OLDER, RESULT, START, STATUS, TASK_ID, TRACE, without } from './views.ts';

const VALID: readonly (readonly [string, Record<string, unknown>])[] = [
  ['orchestrate_research', { task: 'Why?' }],
  ['get_status', { task_id: TASK_ID }],
  ['get_result', { task_id: TASK_ID }],
  ['cancel', { task_id: TASK_ID }],
  ['resume', { task_id: TASK_ID }],
  ['list_workflows', { limit: 3 }],
  ['get_analytics', { since: '2026-01-01' }],
];

function textOf(result: ToolResult): string {
  return result.content.map((block) => block.text ?? '').join('');
}

function lastLine(result: ToolResult): string {
  return textOf(result).split('\n').at(-1) ?? '';
}

function errorOf(result: ToolResult): Record<string, unknown> {
  expect(result.isError).toBe(true);
  return result.structuredContent?.['error'] as Record<string, unknown>;
}

describe.each(CLIENTS)('%s', (_name, connect) => {
  const open = connections(connect);
  let opened: () => number;

  async function connected(scripted: ScriptedOrchestrator): Promise<TestClient> {
    const connection = await open({ scripted });
    ({ opened } = connection);
    // Clients check answers, error results too, only against schemas they have listed.
    await connection.client.listTools();
    return connection.client;
  }

  test('lists its tools in their fixed order with every hint explicit', async () => {
    const client = await connected(new ScriptedOrchestrator());
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual([
      'orchestrate_research',
      'get_status',
      'get_result',
      'cancel',
      'resume',
      'list_workflows',
      'get_analytics',
    ]);
    for (const tool of tools) {
      expect(Object.keys(tool['annotations'] as object).sort()).toEqual(
        expect.arrayContaining(['destructiveHint', 'idempotentHint', 'openWorldHint', 'readOnlyHint']),
      );
      expect(tool['title']).toMatch(/research/i);
      expect(tool['inputSchema']).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool['outputSchema']).toMatchObject({ type: 'object' });
    }
    expect(client.getInstructions()).toContain('get_status');
    expect(opened()).toBe(0);
  });

  test('answers each tool with the whole view and with text that ends in the next call', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    const started = await client.callTool('orchestrate_research', { task: 'Why?' });
    expect(started.structuredContent).toEqual(START);
    expect(lastLine(started)).toBe(`Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`);

    const status = await client.callTool('get_status', { task_id: TASK_ID });
    expect(status.structuredContent).toEqual(STATUS);
    expect(lastLine(status)).toBe(`Next: resume {"task_id":"${TASK_ID}","approve":true}`);

    const result = await client.callTool('get_result', { task_id: TASK_ID, section: 'recovery' });
    expect(result.structuredContent).toEqual(RESULT);
    expect(textOf(result)).toContain(RESULT.text.trim());
    expect(lastLine(result)).toBe(`Next: get_result {"task_id":"${TASK_ID}","section":"recovery","cursor":"p2"}`);

    const cancelled = await client.callTool('cancel', { task_id: TASK_ID, reason: 'enough', finalize: true });
    expect(cancelled.structuredContent).toEqual(CANCELLED);
    expect(lastLine(cancelled)).toBe(`Next: get_result {"task_id":"${TASK_ID}"}`);

    const resumed = await client.callTool('resume', { task_id: TASK_ID, approve: true });
    expect(resumed.structuredContent).toEqual(START);
    expect(lastLine(resumed)).toBe(`Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`);

    const list = await client.callTool('list_workflows', { query: 'log', limit: 2 });
    expect(list.structuredContent).toEqual(LIST);
    expect(lastLine(list)).toBe('Next: list_workflows {"query":"log","limit":2,"cursor":"l2"}');

    const analytics = await client.callTool('get_analytics', { since: '2026-01-01' });
    expect(analytics.structuredContent).toEqual(ANALYTICS);
    expect(lastLine(analytics)).toBe(`Next: get_status {"task_id":"${OLDER}"}`);

    const asked = { task: 'Why?', orchestrator_type: 'beltalowda', require_approval: false, dry_run: false };
    expect(scripted.asked).toEqual([
      { method: 'start', args: [asked, CALLER] },
      { method: 'status', args: [TASK_ID, CALLER, undefined] },
      { method: 'result', args: [TASK_ID, CALLER, { section: 'recovery', max_chars: 20_000, detail: 'report' }] },
      { method: 'cancel', args: [TASK_ID, CALLER, { reason: 'enough', finalize: true }] },
      { method: 'resume', args: [TASK_ID, CALLER, { approve: true }] },
      { method: 'list', args: [CALLER, { query: 'log', limit: 2 }] },
      { method: 'analytics', args: [CALLER, { since: '2026-01-01' }] },
    ]);
  });

  test('takes up what was interrupted at the first call, but not for a dry run or a refused one', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    await client.callTool('orchestrate_research', { task: 'Why?', dry_run: true });
    await client.callTool('get_status', {});
    expect(scripted.recovered).toBe(0);
    for (const [tool, args] of VALID) await client.callTool(tool, args);
    expect(scripted.recovered).toBe(VALID.length);
  });

  test('passes every argument of orchestrate_research on', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    const args = {
      task: 'Compare two things',
      title: 'Two things',
      orchestrator_type: 'swarm',
      agents: 32,
      sources: ['notes', 'more/notes'],
      domains: ['technical', 'news'],
      context: 'for a talk',
      model: 'extractive',
      idempotency_key: 'k',
      require_approval: true,
      dry_run: true,
    };
    await client.callTool('orchestrate_research', args);
    expect(scripted.asked).toEqual([{ method: 'start', args: [args, CALLER] }]);
  });

  test('passes every argument of resume and list_workflows on', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    const changes = { approve: true, plan: STATUS.plan, agents: 12, sources: ['notes'] };
    await client.callTool('resume', { task_id: TASK_ID, ...changes });
    const filters = {
      status: 'completed',
      orchestrator_type: 'swarm',
      query: 'log',
      since: '2026-01-01',
      until: '2026-02-01T00:00:00Z',
      limit: 100,
      cursor: 'l2',
    };
    await client.callTool('list_workflows', filters);
    await client.callTool('list_workflows', {});
    expect(scripted.asked).toEqual([
      { method: 'resume', args: [TASK_ID, CALLER, changes] },
      { method: 'list', args: [CALLER, filters] },
      { method: 'list', args: [CALLER, { limit: 20 }] },
    ]);
  });

  test('a cursor of another query is an error that says so', async () => {
    const client = await connected(new ScriptedOrchestrator());
    const result = await client.callTool('list_workflows', { cursor: 'of another query' });
    expect(errorOf(result)).toMatchObject({ code: 'INVALID_INPUT', message: 'cursor belongs to another query' });
  });

  test('links the files of a result once, with its first page', async () => {
    const client = await connected(new ScriptedOrchestrator());
    const first = await client.callTool('get_result', { task_id: TASK_ID });
    expect(first.content.slice(1)).toMatchObject([
      { type: 'resource_link', uri: `orchestrator://${TASK_ID}/documents/report.md`, mimeType: 'text/markdown' },
    ]);
    const second = await client.callTool('get_result', { task_id: TASK_ID, cursor: 'p2' });
    expect(second.content.map(({ type }) => type)).toEqual(['text']);
  });

  test('keeps the trace context a call came with, and none that is malformed', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    const call = (meta: Record<string, unknown>) => client.callTool('orchestrate_research', { task: 'Why?' }, { meta });
    await call({ ...TRACE, other: 1 });
    await call({ traceparent: TRACE.traceparent, tracestate: 7 });
    await call({ ...TRACE, traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' });
    await call({ traceparent: ['x'] });
    const traces = scripted.asked.map(({ args }) => (args[0] as { trace?: unknown }).trace);
    expect(traces).toEqual([TRACE, { traceparent: TRACE.traceparent }, undefined, undefined]);
    await client.callTool('resume', { task_id: TASK_ID }, { meta: TRACE });
    expect(scripted.asked.at(-1)).toEqual({ method: 'resume', args: [TASK_ID, CALLER, { trace: TRACE }] });
  });

  test('an unknown tool is an error of the protocol that names the nearest', async () => {
    const client = await connected(new ScriptedOrchestrator());
    await expect(client.callTool('get_results', {})).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('there is no tool "get_results". Did you mean "get_result"?') as string,
    });
    await expect(client.callTool('deploy', {})).rejects.toMatchObject({
      message: expect.stringContaining('There are orchestrate_research, get_status') as string,
    });
    expect(opened()).toBe(0);
  });

  test.each(VALID)('%s answers a Fault as an error result that says what to change', async (tool, args) => {
    const scripted = new ScriptedOrchestrator();
    const fault = new Fault('NOT_FOUND', `no workflow ${TASK_ID}`);
    scripted.failure = fault;
    const client = await connected(scripted);
    const result = await client.callTool(tool, args);
    expect(errorOf(result)).toEqual(fault.toRecord());
    expect(textOf(result)).toBe(`NOT_FOUND: no workflow ${TASK_ID}\n${fault.hint}`);
  });

  test('says when the same call can succeed later', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.failure = new Fault('QUEUE_FULL', '1,000 workflows wait.');
    const client = await connected(scripted);
    expect(textOf(await client.callTool('orchestrate_research', { task: 'Why?' }))).toMatch(/succeed later\.$/);
  });

  test('answers anything else thrown as INTERNAL and serves on', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.failure = new Error('out of luck');
    const client = await connected(scripted);
    expect(errorOf(await client.callTool('get_status', { task_id: TASK_ID }))).toMatchObject({
      code: 'INTERNAL',
      message: 'out of luck',
    });
    scripted.failure = null;
    expect((await client.callTool('get_status', { task_id: TASK_ID })).isError).not.toBe(true);
  });

  test.each(VALID)('%s refuses an unknown argument and names the nearest', async (tool, args) => {
    const client = await connected(new ScriptedOrchestrator());
    const [known = ''] = Object.keys(args);
    const result = await client.callTool(tool, { ...args, [`${known}s`]: 1 });
    expect(errorOf(result)).toMatchObject({
      code: 'INVALID_INPUT',
      message: `unknown argument "${known}s": did you mean "${known}"?`,
    });
    expect(opened()).toBe(0);
  });

  test('sends growing progress with a sentence while it waits', async () => {
    const scripted = new ScriptedOrchestrator();
    const quiet = without(STATUS, 'queue_position');
    scripted.wait = [quiet, quiet, { ...quiet, progress: 0.6 }, { ...quiet, status: 'completed', progress: 1 }];
    const client = await connected(scripted);
    const seen: Progress[] = [];
    const result = await client.callTool(
      'get_status',
      { task_id: TASK_ID, wait_seconds: 50, since_version: 3 },
      { onprogress: (progress) => seen.push(progress) },
    );
    expect(result.structuredContent).toMatchObject({ status: 'completed' });
    // The second of four says nothing new.
    expect(seen).toHaveLength(3);
    for (const [index, { progress, total }] of seen.entries()) {
      expect(progress).toBeGreaterThan(seen[index - 1]?.progress ?? -1);
      expect(total).toBe(1);
    }
    expect(seen[0]?.message).toBe('1 of 2 agents done; belter-1: reading 12 passages');
    const wait = scripted.asked[0]?.args[2];
    expect(wait).toMatchObject({ wait_ms: 50_000, since_version: 3 });
  });

  test('sends no progress to a client that did not ask for it', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    await client.callTool('get_status', { task_id: TASK_ID, wait_seconds: 1 });
    expect(scripted.asked[0]?.args[2]).not.toHaveProperty('progress');
  });

  test('ends the wait, and nothing else, when the client gives the call up', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.wait = null;
    const client = await connected(scripted);
    const abort = new AbortController();
    const waiting = client.callTool('get_status', { task_id: TASK_ID, wait_seconds: 50 }, { signal: abort.signal });
    await client.callTool('get_result', { task_id: TASK_ID });
    abort.abort('no longer needed');
    await expect(waiting).rejects.toThrow(/no longer needed/);
    await scripted.abandoned;
    expect(scripted.asked.map(({ method }) => method)).toEqual(['status', 'result']);
  });

  test('orchestrate_research with wait_seconds answers the state at the end of the wait', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.wait = [{ ...without(STATUS, 'queue_position'), status: 'completed', phase: 'done', version: 40 }];
    const client = await connected(scripted);
    const result = await client.callTool('orchestrate_research', { task: 'Why?', wait_seconds: 45 });
    expect(result.structuredContent).toEqual({
      ...without(START, 'queue_position'),
      status: 'completed',
      phase: 'done',
      version: 40,
      poll_after_seconds: 3,
    });
    expect(lastLine(result)).toBe(`Next: get_result {"task_id":"${TASK_ID}"}`);
  });

  test('orchestrate_research never hides the task_id of an accepted workflow behind a failed wait', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.statusFailure = new Fault('STORE_LOCKED', 'locked');
    const client = await connected(scripted);
    const result = await client.callTool('orchestrate_research', { task: 'Why?', wait_seconds: 45 });
    expect(result.structuredContent).toEqual(START);
  });

  test('a dry run has no task_id and does not wait', async () => {
    const scripted = new ScriptedOrchestrator();
    const dry: StartView = { ...without(START, 'task_id', 'queue_position'), created_at: null };
    scripted.startView = dry;
    const client = await connected(scripted);
    const result = await client.callTool('orchestrate_research', { task: 'Why?', dry_run: true, wait_seconds: 9 });
    expect(result.structuredContent).toEqual(dry);
    expect(lastLine(result)).toMatch(/^Next: orchestrate_research \{"task":"Why\?"(?!.*dry_run)/);
    expect(scripted.asked.map(({ method }) => method)).toEqual(['start']);
  });

  test('an unfinished result is a normal answer that says to wait', async () => {
    const scripted = new ScriptedOrchestrator();
    const unfinished: ResultView = {
      ...without(RESULT, 'next_cursor', 'claims', 'error'),
      status: 'running',
      completeness: null,
      missing: [],
      title: null,
      summary: null,
      sections: [],
      text: '',
      sources: [],
      citations: null,
      execution_time: null,
    };
    scripted.resultView = unfinished;
    const client = await connected(scripted);
    const result = await client.callTool('get_result', { task_id: TASK_ID });
    expect(result.isError).not.toBe(true);
    expect(result.structuredContent).toEqual(unfinished);
    expect(lastLine(result)).toBe(`Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`);
  });

  test('never lets an answer out that breaks its schema, and says where', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.resultView = { ...RESULT, execution_time: -1 };
    const client = await connected(scripted);
    expect(errorOf(await client.callTool('get_result', { task_id: TASK_ID }))).toMatchObject({
      code: 'INTERNAL',
      message: 'the answer of get_result breaks its own schema at execution_time',
    });
  });

  test('leaves out what the contract does not name', async () => {
    const scripted = new ScriptedOrchestrator();
    scripted.startView = Object.assign({ ...START }, { secret: 1 });
    const client = await connected(scripted);
    const result = await client.callTool('orchestrate_research', { task: 'Why?' });
    expect(result.structuredContent).toEqual(START);
  });
});
