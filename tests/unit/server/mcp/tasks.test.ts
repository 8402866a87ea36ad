import { Client } from '@modelcontextprotocol/client';
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client';
import type { JsonValue } from '@modelcontextprotocol/ext-tasks/core';
import {
  CancelTaskResultV2Schema,
  CreateTaskResultV2Schema,
  GetTaskResultV2Schema,
  hasTaskServerCapabilityV2,
  UpdateTaskResultV2Schema,
} from '@modelcontextprotocol/ext-tasks/core/v2';
import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { StatusView } from '../../../../src/core/views.ts';
import { CLIENTS } from './clients.ts';
import { connections } from './connections.ts';
import { ScriptedOrchestrator } from './scripted.ts';
import { CALLER, RESULT, START, STATUS, TASK_ID, without } from './views.ts';
import { type Answer, envelope, Wire } from './wire.ts';

const AT = START.created_at;
const WAITING = without(STATUS, 'queue_position');
const RUNNING = without(WAITING, 'plan');
const COMPLETED: StatusView = {
  ...without(RUNNING, 'error'),
  status: 'completed',
  phase: 'done',
  progress: 1,
  version: 40,
  completed_at: '2026-01-02T03:05:00.000Z',
  poll_after_seconds: 0,
};
const NO_TASKS = envelope({});

function get(wire: Wire): Promise<Answer> {
  return wire.request('tasks/get', { taskId: TASK_ID });
}

