import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Client as ClientTwo } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioTwo } from '@modelcontextprotocol/client/stdio';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioOne } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, describe, expect, test } from 'vitest';
import type { ErrorRecord } from '../../src/core/errors.ts';
import type { CancelView, ResultView, StartView, StatusView } from '../../src/core/views.ts';
import { BINARY, pipeIn, ROOT, temporaryHome, type Home } from '../support/binary.ts';

const QUESTION = 'How do embedded databases keep committed data safe after a crash or power loss?';
const NOBODY = 'wf_0000000000000000000000000z';

interface Answer<V> {
  readonly isError?: boolean;
  readonly content: readonly { readonly text?: string }[];
  readonly structuredContent?: V;
}

interface Client {
  call<V>(
    name: string,
    args: object,
    onprogress?: (progress: { message?: string | undefined }) => void,
  ): Promise<Answer<V>>;
  close(): Promise<void>;
}

const INFO = { name: 'scenario', version: '1' };

function launch(home: Home): {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  stderr: 'ignore';
} {
  return { command: process.execPath, args: [BINARY], cwd: ROOT, env: home.env, stderr: 'ignore' };
}

async function one(home: Home): Promise<Client> {
  const client = new ClientOne(INFO);
  await client.connect(new StdioOne(launch(home)));
  await client.listTools();
  return {
    call: async <V>(name: string, args: object, onprogress?: (progress: { message?: string | undefined }) => void) =>
      (await client.callTool(
        { name, arguments: { ...args } },
        undefined,
        onprogress === undefined ? {} : { onprogress },
      )) as Answer<V>,
    close: () => client.close(),
  };
}

async function two(home: Home, mode: 'legacy' | { readonly pin: string }): Promise<Client> {
  const client = new ClientTwo(INFO, { versionNegotiation: { mode } });
  await client.connect(new StdioTwo(launch(home)));
  await client.listTools();
  return {
    call: async <V>(name: string, args: object, onprogress?: (progress: { message?: string | undefined }) => void) =>
      (await client.callTool(
        { name, arguments: { ...args } },
        onprogress === undefined ? {} : { onprogress },
      )) as Answer<V>,
    close: () => client.close(),
  };
}

const CLIENTS: readonly (readonly [string, (home: Home) => Promise<Client>])[] = [
  ['SDK v1 client', one],
  ['SDK v2 client, 2025 era', (home) => two(home, 'legacy')],
  ['SDK v2 client, 2026 era', (home) => two(home, { pin: '2026-07-28' })],
];

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function newHome(settings?: Readonly<Record<string, string>>): Promise<Home> {
  const home = await temporaryHome(settings);
  cleanups.push(() => home.remove());
  return home;
}

function view<V>(answer: Answer<V>): V {
  if (answer.isError === true || answer.structuredContent === undefined) throw new Error(JSON.stringify(answer));
  return answer.structuredContent;
}

/** The next call an answer's text proposes, made as it stands. */
function proposed(answer: Answer<unknown>): [name: string, args: object] {
  const last = answer.content[0]?.text?.split('\n').at(-1) ?? '';
  const found = /^Next: (\w+) (\{.*\})$/.exec(last);
  if (found?.[1] === undefined || found[2] === undefined) throw new Error(`no next call in: ${last}`);
  return [found[1], JSON.parse(found[2]) as object];
}

