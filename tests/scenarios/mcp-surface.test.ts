import process from 'node:process';
import { Client as ClientTwo } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioTwo } from '@modelcontextprotocol/client/stdio';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioOne } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, test } from 'vitest';
import type { ErrorRecord } from '../../src/core/errors.ts';
import type { AnalyticsView, ListView } from '../../src/core/listing.ts';
import type { EventsView, ResultView, StartView, StatusView } from '../../src/core/views.ts';
import { BINARY, pipeIn, ROOT, temporaryHome, type Home } from '../support/binary.ts';

const QUESTION = 'How do embedded databases keep committed data safe after a crash or power loss?';
const INFO = { name: 'surface', version: '1' };
const NOBODY = 'wf_0000000000000000000000000z';

interface Answer<V> {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string; readonly uri?: string }[];
  readonly structuredContent?: V;
}

interface Surface {
  call<V>(name: string, args: object): Promise<Answer<V>>;
  read(uri: string): Promise<string>;
  resources(): Promise<readonly string[]>;
  complete(uri: string, argument: { name: string; value: string }, task_id?: string): Promise<readonly string[]>;
  prompt(name: string, args: Record<string, string>): Promise<string>;
  /** Resolves once the resource is watched; `change` at its first change after that. */
  watch(uri: string): Promise<{ readonly change: Promise<void> }>;
}

function launch(home: Home) {
  return { command: process.execPath, args: [BINARY], cwd: ROOT, env: home.env, stderr: 'ignore' as const };
}

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function newHome(settings?: Readonly<Record<string, string>>): Promise<Home> {
  const home = await temporaryHome(settings);
  cleanups.push(() => home.remove());
  return home;
}

/** What both generations of clients do alike. */
function surface(client: ClientOne | ClientTwo): Omit<Surface, 'call' | 'watch'> {
  return {
    read: async (uri) => {
      const { contents } = await client.readResource({ uri });
      const [only] = contents;
      if (only === undefined || !('text' in only)) throw new Error(`no text at ${uri}`);
      return only.text;
    },
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    complete: async (uri, argument, task_id) => {
      const context = task_id === undefined ? {} : { context: { arguments: { task_id } } };
      return (await client.complete({ ref: { type: 'ref/resource', uri }, argument, ...context })).completion.values;
    },
    prompt: async (name, args) => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      const content = messages[0]?.content;
      return content?.type === 'text' ? content.text : '';
    },
  };
}

async function one(home: Home): Promise<Surface> {
  const client = new ClientOne(INFO);
  await client.connect(new StdioOne(launch(home)));
  cleanups.push(() => client.close());
  await client.listTools();
  return {
    ...surface(client),
    call: async <V>(name: string, args: object) =>
      (await client.callTool({ name, arguments: { ...args } }, undefined, { timeout: 120_000 })) as Answer<V>,
    watch: async (uri) => {
      const heard = Promise.withResolvers<void>();
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
        if (params.uri === uri) heard.resolve();
      });
      await client.subscribeResource({ uri });
      return { change: heard.promise };
    },
  };
}

async function two(home: Home, mode: 'legacy' | { readonly pin: string }): Promise<Surface> {
  const client = new ClientTwo(INFO, { versionNegotiation: { mode } });
  await client.connect(new StdioTwo(launch(home)));
  cleanups.push(() => client.close());
  await client.listTools();
  return {
    ...surface(client),
    call: async <V>(name: string, args: object) =>
      (await client.callTool({ name, arguments: { ...args } }, { timeout: 120_000 })) as Answer<V>,
    watch: async (uri) => {
      const heard = Promise.withResolvers<void>();
      client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
        if (params.uri === uri) heard.resolve();
      });
      if (mode === 'legacy') await client.subscribeResource({ uri });
      else await client.listen({ resourceSubscriptions: [uri] });
      return { change: heard.promise };
    },
  };
}

const CLIENTS: readonly (readonly [string, (home: Home) => Promise<Surface>])[] = [
  ['SDK v1 client', one],
  ['SDK v2 client, 2025 era', (home) => two(home, 'legacy')],
  ['SDK v2 client, 2026 era', (home) => two(home, { pin: '2026-07-28' })],
];

function view<V>(answer: Answer<V>): V {
  if (answer.isError === true || answer.structuredContent === undefined) throw new Error(JSON.stringify(answer));
  return answer.structuredContent;
}

function errorOf(answer: Answer<{ readonly error?: ErrorRecord }>): string | undefined {
  return answer.isError === true ? answer.structuredContent?.error?.code : undefined;
}

function lastLine(answer: Answer<unknown>): string {
  return answer.content[0]?.text?.split('\n').at(-1) ?? '';
}

