/** Standard input, standard output or the parent goes away, at every stage: answers come, leases are given back, nothing is lost. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { BINARY, type Home, pipeIn, ROOT, temporaryHome } from '../support/binary.ts';
import { breaches, workflows } from '../support/database.ts';
import { call, HELLO, Host, type Message, MODERN, notification, request } from '../support/host.ts';

const QUESTION = 'What does the log keep?';
const LEFT_WELL = { code: 0, signal: null };
/** Paragraphs of a document that takes a while to read and index. */
const PARAGRAPHS = 8000;

function paragraph(_: unknown, n: number): string {
  return `Paragraph ${n}: the log keeps change ${n * 7} before the file does.\n`;
}

const homes: Home[] = [];

afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

async function newHome(): Promise<Home> {
  const home = await temporaryHome();
  homes.push(home);
  home.env['BELTALOWDA_SOURCES'] = home.folder;
  await writeFile(path.join(home.folder, 'log.md'), Array.from({ length: PARAGRAPHS }, paragraph).join('\n'));
  return home;
}

const research = (id: number, args: object = {}): string =>
  call(id, 'orchestrate_research', { task: QUESTION, ...args });

const modernResearch = (id: number): string =>
  request(id, 'tools/call', { name: 'orchestrate_research', arguments: { task: QUESTION }, ...MODERN });

function answers(host: Host): readonly Message['id'][] {
  return host.messages.filter(({ method }) => method === undefined).map(({ id }) => id);
}

function view(host: Host, id: number): Readonly<Record<string, unknown>> | undefined {
  return host.messages.find((message) => message.id === id)?.result?.structuredContent;
}

/** The one workflow of the home is open and belongs to nobody; another process ends it, at once and well. */
async function expectTakenUp(home: Home): Promise<void> {
  const [left, ...others] = workflows(home);
  expect(others).toEqual([]);
  expect(left).toMatchObject({ lease_holder: null, status: expect.stringMatching(/^(pending|running)$/) });
  const next = new Host(home);
  await next.write(HELLO);
  const status = await next.call(1, 'get_status', { task_id: left?.task_id, wait_seconds: 50 });
  expect(status).toMatchObject({ task_id: left?.task_id, status: 'completed' });
  expect(await next.end()).toEqual(LEFT_WELL);
  expect(breaches(home)).toEqual([]);
}

describe('standard input ends', () => {
  test.each([
    ['at once', '', []],
    ['in the middle of the first line', '{"jsonrpc":"2.0","id":1,"method":"initia', [null]],
    ['after initialize', HELLO, ['hello']],
    ['in the middle of a line', HELLO + research(1).slice(0, -20), ['hello', null]],
    ['in the middle of a character', Buffer.from(`${HELLO}{"jsonrpc":"2.0","x":"é`).subarray(0, -1), ['hello', null]],
  ])('%s', async (...[, input, ids]) => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(input);
    expect(await host.end()).toEqual(LEFT_WELL);
    expect(new Set(answers(host))).toEqual(new Set(ids));
    // Nothing was asked for, so nothing is there.
    expect(await readdir(home.folder)).toEqual(['log.md']);
  });

  test.each([
    ['right after a call', research(1)],
    ['right after a call without its line break', research(1).trimEnd()],
  ])('%s: it is answered, and what it started goes on elsewhere', async (...[, line]) => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(HELLO + line);
    expect(await host.end()).toEqual(LEFT_WELL);
    expect(answers(host)).toEqual(['hello', 1]);
    expect(view(host, 1)).toMatchObject({ task_id: workflows(home)[0]?.task_id });
    await expectTakenUp(home);
  });

  test('while a workflow runs that nobody waits for', async () => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(HELLO + research(1));
    await host.answer(1);
    expect(await host.end()).toEqual(LEFT_WELL);
    await expectTakenUp(home);
  });

  test('during waits: each is answered when it is over', async () => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(HELLO + research(1));
    const { task_id } = (await host.answer(1)).result?.structuredContent ?? {};
    await host.write(call(2, 'get_status', { task_id, wait_seconds: 50 }) + research(3, { wait_seconds: 50 }));
    expect(await host.end()).toEqual(LEFT_WELL);
    expect(new Set(answers(host))).toEqual(new Set(['hello', 1, 2, 3]));
    expect(view(host, 2)).toMatchObject({ task_id, status: 'completed' });
    expect(view(host, 3)).toMatchObject({ status: 'completed' });
    expect(breaches(home)).toEqual([]);
  });

  test('after a wait was given up: there is no answer to wait for', async () => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(HELLO + research(1));
    const { task_id } = (await host.answer(1)).result?.structuredContent ?? {};
    await host.write(
      call(2, 'get_status', { task_id, wait_seconds: 50 }) +
        request(3, 'ping') +
        notification('notifications/cancelled', { requestId: 2 }),
    );
    expect(await host.end()).toEqual(LEFT_WELL);
    expect(answers(host)).toEqual(['hello', 1, 3]);
    await expectTakenUp(home);
  });

  test('while a task of the extension is followed', async () => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(modernResearch(1));
    const taskId = (await host.answer(1)).result?.['taskId'];
    await host.write(request(2, 'tasks/get', { taskId, ...MODERN }) + request(3, 'tasks/get', { taskId, ...MODERN }));
    expect(await host.end()).toEqual(LEFT_WELL);
    expect(answers(host)).toEqual([1, 2, 3]);
    await expectTakenUp(home);
  });

  test.each([
    ['2025', HELLO, (uri: string) => request(2, 'resources/subscribe', { uri })],
    [
      '2026',
      '',
      (uri: string) =>
        request(2, 'subscriptions/listen', { notifications: { resourceSubscriptions: [uri] }, ...MODERN }),
    ],
  ])('while a client of era %s listens for changes', async (...[era, hello, subscribe]) => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(hello + (era === '2026' ? modernResearch(1) : research(1)));
    const { result } = await host.answer(1);
    const task_id = result?.structuredContent?.['task_id'] ?? result?.['taskId'];
    await host.write(subscribe(`orchestrator://${String(task_id)}/status`));
    await host.until(
      () => host.messages.some(({ method }) => method === 'notifications/resources/updated'),
      () => 'a change',
    );
    expect(await host.end()).toEqual(LEFT_WELL);
    expect(answers(host).filter((id) => id === 2)).toEqual([2]);
    await expectTakenUp(home);
  });
});