describe.each(CLIENTS)('%s on the real binary', (_name, open) => {
  async function connected(home: Home): Promise<Client> {
    const client = await open(home);
    cleanups.push(() => client.close());
    return client;
  }

  test('following the proposed calls leads from a question to a whole cited report', async () => {
    const client = await connected(await newHome());
    const started = await client.call<StartView>('orchestrate_research', { task: QUESTION });
    expect(view(started)).toMatchObject({ orchestrator_type: 'beltalowda', model: 'extractive' });

    const messages: string[] = [];
    const waited = await client.call<StatusView>(...proposed(started), ({ message }) => messages.push(message ?? ''));
    const status = view(waited);
    expect(status).toMatchObject({ status: 'completed', phase: 'done', progress: 1 });
    expect(status.agents.every((agent) => agent.status === 'completed')).toBe(true);
    for (const message of messages) expect(message).not.toBe('');

    const [name, args] = proposed(waited);
    expect(name).toBe('get_result');
    let page = await client.call<ResultView>(name, { ...args, max_chars: 500 });
    const whole = view(await client.call<ResultView>(name, { ...args, max_chars: 100_000, detail: 'evidence' }));
    let text = view(page).text;
    while (view(page).next_cursor !== undefined) {
      page = await client.call<ResultView>(...proposed(page));
      text += view(page).text;
    }
    expect(text).toBe(whole.text);

    expect(whole.citations?.total).toBeGreaterThan(0);
    const marks = [...whole.text.matchAll(/\[(\d+)\]/g)].map((mark) => Number(mark[1]));
    const numbers = new Set(whole.sources.map((source) => source.number));
    expect(marks.filter((mark) => !numbers.has(mark))).toEqual([]);
    expect(whole.claims?.length).toBe(whole.citations?.total);
    for (const claim of whole.claims ?? []) expect(claim.end - claim.start).toBe(claim.quote.length);
  });

  test('one idempotency key gives one workflow, and a cancel after the end changes nothing', async () => {
    const client = await connected(await newHome());
    const args = { task: QUESTION, idempotency_key: 'k1', wait_seconds: 50 };
    const first = view(await client.call<StartView>('orchestrate_research', args));
    expect(first.status).toBe('completed');
    expect(view(await client.call<StartView>('orchestrate_research', args)).task_id).toBe(first.task_id);
    const other = await client.call<{ error: ErrorRecord }>('orchestrate_research', {
      ...args,
      task: 'Another question?',
    });
    expect(other.structuredContent?.error.code).toBe('IDEMPOTENCY_CONFLICT');
    const ended = view(await client.call<CancelView>('cancel', { task_id: first.task_id }));
    expect(ended.status).toBe('completed');
    expect(ended.kept.claims).toBeGreaterThan(0);
  });

  test('a cancel in the middle ends the workflow and keeps a partial report', async () => {
    const library = await mkdtemp(path.join(tmpdir(), 'beltalowda-library-'));
    cleanups.push(() => rm(library, { recursive: true, force: true }));
    for (let i = 0; i < 3000; i += 1) {
      await writeFile(
        path.join(library, `note-${i}.md`),
        `# Crash safety, note ${i}\n\nAn embedded database number ${i} keeps committed data safe with log ${i * 7}.\n\n${`Filler sentence ${i} about storage engines and their caches. `.repeat(40)}\n`,
      );
    }
    const client = await connected(await newHome({ BELTALOWDA_SOURCES: library }));
    const { task_id } = view(await client.call<StartView>('orchestrate_research', { task: QUESTION }));
    const cancelled = view(await client.call<CancelView>('cancel', { task_id, reason: 'seen enough' }));
    expect(cancelled.status).toBe('cancelled');
    const result = view(await client.call<ResultView>('get_result', { task_id }));
    expect(result.status).toBe('cancelled');
    expect(result.completeness ?? 'partial').toBe('partial');
    expect(view(await client.call<CancelView>('cancel', { task_id }))).toEqual(cancelled);
  });

  test('bad input is told apart, and the server serves on', async () => {
    const home = await newHome();
    const client = await connected(home);
    const code = async (name: string, args: object): Promise<string | undefined> => {
      const answer = await client.call<{ error: ErrorRecord }>(name, args);
      expect(answer.isError).toBe(true);
      const error = answer.structuredContent?.error;
      expect(answer.content[0]?.text).toContain(error?.hint);
      return error?.code;
    };
    for (const name of ['get_status', 'get_result', 'cancel', 'resume']) {
      expect(await code(name, { task_id: NOBODY })).toBe('NOT_FOUND');
      expect(await code(name, { task_id: 'no id at all' })).toBe('NOT_FOUND');
      expect(await code(name, {})).toBe('INVALID_INPUT');
    }
    expect(await code('orchestrate_research', { task: QUESTION, sources: ['/etc/passwd'] })).toBe('SOURCE_NOT_ALLOWED');
    expect(await code('orchestrate_research', { task: QUESTION, sources: ['../../package.json'] })).toMatch(
      /SOURCE_NOT_(ALLOWED|FOUND)/,
    );
    expect(await code('orchestrate_research', { task: QUESTION, sources: ['not-there.md'] })).toBe('SOURCE_NOT_FOUND');
    expect(await code('orchestrate_research', { task: QUESTION, model: 'acme/none' })).toBe('MODEL_UNKNOWN');
    expect(await code('orchestrate_research', { task: QUESTION, domains: ['news'] })).toBe('INVALID_INPUT');
    const dry = view(await client.call<StartView>('orchestrate_research', { task: QUESTION, dry_run: true }));
    expect(dry).not.toHaveProperty('task_id');
  });
});

