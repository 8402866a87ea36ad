/** Lines without end, hosts that do not read: bounded memory, and the next request is served. `INPUTS` sets how many. */

import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, test } from 'vitest';
import { type Home, temporaryHome } from '../support/binary.ts';
import { HELLO, Host, request } from '../support/host.ts';
import { INPUTS } from '../support/sizes.ts';

const MIB = 1024 * 1024;
const MEGABYTE = Buffer.alloc(MIB, 'x');
/** Lines of 100 MB. */
const LONG_LINES = 2 + Math.floor(INPUTS / 10_000);
/** How much more memory than after the first answer is still flat, in MiB: buffers the collector has not got round to. */
const SLACK = 256;

const homes: Home[] = [];

afterEach(async () => {
  for (const home of homes.splice(0)) await home.remove();
});

async function greeted(): Promise<{ readonly host: Host; readonly before: number }> {
  const home = await temporaryHome();
  homes.push(home);
  const host = new Host(home);
  await host.write(HELLO);
  await host.answer('hello');
  return { host, before: host.memory().now };
}

async function served(host: Host, id: string): Promise<void> {
  await host.write(request(id, 'ping'));
  expect((await host.answer(id)).result).toEqual({});
}

describe('one line', () => {
  test('of 100 MB is refused by its id and kept nowhere', async ({ annotate }) => {
    const { host, before } = await greeted();
    for (let id = 0; id < LONG_LINES; id += 1) {
      await host.write(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"`);
      for (let sent = 0; sent < 100; sent += 1) await host.write(MEGABYTE);
      await host.write('"}}\n');
      expect((await host.answer(id)).error).toMatchObject({
        code: -32_600,
        message: expect.stringMatching(/^The message has 10485\d{4} bytes/),
      });
      await served(host, `after ${id}`);
    }
    const { most } = host.memory();
    await annotate(`${LONG_LINES} lines of 100 MB: MiB before ${before.toFixed()}, most ${most.toFixed()}`);
    expect(most - before).toBeLessThan(SLACK);
    expect(await host.end()).toEqual({ code: 0, signal: null });
  });

  const head = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel","arguments":{"task_id":';
  test.for([
    ['100,000 brackets', `${head}${'['.repeat(100_000)}${']'.repeat(100_000)}}}}\n`],
    ['three million brackets', `${head}${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}}}}\n`],
    ['three million open objects', `${head}${'{"":'.repeat(1_500_000)}\n`],
    ['three million numbers', `${head}[${'1,'.repeat(3_000_000)}1]}}}\n`],
    [
      'a million unknown arguments',
      `${head}"x",${Array.from({ length: 600_000 }, (_, n) => `"k${n}":1`).join(',')}}}}\n`,
    ],
    ['a batch of a million', `[${'{},'.repeat(1_000_000)}{}]\n`],
  ] as const)('of %s is refused before it becomes objects', async ([what, line], { annotate }) => {
    const { host, before } = await greeted();
    await host.write(line);
    await served(host, 'after');
    const refused = host.messages.find(({ error }) => error !== undefined);
    expect(refused).toMatchObject({ id: line.startsWith('[') ? null : 1, error: { code: -32_600 } });
    const { most } = host.memory();
    await annotate(`${what}: MiB before ${before.toFixed()}, most ${most.toFixed()}`);
    expect(most - before).toBeLessThan(SLACK);
    expect(await host.end()).toEqual({ code: 0, signal: null });
  });

  test('of seven megabytes in one argument is parsed and answered', async () => {
    const { host, before } = await greeted();
    await host.write(`${head}"`);
    for (let sent = 0; sent < 7; sent += 1) await host.write(MEGABYTE);
    await host.write('"}}}\n');
    expect((await host.answer(1)).result?.structuredContent).toMatchObject({ error: { code: 'INVALID_INPUT' } });
    expect(host.memory().most - before).toBeLessThan(SLACK);
    expect(await host.end()).toEqual({ code: 0, signal: null });
  });
});

describe('a host', () => {
  test('that writes and never reads is stopped, and the server still ends when it is told to', async ({ annotate }) => {
    const { host, before } = await greeted();
    host.child.stdout.pause();
    // Some 8 KiB of answer each: without a limit, half a gigabyte.
    const requests = Array.from({ length: 60_000 }, (_, id) => request(id, 'tools/list'));
    const all = Buffer.from(requests.join(''));
    let taken = false;
    host.child.stdin.write(all, () => (taken = true));
    await expect
      .poll(() => host.child.stdin.writableLength > 0 && isIdle(host), { timeout: 30_000, interval: 200 })
      .toBe(true);
    expect(taken).toBe(false);
    const { most } = host.memory();
    await annotate(`nothing read: MiB before ${before.toFixed()}, most ${most.toFixed()}`);
    expect(most - before).toBeLessThan(SLACK);
    host.child.kill('SIGTERM');
    host.child.stdout.resume();
    expect(await host.exited).toEqual({ code: 0, signal: null });
  });

  test('that never reads standard error is served on', async () => {
    const { host } = await greeted();
    host.child.stderr.pause();
    for (let n = 0; n < 2000; n += 1) await host.write(`garbage ${n}\n`);
    await served(host, 'after');
    expect(host.messages.filter(({ error }) => error?.code === -32_700)).toHaveLength(2000);
    host.child.stderr.resume();
    expect(await host.end()).toEqual({ code: 0, signal: null });
  });
});

const spent = new WeakMap<Host, number>();

/** Whether the process has used no processor time since it was last asked. */
function isIdle(host: Host): boolean {
  const now = host.processorTicks();
  const before = spent.get(host);
  spent.set(host, now);
  return before === now;
}
