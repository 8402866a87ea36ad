import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { serveOverStdio } from '../../../src/server/stdio.ts';
import { until } from './mcp/connections.ts';
import { ScriptedOrchestrator } from './mcp/scripted.ts';
import { CALLER, STATUS, TASK_ID } from './mcp/views.ts';
import { type Answer, call, HELLO, ids, MODERN, notification, pipe, piped, request } from './pipe.ts';

describe('at the end of the input', () => {
  test('every request has been answered, in flight ones too', async () => {
    const open = Promise.withResolvers<void>();
    const one = await pipe(async (scripted) => {
      await open.promise;
      return scripted;
    });
    one.stdin.end(HELLO + call(1, 'get_status', { task_id: TASK_ID }) + call('b', 'cancel', { task_id: TASK_ID }));
    let ended = false;
    const watched = (async () => {
      await one.service.ended;
      ended = true;
    })();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(ended).toBe(false);
    expect(ids(one.answers())).toEqual([0]);
    open.resolve();
    await watched;
    expect(ids(one.answers())).toEqual([0, 1, 'b']);
    expect(one.answers()[1]?.result?.['structuredContent']).toEqual(STATUS);
  });

  test('a last line without a line break counts', async () => {
    const answers = await piped(HELLO, request(1, 'ping').trimEnd());
    expect(ids(answers)).toEqual([0, 1]);
  });

  test('nothing at all ends at once', async () => {
    expect(await piped()).toEqual([]);
  });

  test('a request the client has cancelled is not waited for', async () => {
    const one = await pipe();
    one.scripted.wait = null;
    one.stdin.write(HELLO + call(1, 'get_status', { task_id: TASK_ID, wait_seconds: 50 }) + request(2, 'ping'));
    one.stdin.end(notification('notifications/cancelled', { requestId: 1 }));
    await one.service.ended;
    await one.scripted.abandoned;
    expect(ids(one.answers())).toEqual([0, 2]);
  });

  test('two requests with one id are both waited for', async () => {
    const answers = await piped(
      HELLO,
      call(1, 'get_status', { task_id: TASK_ID }),
      call(1, 'cancel', { task_id: TASK_ID }),
    );
    expect(ids(answers)).toEqual([0, 1, 1]);
  });

  test('a subscription is not waited for', async () => {
    const answers = await piped(
      request(1, 'server/discover', MODERN),
      request(2, 'subscriptions/listen', { notifications: {}, ...MODERN }),
      request(3, 'tools/list', MODERN),
    );
    expect(ids(answers.filter(({ result }) => result !== undefined))).toEqual(expect.arrayContaining([1, 3]));
  });
});

function codes(answers: readonly Answer[]): Record<string, number | undefined> {
  return Object.fromEntries(answers.map(({ id, error }) => [String(id), error?.code]));
}

test('what does not exist has the code of the era, and no other error has it', async () => {
  const uri = 'orchestrator://nothing/status';
  const legacy = await piped(
    HELLO,
    request(1, 'resources/read', { uri }),
    request(2, 'resources/subscribe', { uri }),
    request(3, 'prompts/get', { name: 'none' }),
  );
  expect(codes(legacy)).toEqual({ 0: undefined, 1: -32_002, 2: -32_002, 3: -32_602 });
  const modern = await piped(
    request(1, 'resources/read', { uri, ...MODERN }),
    request(2, 'resources/subscribe', { uri, ...MODERN }),
  );
  // Subscribing of this kind is the older era's.
  expect(codes(modern)).toEqual({ 1: -32_602, 2: -32_601 });
});

test('a client from before links among the content is sent none', async () => {
  const hello = HELLO.replace('2025-11-25', '2025-03-26');
  const [, answer] = await piped(hello, call(1, 'get_result', { task_id: TASK_ID }));
  expect(answer?.result?.['content']).toMatchObject([{ type: 'text' }]);
  const [, newer] = await piped(HELLO, call(1, 'get_result', { task_id: TASK_ID }));
  expect(newer?.result?.['content']).toMatchObject([{ type: 'text' }, { type: 'resource_link' }]);
});

