import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { Orchestrator, ResultView, StartView } from '../../../../src/core/views.ts';
import { CLIENTS, type Connection, type Progress, type ToolResult } from './clients.ts';
import { CALLER, CANCELLED, RESULT, ScriptedOrchestrator, START, STATUS, TASK_ID, without } from './scripted.ts';

const VALID: readonly (readonly [string, Record<string, unknown>])[] = [
  ['orchestrate_research', { task: 'Why?' }],
  ['get_status', { task_id: TASK_ID }],
  ['get_result', { task_id: TASK_ID }],
  ['cancel', { task_id: TASK_ID }],
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
  const connections: Connection[] = [];
  let opened = 0;

  async function connected(scripted: ScriptedOrchestrator): Promise<Connection['client']> {
    opened = 0;
    const orchestrator = async (): Promise<Orchestrator> => {
      opened += 1;
      return scripted;
    };
    const connection = await connect({ version: '1.2.3', orchestrator, caller: CALLER });
    connections.push(connection);
    // Clients check answers, error results too, only against schemas they have listed.
    await connection.client.listTools();
    return connection.client;
  }

  afterEach(async () => {
    for (const { client, service } of connections.splice(0)) {
      await client.close();
      await service.close();
    }
  });

  test('lists the four tools in their fixed order with every hint explicit', async () => {
    const client = await connected(new ScriptedOrchestrator());
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(['orchestrate_research', 'get_status', 'get_result', 'cancel']);
    for (const tool of tools) {
      expect(Object.keys(tool['annotations'] as object).sort()).toEqual(
        expect.arrayContaining(['destructiveHint', 'idempotentHint', 'openWorldHint', 'readOnlyHint']),
      );
      expect(tool['title']).toMatch(/research/i);
      expect(tool['inputSchema']).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool['outputSchema']).toMatchObject({ type: 'object' });
    }
    expect(client.instructions()).toContain('get_status');
    expect(opened).toBe(0);
  });

  test('answers each tool with the whole view and with text that ends in the next call', async () => {
    const scripted = new ScriptedOrchestrator();
    const client = await connected(scripted);
    const started = await client.callTool('orchestrate_research', { task: 'Why?' });
    expect(started.structuredContent).toEqual(START);
    expect(lastLine(started)).toBe(`Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`);

    const status = await client.callTool('get_status', { task_id: TASK_ID });
    expect(status.structuredContent).toEqual(STATUS);
    expect(lastLine(status)).toBe(`Next: get_status {"task_id":"${TASK_ID}","wait_seconds":45}`);

    const result = await client.callTool('get_result', { task_id: TASK_ID, section: 'recovery' });
    expect(result.structuredContent).toEqual(RESULT);
    expect(textOf(result)).toContain(RESULT.text.trim());
    expect(lastLine(result)).toBe(`Next: get_result {"task_id":"${TASK_ID}","section":"recovery","cursor":"p2"}`);

    const cancelled = await client.callTool('cancel', { task_id: TASK_ID, reason: 'enough', finalize: true });
    expect(cancelled.structuredContent).toEqual(CANCELLED);
    expect(lastLine(cancelled)).toBe(`Next: get_result {"task_id":"${TASK_ID}"}`);

    expect(scripted.asked).toEqual([
      { method: 'start', args: [{ task: 'Why?', orchestrator_type: 'beltalowda', dry_run: false }, CALLER] },
      { method: 'status', args: [TASK_ID, CALLER, undefined] },
      { method: 'result', args: [TASK_ID, CALLER, { section: 'recovery', max_chars: 20_000, detail: 'report' }] },
      { method: 'cancel', args: [TASK_ID, CALLER, { reason: 'enough', finalize: true }] },
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
      dry_run: true,
    };
    await client.callTool('orchestrate_research', args);
    expect(scripted.asked).toEqual([{ method: 'start', args: [args, CALLER] }]);
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
    expect(opened).toBe(0);
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