describe('standard output is closed', () => {
  test.each([
    ['alone: noticed with the next answer', false],
    ['together with standard input', true],
  ])('%s', async (...[, both]) => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(HELLO + research(1));
    await host.answer(1);
    host.child.stdout.destroy();
    await host.write(
      call(2, 'get_status', { task_id: view(host, 1)?.['task_id'], wait_seconds: 50 }) + request(3, 'ping'),
    );
    if (both) host.child.stdin.end();
    expect(await host.exited).toEqual(LEFT_WELL);
    await expectTakenUp(home);
  });

  test('by a reader of the first line only', async () => {
    const home = await newHome();
    const shell = `"${process.execPath}" "${BINARY}" | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', shell], { cwd: ROOT, env: home.env, stdio: 'pipe' });
    const said = text(child.stdout);
    // Its input stays open: that nobody reads is all it is told.
    child.stdin.on('error', () => undefined);
    child.stdin.write(HELLO + Array.from({ length: 50 }, (_, id) => request(id, 'tools/list')).join(''));
    const [first = '', status] = (await said).trim().split('\n');
    expect(JSON.parse(first)).toMatchObject({ id: 'hello' });
    expect(status).toBe('0');
  });

  test('is not read: answers wait, and the process still ends when it is told to', async () => {
    const home = await newHome();
    const host = new Host(home);
    await host.write(HELLO);
    await host.answer('hello');
    host.child.stdout.pause();
    for (let id = 1; id <= 400; id += 1) host.child.stdin.write(request(id, 'tools/list'));
    host.child.stdin.end();
    host.child.kill('SIGTERM');
    host.child.stdout.resume();
    expect(await host.exited).toEqual(LEFT_WELL);
  });
});

test('SIGPIPE ends nothing', async () => {
  const host = new Host(await newHome());
  await host.write(HELLO);
  await host.answer('hello');
  host.child.kill('SIGPIPE');
  await host.write(request(1, 'ping'));
  expect((await host.answer(1)).result).toEqual({});
  expect(await host.end()).toEqual(LEFT_WELL);
});

/** Starts a server, pipes it what it is given, and tells the pid and each line of it. */
const PARENT = `
  import { spawn } from 'node:child_process';
  const child = spawn(process.execPath, [process.argv[1]], { stdio: ['pipe', 'pipe', 'ignore'] });
  process.stdout.write(child.pid + '\\n');
  child.stdout.pipe(process.stdout);
  process.stdin.pipe(child.stdin);
`;

test('the parent is killed: the server ends by itself and gives its workflow back', async () => {
  const home = await newHome();
  const args = ['--input-type=module', '-e', PARENT, BINARY];
  const parent = spawn(process.execPath, args, { cwd: ROOT, env: home.env, stdio: 'pipe' });
  let said = '';
  parent.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  parent.stdin.write(HELLO + research(1));
  while (!said.includes('"id":1')) await once(parent.stdout, 'data');
  const pid = Number(said.split('\n')[0]);
  parent.kill('SIGKILL');
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(alive, { timeout: 20_000 }).toBe(false);
  await expectTakenUp(home);
});

test('a hundred lines piped in are a hundred answers', async () => {
  const home = await newHome();
  const lines = Array.from({ length: 100 }, (_, id) => request(id, 'tools/list')).join('');
  const { code, stdout } = await pipeIn(home, HELLO + lines);
  const ids = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as Message).id);
  expect({ code, answers: ids.length, different: new Set(ids).size }).toEqual({
    code: 0,
    answers: 101,
    different: 101,
  });
});