test('a subscription may be the first that is heard of a client, and ends with its input', async () => {
  const one = await pipe();
  const uri = `orchestrator://${TASK_ID}/status`;
  one.stdin.write(
    request('sub', 'subscriptions/listen', { notifications: { resourceSubscriptions: [uri] }, ...MODERN }),
  );
  await until(() => one.scripted.watches === 1 && one.scripted.asked.length > 0);
  one.scripted.statusView = { ...STATUS, version: 18 };
  one.scripted.hint(TASK_ID);
  await until(() => one.answers().some(({ method }) => method === 'notifications/resources/updated'));
  expect(one.answers().at(-1)).toMatchObject({
    params: { uri, _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } },
  });
  one.stdin.end();
  await one.service.ended;
  await until(() => one.scripted.watches === 0);
});

test('a subscription that cannot be watched is reported, and the connection serves on', async () => {
  const one = await pipe(async () => {
    throw new Error('disk on fire');
  });
  const uri = `orchestrator://${TASK_ID}/status`;
  one.stdin.write(
    request('sub', 'subscriptions/listen', { notifications: { resourceSubscriptions: [uri] }, ...MODERN }),
  );
  await until(() => one.warnings.length > 0);
  one.stdin.end(request(1, 'tools/list', MODERN));
  await one.service.ended;
  expect(ids(one.answers())).toContain(1);
  expect(one.warnings.join()).toContain('disk on fire');
});

describe('a line that is no message is answered, and the next one is served', () => {
  test.each<[string, string | Buffer, Answer['id'], number, string]>([
    ['not JSON', '{"jsonrpc": "2.0", oops\n', null, -32_700, 'not JSON'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]), null, -32_700, 'UTF-8'],
    ['JSON of another kind', '42\n', null, -32_600, 'not a JSON-RPC 2.0 message'],
    ['a request of another version', '{"jsonrpc":"1.0","id":7,"method":"ping"}\n', 7, -32_600, 'not a JSON-RPC'],
    [
      'a request with positional arguments',
      '{"jsonrpc":"2.0","id":"x","method":"ping","params":[1]}\n',
      'x',
      -32_600,
      'not a',
    ],
    ['a request with id null', '{"jsonrpc":"2.0","id":null,"method":"ping"}\n', null, -32_600, 'not a JSON-RPC'],
    ['an empty batch', '[]\n', null, -32_600, '1 to 100'],
    ['an endless batch', `[${'1,'.repeat(100)}1]\n`, null, -32_600, '1 to 100'],
  ])('%s', async (...[, line, id, code, message]) => {
    const answers = await piped(HELLO, line, request(9, 'ping'));
    expect(new Set(ids(answers))).toEqual(new Set([0, id, 9]));
    expect(answers).toHaveLength(3);
    const failed = answers.find(({ error }) => error !== undefined);
    expect(failed).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
    expect(failed?.error?.message).toContain(message);
  });

  test('deeply nested arguments do not end the process', async () => {
    const nested = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel","arguments":{"task_id":${'['.repeat(200_000)}${']'.repeat(200_000)}}}}\n`;
    const answers = await piped(HELLO, nested, request(2, 'ping'));
    expect(new Set(ids(answers))).toEqual(new Set([0, 1, 2]));
  });
});

test('a batch is served message by message', async () => {
  const batch = `[${request(1, 'ping').trim()},{"nonsense":true},${request(2, 'tools/list').trim()}]\n`;
  const answers = await piped(HELLO, batch);
  expect(ids(answers)).toEqual(expect.arrayContaining([0, 1, null, 2]));
  expect(answers).toHaveLength(4);
});

test('blank lines and CRLF are no matter', async () => {
  expect(ids(await piped(HELLO, '\n  \r\n', request(1, 'ping').replace('\n', '\r\n')))).toEqual([0, 1]);
});

function big(head: string, tail: string): Buffer[] {
  const filler = Buffer.alloc(1024 * 1024, 'x');
  return [Buffer.from(head), ...Array.from({ length: 9 }, () => filler), Buffer.from(tail)];
}