async function researched(client: Surface): Promise<string> {
  const started = view(await client.call<StartView>('orchestrate_research', { task: QUESTION, wait_seconds: 50 }));
  expect(started.status).toBe('completed');
  return started.task_id ?? '';
}

describe.each(CLIENTS)('%s on the real binary', (_name, open) => {
  test('finds a workflow again by its words, counts it, and pages', async () => {
    const client = await open(await newHome());
    const task_id = await researched(client);
    const other = view(
      await client.call<StartView>('orchestrate_research', { task: 'What is a torn page?', wait_seconds: 50 }),
    );
    const found = view(await client.call<ListView>('list_workflows', { query: 'power loss' }));
    expect(found.workflows.map((workflow) => workflow.task_id)).toContain(task_id);
    const first = await client.call<ListView>('list_workflows', { limit: 1 });
    expect(view(first).workflows.map((workflow) => workflow.task_id)).toEqual([other.task_id]);
    const next = /^Next: list_workflows (\{.*\})$/.exec(lastLine(first))?.[1] ?? '{}';
    const second = view(await client.call<ListView>('list_workflows', JSON.parse(next) as object));
    expect(second.workflows.map((workflow) => workflow.task_id)).toEqual([task_id]);
    const stolen = await client.call<{ error?: ErrorRecord }>('list_workflows', {
      cursor: view(first).next_cursor,
      query: 'another',
    });
    expect(errorOf(stolen)).toBe('INVALID_INPUT');
    const analytics = view(await client.call<AnalyticsView>('get_analytics', {}));
    expect(analytics.totals).toMatchObject({ total_workflows: 2, success_rate: 1 });
    expect(errorOf(await client.call('get_analytics', { since: 'yesterday' }))).toBe('INVALID_INPUT');
  });

  test('resources hold what the tools say, and the very text that claims quote', async () => {
    const client = await open(await newHome());
    const task_id = await researched(client);
    const uris = await client.resources();
    expect(uris.slice(0, 4)).toEqual([
      'orchestrator://patterns',
      `orchestrator://${task_id}/status`,
      `orchestrator://${task_id}/results`,
      `orchestrator://${task_id}/documents/report.md`,
    ]);
    const status = view(await client.call<StatusView>('get_status', { task_id }));
    expect(JSON.parse(await client.read(`orchestrator://${task_id}/status`))).toEqual(status);
    const events = JSON.parse(await client.read(`orchestrator://${task_id}/events`)) as EventsView;
    expect(events.events.map(({ seq }) => seq)).toEqual(events.events.map((_event, index) => index + 1));
    expect(events.events.at(-1)?.event_type).toBe('workflow_complete');
    const result = JSON.parse(await client.read(`orchestrator://${task_id}/results`)) as ResultView;
    expect(result.claims?.length).toBeGreaterThan(0);
    for (const { source_id, quote, start, end } of result.claims ?? []) {
      const text = await client.read(`orchestrator://${task_id}/sources/${source_id}`);
      expect(text.slice(start, end)).toBe(quote);
    }
    const report = await client.call<ResultView>('get_result', { task_id });
    const [link] = view(report).documents;
    expect(report.content.at(-1)).toMatchObject({ type: 'resource_link', uri: link?.uri });
    expect(await client.read(link?.uri ?? '')).toBe(result.text);
    for (const uri of [`orchestrator://${NOBODY}/status`, `orchestrator://${task_id}/sources/s0`, 'orchestrator://x']) {
      await expect(client.read(uri)).rejects.toMatchObject({ data: { uri } });
    }
  });

  test('completes task_ids, sources and documents, and nothing from garbage', async () => {
    const client = await open(await newHome());
    const task_id = await researched(client);
    const status = 'orchestrator://{task_id}/status';
    expect(await client.complete(status, { name: 'task_id', value: task_id.slice(0, 10) })).toEqual([task_id]);
    const source = 'orchestrator://{task_id}/sources/{source_id}';
    expect(await client.complete(source, { name: 'source_id', value: 's' }, task_id)).not.toEqual([]);
    const document = 'orchestrator://{task_id}/documents/{name}';
    expect(await client.complete(document, { name: 'name', value: '' }, task_id)).toEqual(['report.md']);
    for (const value of ['%', "' OR 1=1 --", 'wf_*', '\u{1fa90}', 'x'.repeat(10_000)]) {
      expect(await client.complete(status, { name: 'task_id', value })).toEqual([]);
      expect(await client.complete(source, { name: 'source_id', value }, value)).toEqual([]);
    }
  });

  test('a plan is approved as it was edited, and only then are agents started', async () => {
    const client = await open(await newHome());
    const asked = { task: QUESTION, require_approval: true, wait_seconds: 50 };
    const started = view(await client.call<StartView>('orchestrate_research', asked));
    const { task_id } = started;
    expect(started.phase).toBe('awaiting_approval');
    const waiting = await client.call<StatusView>('get_status', { task_id, wait_seconds: 50 });
    expect(lastLine(waiting)).toBe(`Next: resume {"task_id":"${task_id}","approve":true}`);
    const plan = view(waiting).plan ?? [];
    expect(plan.length).toBeGreaterThan(0);
    const [first] = plan;
    const foreign = [{ ...first, agent_id: 'nobody-7' }];
    expect(errorOf(await client.call('resume', { task_id, plan: foreign }))).toBe('PLAN_INVALID');
    expect(errorOf(await client.call('resume', { task_id, plan: 'as it is' }))).toBe('INVALID_INPUT');
    const edited = [{ ...first }, { objective: 'What does a write-ahead log do after a crash?' }];
    view(await client.call<StartView>('resume', { task_id, plan: edited }));
    const ended = view(await client.call<StatusView>('get_status', { task_id, wait_seconds: 50 }));
    expect(ended.status).toBe('completed');
    const objectives = ended.agents.map(({ objective }) => objective);
    expect(objectives.slice(0, 2)).toEqual([first?.objective, 'What does a write-ahead log do after a crash?']);
    expect(errorOf(await client.call('resume', { task_id, approve: true }))).toBe('NOT_AWAITING_APPROVAL');
  });

  test('an ended workflow is gone on from as a new one', async () => {
    const client = await open(await newHome());
    const task_id = await researched(client);
    const resumed = view(await client.call<StartView>('resume', { task_id, agents: 12 }));
    expect(resumed).toMatchObject({ resumed_from: task_id });
    expect(resumed.task_id).not.toBe(task_id);
    const asked = { task_id: resumed.task_id, wait_seconds: 50 };
    const ended = view(await client.call<StatusView>('get_status', asked));
    expect(ended).toMatchObject({ status: 'completed', resumed_from: task_id });
    expect(errorOf(await client.call('resume', { task_id: NOBODY }))).toBe('NOT_FOUND');
  });

  test('hears of the end of a workflow it watches', async () => {
    const client = await open(await newHome());
    const asked = { task: QUESTION, require_approval: true, wait_seconds: 50 };
    const { task_id } = view(await client.call<StartView>('orchestrate_research', asked));
    const { change } = await client.watch(`orchestrator://${task_id}/results`);
    await client.call('resume', { task_id, approve: true });
    await change;
    expect(view(await client.call<ResultView>('get_result', { task_id })).status).toBe('completed');
  });

  test('prompts lead through the tools, and a missing argument is named', async () => {
    const client = await open(await newHome());
    expect(await client.prompt('deep_research', { question: QUESTION })).toContain(QUESTION);
    await expect(client.prompt('compare', {})).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('things is required') as string,
    });
  });
});

