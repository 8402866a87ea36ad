/** Clients that send more than can be answered, ask for more than is sensible, or do not read. */

import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { until } from './mcp/connections.ts';
import { STATUS, TASK_ID } from './mcp/views.ts';
import { call, HELLO, ids, MODERN, notification, pipe, piped, request } from './pipe.ts';

const pause = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Takes nothing until it is told to, then everything. */
class Closed extends Writable {
  readonly #waiting: (() => void)[] = [];
  #reading = false;

  constructor() {
    super({ highWaterMark: 16 * 1024 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.emit('data', chunk);
    if (this.#reading) done();
    else this.#waiting.push(done);
  }

  read(): void {
    this.#reading = true;
    for (const done of this.#waiting.splice(0)) done();
  }
}

test('a client that reads nothing is served so far, no further, and to the end once it reads', async () => {
  const stdout = new Closed();
  const one = await pipe(undefined, stdout);
  const asked = 20_000;
  one.stdin.write(HELLO);
  let sent = 0;
  for (; sent < asked && one.stdin.writableLength < 64 * 1024; sent += 1) {
    one.stdin.write(request(sent + 1, 'ping'));
    if (sent % 100 === 0) await pause();
  }
  // The input backs up into its writer, which is what stops it.
  expect(sent).toBeLessThan(asked);
  expect(stdout.writableLength).toBeLessThan(9 * 1024 * 1024);
  stdout.read();
  one.stdin.end();
  await one.service.ended;
  expect(one.answers()).toHaveLength(sent + 1);
});

test('no more requests are read while hundreds are unanswered, and the rest when they are', async () => {
  const one = await pipe();
  one.scripted.wait = null;
  one.stdin.write(HELLO);
  for (let id = 1; id <= 1000; id += 1) {
    one.stdin.write(call(id, 'get_status', { task_id: TASK_ID, wait_seconds: 50 }));
    await pause();
  }
  const waiting = one.scripted.asked.length;
  expect(waiting).toBeGreaterThanOrEqual(256);
  expect(waiting).toBeLessThan(600);
  one.scripted.wait = [STATUS];
  await one.service.close();
});

describe('what would be too big once it is parsed', () => {
  const head = '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"cancel","arguments":{"task_id":';
  test.each([
    ['nested too deep', `${head}${'['.repeat(200_000)}${']'.repeat(200_000)}}}}\n`, 'nested more than 64'],
    ['too many items', `${head}[${'1,'.repeat(2_000_000)}1]}}}\n`, 'more than 20000 values'],
    ['brackets without end', `${head}${'['.repeat(2_000_000)}\n`, 'nested more than 64'],
  ])('%s is refused by its id', async (...[, line, message]) => {
    const answers = await piped(HELLO, line, request(9, 'ping'));
    expect(answers.find(({ id }) => id === 4)?.error).toMatchObject({
      code: -32_600,
      message: expect.stringContaining(message),
    });
    expect(new Set(ids(answers))).toEqual(new Set([0, 4, 9]));
  });
});

function listen(id: string, uris: readonly string[]): string {
  return request(id, 'subscriptions/listen', { notifications: { resourceSubscriptions: uris }, ...MODERN });
}

describe('subscriptions', () => {
  const uri = `orchestrator://${TASK_ID}/status`;

  test('end with an answer each at the end of the input', async () => {
    const answers = await piped(listen('a', [uri]), listen('b', [uri]));
    expect(answers.filter(({ method }) => method === 'notifications/subscriptions/acknowledged')).toHaveLength(2);
    expect(ids(answers.filter(({ result }) => result !== undefined))).toEqual(['a', 'b']);
  });

  test('are a hundred at most, with a thousand resources each', async () => {
    const all = Array.from({ length: 101 }, (_, n) => listen(`s${n}`, [uri])).join('');
    const answers = await piped(
      listen(
        'large',
        Array.from({ length: 1001 }, () => uri),
      ) + all,
    );
    const refused = answers.filter(({ error }) => error !== undefined);
    expect(refused.map(({ id, error }) => [id, error?.code])).toEqual([
      ['large', -32_602],
      ['s100', -32_603],
    ]);
  });

  test('that are refused are answered before the connection ends, in both eras', async () => {
    const legacy = await piped(HELLO, request(1, 'subscriptions/listen', { notifications: {} }));
    expect(Object.fromEntries(legacy.map(({ id, error }) => [id, error?.code]))).toEqual({ 0: undefined, 1: -32_601 });
    const modern = await piped(request(1, 'subscriptions/listen', { notifications: 7, ...MODERN }));
    expect(modern.map(({ id, error }) => [id, error?.code])).toEqual([[1, -32_602]]);
  });

  test('told of the same change while nobody reads hear of it once', async () => {
    const stdout = new Closed();
    const one = await pipe(undefined, stdout);
    one.stdin.write(listen('sub', [uri]));
    await until(() => one.scripted.watches === 1 && one.scripted.asked.length > 0);
    for (let n = 0; n < 12_000; n += 1) one.stdin.write(request(n, 'tools/none', MODERN));
    await until(() => stdout.writableLength > 10_000);
    await pause();
    for (let version = 20; version < 23; version += 1) {
      const before = one.scripted.asked.length;
      one.scripted.statusView = { ...STATUS, version };
      one.scripted.hint(TASK_ID);
      await until(() => one.scripted.asked.length > before);
    }
    stdout.read();
    one.stdin.end();
    await one.service.ended;
    const told = one.answers().filter(({ method }) => method === 'notifications/resources/updated');
    expect(told).toHaveLength(1);
  });
});

test('a flood of garbage leaves a few sentences in the log and no stack', async () => {
  const one = await pipe();
  one.stdin.write(HELLO + notification('notifications/initialized'));
  for (let n = 0; n < 500; n += 1) one.stdin.write(`garbage ${n}\n`);
  one.stdin.end();
  await one.service.ended;
  expect(one.answers()).toHaveLength(501);
  expect(one.warnings).toHaveLength(21);
  expect(one.warnings.join('\n')).not.toMatch(/\n\s+at /);
});