describe('the tasks extension', () => {
  const wires: Wire[] = [];
  afterEach(async () => {
    for (const wire of wires.splice(0)) await wire.close();
  });

  async function open(tasks = true): Promise<{ wire: Wire; scripted: ScriptedOrchestrator }> {
    const scripted = new ScriptedOrchestrator();
    const wire = await Wire.open({ version: '1', orchestrator: async () => scripted, caller: CALLER, tasks });
    wires.push(wire);
    return { wire, scripted };
  }

  test('is offered to clients of the 2026 era, unless it is switched off', async () => {
    const { wire } = await open();
    const { result } = await wire.request('server/discover');
    expect(hasTaskServerCapabilityV2(result?.['capabilities'])).toBe(true);
    const off = await open(false);
    expect((await off.wire.request('server/discover')).result?.['capabilities']).not.toHaveProperty('extensions');
    expect((await off.wire.call('orchestrate_research', { task: 'Why?' })).result).toMatchObject({
      resultType: 'complete',
      structuredContent: START,
    });
    expect((await get(off.wire)).error).toMatchObject({ code: -32_601 });
  });

  test.each([
    ['orchestrate_research', { task: 'Why?' }],
    ['resume', { task_id: TASK_ID }],
  ])('%s answers a task of the same id, durable already', async (tool, args) => {
    const { wire, scripted } = await open();
    scripted.startView = { ...START, webhook: { webhook_id: 'wh_00' } };
    const { result } = await wire.call(tool, args);
    expect(CreateTaskResultV2Schema.parse(result)).toMatchObject({
      resultType: 'task',
      taskId: TASK_ID,
      status: 'working',
      createdAt: AT,
      lastUpdatedAt: AT,
      ttlMs: null,
      pollIntervalMs: 5000,
    });
    expect((await get(wire)).result).toMatchObject({ taskId: TASK_ID });
  });

  test('a secret that was made for a webhook is shown in place of a task, which can be asked for all the same', async () => {
    const { wire } = await open();
    const { result } = await wire.call('orchestrate_research', { task: 'Why?', webhook: { url: 'https://a.example' } });
    expect(result).toMatchObject({ resultType: 'complete', structuredContent: { webhook: START.webhook } });
    expect(JSON.stringify(result?.['content'])).toContain(START.webhook?.secret);
    expect((await get(wire)).result).toMatchObject({ taskId: TASK_ID });
  });

  test('a client that did not say so in that very call gets no task', async () => {
    const { wire } = await open();
    await wire.call('orchestrate_research', { task: 'Why?' });
    for (const meta of [NO_TASKS, envelope({ extensions: {} })]) {
      const { result } = await wire.call('orchestrate_research', { task: 'Why?' }, meta);
      expect(result).toMatchObject({ resultType: 'complete', structuredContent: START });
    }
  });

  test('a dry run, an error and every other tool are answered as ever', async () => {
    const { wire, scripted } = await open();
    const { result } = await wire.call('get_status', { task_id: TASK_ID });
    expect(result).toMatchObject({ resultType: 'complete', structuredContent: STATUS });
    const dry = { ...without(START, 'task_id', 'resumed_from', 'broken_off', 'queue_position'), created_at: null };
    scripted.startView = dry;
    const estimated = await wire.call('orchestrate_research', { task: 'Why?', dry_run: true });
    expect(estimated.result).toMatchObject({ resultType: 'complete', structuredContent: dry });
    const refused = await wire.call('orchestrate_research', { task: '' });
    expect(refused.result).toMatchObject({ isError: true });
  });

  test('a running workflow is a working task that says what it does', async () => {
    const { wire, scripted } = await open();
    scripted.statusView = RUNNING;
    expect(GetTaskResultV2Schema.parse((await get(wire)).result)).toMatchObject({
      resultType: 'complete',
      taskId: TASK_ID,
      status: 'working',
      statusMessage: '1 of 2 agents done; belter-1: reading 12 passages',
      createdAt: STATUS.created_at,
      lastUpdatedAt: STATUS.recent_events.at(-1)?.timestamp,
      ttlMs: null,
      pollIntervalMs: 3000,
    });
    // Whoever only polls must not wait for ever after a restart.
    expect(scripted.recovered).toBe(1);
  });

  test('a plan that awaits approval is told, with the call that gives it', async () => {
    const { wire, scripted } = await open();
    scripted.statusView = { ...WAITING, phase: 'awaiting_approval' };
    const { result } = await get(wire);
    expect(result).toMatchObject({ status: 'working' });
    const call = `resume {"task_id":"${TASK_ID}","approve":true}`;
    expect(result?.['statusMessage']).toContain(call);
    // Cancelled, and not ended yet: that call would be refused.
    scripted.statusView = { ...RUNNING, phase: 'awaiting_approval' };
    expect((await get(wire)).result?.['statusMessage']).not.toContain(call);
  });

  test('a completed workflow hands over what the call would have answered, the report in it', async () => {
    const { wire, scripted } = await open();
    scripted.statusView = COMPLETED;
    const task = GetTaskResultV2Schema.parse((await get(wire)).result);
    expect(task).toMatchObject({
      status: 'completed',
      statusMessage: 'completed',
      lastUpdatedAt: COMPLETED.completed_at,
    });
    const result = 'result' in task ? task.result : {};
    const started = without(START, 'estimate', 'broken_off', 'queue_position', 'webhook');
    expect(result['structuredContent']).toEqual({
      ...started,
      status: 'completed',
      phase: 'done',
      version: 40,
      poll_after_seconds: 0,
      result: RESULT,
    });
    expect(result['resultType']).toBe('complete');
    expect(result).not.toHaveProperty('isError');
    expect(result['content']).toMatchObject([
      { type: 'text', text: expect.stringContaining('The log is replayed [1].') as string },
      { type: 'resource_link', name: 'report.md' },
    ]);
    expect(scripted.asked.at(-1)).toEqual({
      method: 'result',
      args: [TASK_ID, CALLER, { max_chars: 20_000, detail: 'report' }],
    });
  });

  test('a failed workflow is a call that completed with an error: failed is for errors of the protocol', async () => {
    const { wire, scripted } = await open();
    scripted.statusView = { ...COMPLETED, status: 'failed', error: STATUS.error };
    const task = GetTaskResultV2Schema.parse((await get(wire)).result);
    expect(task).toMatchObject({
      status: 'completed',
      statusMessage: 'failed with STEP_TIMEOUT: agent:belter-2 took longer than 180 s.',
      result: { isError: true, structuredContent: { status: 'failed', error: STATUS.error, result: RESULT } },
    });
  });

  test('a cancelled workflow is a cancelled task that says where its findings are', async () => {
    const { wire, scripted } = await open();
    scripted.statusView = { ...COMPLETED, status: 'cancelled' };
    const task = GetTaskResultV2Schema.parse((await get(wire)).result);
    expect(task).toMatchObject({ status: 'cancelled' });
    expect(task.statusMessage).toContain(`get_result {"task_id":"${TASK_ID}"}`);
  });

  test('tasks/cancel cancels, and is acknowledged with nothing', async () => {
    const { wire, scripted } = await open();
    const { result } = await wire.request('tasks/cancel', { taskId: TASK_ID });
    expect(CancelTaskResultV2Schema.parse(result)).not.toHaveProperty('task_id');
    expect(scripted.asked).toEqual([{ method: 'cancel', args: [TASK_ID, CALLER, undefined] }]);
  });

  test('tasks/update is acknowledged; nobody asked for input, so it changes nothing', async () => {
    const { wire, scripted } = await open();
    const update = { taskId: TASK_ID, inputResponses: { nobody: { action: 'accept' } } };
    const { result } = await wire.request('tasks/update', update);
    expect(UpdateTaskResultV2Schema.parse(result)).not.toHaveProperty('task_id');
    expect(scripted.asked.map(({ method }) => method)).toEqual(['status']);
  });

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('%s refuses what it must', async (method) => {
    const { wire, scripted } = await open();
    for (const taskId of ['wf_0000000000000000000000000z', 'nonsense', '']) {
      expect((await wire.request(method, { taskId })).error).toMatchObject({
        code: -32_602,
        message: expect.stringContaining('NOT_FOUND') as string,
        data: { code: 'NOT_FOUND' },
      });
    }
    expect((await wire.request(method, {})).error).toMatchObject({ code: -32_602 });
    expect((await wire.request(method, { taskId: TASK_ID }, NO_TASKS)).error).toMatchObject({
      code: -32_021,
      data: { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
    });
    scripted.failure = new Fault('STORE_LOCKED', 'locked');
    expect((await wire.request(method, { taskId: TASK_ID })).error).toMatchObject({ code: -32_603 });
  });

  test('tasks/list and tasks/result of the 2025 experiment do not exist', async () => {
    const { wire } = await open();
    for (const method of ['tasks/list', 'tasks/result']) {
      expect((await wire.request(method, { taskId: TASK_ID })).error).toMatchObject({ code: -32_601 });
    }
  });

  test("the project's own client library runs a call to its end through it", async () => {
    const { wire, scripted } = await open();
    const client = new Client({ name: 'ext', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(wire);
    scripted.startView = { ...without(START, 'webhook'), poll_after_seconds: 0 };
    scripted.statusView = COMPLETED;
    const session = createTaskSessionFromClient(client, {
      endpointId: 'test',
      rawDispatch: async (request) => {
        const { method, params } = request as { method: string; params: object };
        const { result, error } = await wire.request(method, params);
        return error === undefined
          ? { kind: 'result', result: result as JsonValue }
          : { kind: 'error', error: error as { code: number; message: string } };
      },
      v2RequestFraming: {
        protocolVersion: '2026-07-28',
        clientInfo: { name: 'ext', version: '1' },
        clientCapabilities: {},
      },
    });
    try {
      const execution = await session.callTool('orchestrate_research', { task: 'Why?' });
      const { outcome } = await execution.settle();
      expect(resultFromTaskOutcome(outcome)).toMatchObject({
        structuredContent: { status: 'completed', result: RESULT },
      });
    } finally {
      await session.close();
    }
  });
});

describe.each(CLIENTS)('%s, which takes no tasks', (_name, connect, era) => {
  const connected = connections(connect);

  test('sees no task, and in the 2025 era no sign of them', async () => {
    const { client } = await connected();
    const { structuredContent } = await client.callTool('orchestrate_research', { task: 'Why?' });
    expect(structuredContent).toEqual(START);
    const capabilities = Object.keys(client.getServerCapabilities() ?? {});
    expect(capabilities).not.toContain('tasks');
    expect(capabilities.includes('extensions')).toBe(era === 'modern');
    const { tools } = await client.listTools();
    for (const tool of tools) expect(tool).not.toHaveProperty('execution');
  });
});