describe('the tasks extension on the real binary', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': INFO,
    'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  };

  async function asked(home: Home, method: string, params: object): Promise<Record<string, unknown>> {
    const line = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } });
    const { code, stdout } = await pipeIn(home, `${line}\n`);
    expect(code).toBe(0);
    const { result, error } = JSON.parse(stdout) as {
      result?: Record<string, unknown>;
      error?: Record<string, unknown>;
    };
    return result ?? { error };
  }

  const RESEARCH = { name: 'orchestrate_research', arguments: { task: QUESTION } };

  test('a task outlives the process that began it, and ends with the whole result', async () => {
    const home = await newHome();
    const task = await asked(home, 'tools/call', RESEARCH);
    expect(task).toMatchObject({ resultType: 'task', ttlMs: null });
    const { taskId } = task;
    // Each poll is a process of its own, which works on it while another tool waits.
    const wait = { name: 'get_status', arguments: { task_id: taskId, wait_seconds: 50 } };
    expect((await asked(home, 'tools/call', wait))['structuredContent']).toMatchObject({ status: 'completed' });
    const ended = await asked(home, 'tasks/get', { taskId });
    expect(ended).toMatchObject({
      taskId,
      status: 'completed',
      result: { resultType: 'complete', structuredContent: { task_id: taskId, result: { completeness: 'full' } } },
    });
    expect(await asked(home, 'tasks/cancel', { taskId })).toMatchObject({ resultType: 'complete' });
    expect(await asked(home, 'tasks/get', { taskId: NOBODY })).toMatchObject({ error: { code: -32_602 } });
  });

  test('is not there when it is switched off', async () => {
    const home = await newHome({ BELTALOWDA_MCP_TASKS: 'off' });
    expect(await asked(home, 'tools/call', RESEARCH)).toMatchObject({ resultType: 'complete' });
    expect((await asked(home, 'server/discover', {}))['capabilities']).not.toHaveProperty('extensions');
  });
});