function rpc(id: number, method: string, params: object = {}): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

const HELLO = rpc(0, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: INFO });

interface Line {
  readonly id: number;
  readonly result?: Answer<Record<string, unknown>>;
}

function parsed(stdout: string): Line[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('a pipe', () => {
  test('is answered to the last request before the process exits with 0', async () => {
    const research = { name: 'orchestrate_research', arguments: { task: QUESTION, wait_seconds: 50 } };
    const missing = { name: 'get_status', arguments: { task_id: NOBODY } };
    const { code, stdout } = await pipeIn(
      await newHome(),
      HELLO + rpc(1, 'tools/call', research) + rpc(2, 'tools/call', missing) + rpc(3, 'tools/list').trimEnd(),
    );
    expect(code).toBe(0);
    const answers = new Map(parsed(stdout).map((line) => [line.id, line.result]));
    expect([...answers.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    expect(answers.get(1)?.structuredContent).toMatchObject({ status: 'completed' });
    expect(answers.get(2)?.isError).toBe(true);
  });

  test('a workflow started through one process is read through the next', async () => {
    const home = await newHome();
    const research = { name: 'orchestrate_research', arguments: { task: QUESTION } };
    const [, started] = parsed((await pipeIn(home, HELLO + rpc(1, 'tools/call', research))).stdout);
    const task_id = started?.result?.structuredContent?.['task_id'];
    const status = { name: 'get_status', arguments: { task_id, wait_seconds: 50 } };
    const [, waited] = parsed((await pipeIn(home, HELLO + rpc(1, 'tools/call', status))).stdout);
    expect(waited?.result?.structuredContent).toMatchObject({ task_id, status: 'completed' });
  });

  test('that only looks around leaves no file behind', async () => {
    const home = await newHome();
    const pattern = { ref: { type: 'ref/prompt', name: 'deep_research' }, argument: { name: 'pattern', value: '' } };
    const { code, stdout } = await pipeIn(
      home,
      HELLO +
        rpc(1, 'tools/list') +
        rpc(2, 'prompts/list') +
        rpc(3, 'prompts/get', { name: 'compare', arguments: { things: 'a, b' } }) +
        rpc(4, 'resources/templates/list') +
        rpc(5, 'resources/read', { uri: 'orchestrator://patterns' }) +
        rpc(6, 'completion/complete', pattern),
    );
    expect(code).toBe(0);
    expect(parsed(stdout).filter(({ result }) => result !== undefined)).toHaveLength(7);
    expect(await readdir(home.folder)).toEqual([]);
  });
});

describe('a database that cannot be used', () => {
  const call = rpc(1, 'tools/call', { name: 'orchestrate_research', arguments: { task: QUESTION } });

  async function failure(home: Home): Promise<unknown> {
    const { code, stdout } = await pipeIn(home, HELLO + call + rpc(2, 'tools/list'));
    expect(code).toBe(0);
    const lines = parsed(stdout);
    expect(lines).toHaveLength(3);
    return (lines.find(({ id }) => id === 1)?.result?.structuredContent?.['error'] as ErrorRecord | undefined)?.code;
  }

  test('because it is something else is left untouched and said to be damaged', async () => {
    const home = await newHome();
    const file = path.join(home.folder, 'beltalowda.db');
    const foreign = 'this is not a database, whatever its name says\n'.repeat(100);
    await writeFile(file, foreign);
    expect(await failure(home)).toBe('STORE_CORRUPT');
    expect(await readFile(file, 'utf8')).toBe(foreign);
  });

  test('because its place is a folder is an error that names the place', async () => {
    const home = await newHome();
    await mkdir(path.join(home.folder, 'beltalowda.db'));
    expect(await failure(home)).toMatch(/^STORE_/);
  });
});