describe('an oversized message', () => {
  test.each<[string, string, string, Answer['id']]>([
    ['id first', '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"task":"', '"}}\n', 5],
    ['id last', '{"method":"tools/call","params":{"task":"', '"},"jsonrpc":"2.0","id":"five"}\n', 'five'],
    ['no id in sight', '{"method":"tools/call","params":{"task":"', '"}}\n', null],
    ['a number that is no JSON', '{"id":007,"params":"', '"}\n', null],
  ])('with %s is refused by its id, and the next line is served', async (...[, head, tail, id]) => {
    const answers = await piped(HELLO, ...big(head, tail), request(9, 'ping'));
    expect(answers.find(({ error }) => error !== undefined)).toEqual({
      jsonrpc: '2.0',
      id,
      error: {
        code: -32_600,
        message: `The message has ${9 * 1024 * 1024 + head.length + tail.length - 1} bytes; the longest accepted has 8388608.`,
      },
    });
    expect(ids(answers)).toContain(9);
  });
});

test('nothing is opened for a connection that only looks around', async () => {
  let opened = 0;
  const one = await pipe(async (scripted) => {
    opened += 1;
    return scripted;
  });
  one.stdin.end(HELLO + request(1, 'tools/list') + call(2, 'get_status', {}));
  await one.service.ended;
  expect(ids(one.answers())).toHaveLength(3);
  expect(opened).toBe(0);
});

test('an orchestrator that cannot be opened is an error result, and is asked for again by the next call', async () => {
  let attempts = 0;
  const one = await pipe(async (scripted) => {
    attempts += 1;
    if (attempts === 1) throw new Error('disk on fire');
    return scripted;
  });
  one.stdin.end(HELLO + call(1, 'get_status', { task_id: TASK_ID }) + call(2, 'get_status', { task_id: TASK_ID }));
  await one.service.ended;
  expect(one.answers().map(({ result }) => result?.['isError'] ?? false)).toEqual([false, true, false]);
  expect(one.warnings.join('\n')).toContain('disk on fire');
});

test('when nobody reads any more, waits end and so does the connection', async () => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const one = await pipe(undefined, broken);
  one.scripted.wait = null;
  one.stdin.write(call(1, 'get_status', { task_id: TASK_ID, wait_seconds: 50 }) + request(2, 'ping'));
  await one.service.ended;
  await one.scripted.abandoned;
  expect(one.warnings.join('\n')).toContain('mcp connection');
});

test('an input that breaks off counts as ended', async () => {
  const one = await pipe();
  one.stdin.write(HELLO);
  one.stdin.destroy(new Error('read ECONNRESET'));
  await expect(one.service.ended).resolves.toBeUndefined();
});

test('an input that had ended before is served to its end', async () => {
  const stdin = new PassThrough();
  stdin.end();
  stdin.resume();
  await new Promise((resolve) => {
    stdin.on('close', resolve);
  });
  const scripted = new ScriptedOrchestrator();
  const service = await serveOverStdio(
    { version: '1', orchestrator: async () => scripted, caller: CALLER, tasks: true },
    { stdin, stdout: new PassThrough() },
    { warn: () => undefined },
  );
  await expect(service.ended).resolves.toBeUndefined();
});

test('close drops what is open, ends the waits and says nothing more', async () => {
  const one = await pipe();
  one.scripted.wait = null;
  one.stdin.write(HELLO + call(1, 'get_status', { task_id: TASK_ID, wait_seconds: 50 }));
  while (one.scripted.asked.length === 0) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  await one.service.close();
  await one.service.ended;
  await one.scripted.abandoned;
  expect(ids(one.answers())).toEqual([0]);
});

test('a process answers what was piped in before it exits, even when only an unreferenced timer is left', async () => {
  const script = fileURLToPath(new URL('mcp/scripted-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const code = new Promise((resolve) => {
    child.once('close', resolve);
  });
  child.stdin.end(HELLO + call(1, 'get_status', { task_id: TASK_ID, wait_seconds: 1 }));
  const [out] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(await code).toBe(0);
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  expect(ids(answers)).toEqual([0, 1]);
});
