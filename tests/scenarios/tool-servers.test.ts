import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Fault } from '../../src/core/errors.ts';
import { toolbox } from '../../src/providers/tools/toolbox/toolbox.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/folder.ts';
import {
  call,
  everything,
  local,
  misbehaving,
  opened,
  type Serving,
  serving,
  toolsOf,
  type Tools,
} from '../support/served.ts';

/** Whether a process is there. */
function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function module(name: string): string {
  return new URL(`../../src/${name}`, import.meta.url).href;
}

/** Those that have written their numbers. */
function pids(file: string): readonly number[] {
  return existsSync(file) ? Array.from(readFileSync(file, 'utf8').matchAll(/\d+\n/g), ([line]) => Number(line)) : [];
}

async function faultOf(run: Promise<unknown>): Promise<Fault> {
  const thrown = await run.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw new Error(`no fault: ${String(thrown)}`);
}

describe('the reference server that exercises every feature, as tools of agents', () => {
  let service: Serving;
  let tools: Tools;
  beforeAll(async () => {
    service = opened([everything()]);
    tools = await toolsOf(service);
  });
  afterAll(() => service.servers.close());

  it('lists its tools under its name, and brings texts that can be stored and quoted', async () => {
    expect(Array.from(tools.keys())).toEqual(
      expect.arrayContaining(['everything_echo', 'everything_get-sum', 'everything_get-tiny-image']),
    );
    const { text, found, failed } = await call(tools, 'everything_echo', { message: 'The moon is far away.' });
    expect([text, failed]).toEqual(['Echo: The moon is far away.', false]);
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(found).toEqual([
      expect.objectContaining({ text, sha256, format: 'text', location: `everything: echo #${sha256.slice(0, 8)}` }),
    ]);
    expect(found[0]?.layout.passages).toHaveLength(1);
  });

  it('has its refusals told to the agent, its pictures named and its structures written out once', async () => {
    const wrong = await call(tools, 'everything_get-sum', { a: 'one' });
    expect([wrong.failed, wrong.found]).toEqual([true, []]);
    expect(wrong.text).toContain('expected number');
    const image = await call(tools, 'everything_get-tiny-image');
    expect(image.text).toMatch(/\[image of type image\/png, \d+ kB: not shown\]/);
    const weather = await call(tools, 'everything_get-structured-content', { location: 'New York' });
    expect(weather.text.match(/temperature/g)).toHaveLength(1);
    const linked = await call(tools, 'everything_get-resource-links', { count: 2 });
    expect(linked.text).toContain('demo://resource/dynamic/text/2');
  });

  it('is offered no model, no person and no folder, and what can only be a task is left out', async () => {
    const { servers } = service;
    const [state] = await servers.states();
    expect(state?.tools.filter((name) => /sampling|elicitation|roots|research/.test(name))).toEqual([]);
    expect(state?.wrong).toEqual(['simulate-research-query of everything: it can only be run as a task']);
    const { unavailable } = await servers.open(servers.servers, true);
    expect(unavailable).toEqual([]);
  });
});

describe('a server that misbehaves', () => {
  let service: Serving;
  let tools: Tools;
  beforeAll(async () => {
    process.env['OURS_ALONE'] = 'x';
    service = opened([misbehaving('well', undefined, { env: { TOOL_SECRET: 'sesame-opens' } })]);
    tools = await toolsOf(service);
  });
  afterAll(async () => {
    delete process.env['OURS_ALONE'];
    await service.servers.close();
  });

  it('gets a few variables that every program needs and its own, never ours; its secrets are in no log', async () => {
    const { text } = await call(tools, 'odd_environment');
    expect(text.split('\n')).toEqual(expect.arrayContaining(['PATH', 'TOOL_SECRET']));
    expect(text).not.toContain('OURS_ALONE');
    expect(service.log).toContain('odd: started with [TOOL_SECRET]');
    expect(service.log.join('\n')).not.toContain('sesame');
  });

  it('cannot flood an agent: of five megabytes the first part is kept, and it is said', async () => {
    const { text, found } = await call(tools, 'odd_big');
    expect(text).toMatch(/\(Cut: the first 200000 of 5280000 characters\.\)$/);
    expect(found.map((each) => each.text.length)).toEqual([200_000]);
  });

  it('cannot add a tool, ask for a model, or hide what it says', async () => {
    expect((await call(tools, 'odd_grow')).failed).toBe(false);
    expect(Array.from((await toolsOf(service)).keys())).toEqual(Array.from(tools.keys()));
    expect(await call(tools, 'odd_ask')).toMatchObject({ failed: true, found: [] });
    expect((await call(tools, 'odd_hidden')).text).toBe('[31mThe sea is deep.');
    expect(await call(tools, 'odd_fail')).toEqual({ text: 'There is no such moon.', found: [], failed: true });
  });

  it('that does not answer a call is let go of when the agent is', async () => {
    const stop = new AbortController();
    const hanging = tools.get('odd_hang')?.run({}, { signal: stop.signal, idempotency_key: 'k' });
    stop.abort(new Fault('STEP_TIMEOUT', 'too long'));
    await expect(hanging).rejects.toThrow('too long');
    expect((await call(tools, 'odd_tell')).failed).toBe(false);
  });

  it('that crashed while it changed something is not asked to do it again', async () => {
    const { text, failed } = await call(tools, 'odd_erase');
    expect(failed).toBe(true);
    expect(text).toContain('odd_erase may have been done or not: it ended with exit code 8');
  });
});

describe('a server that ends', () => {
  it('is started again after a wait that grows, given up after three, and found again later', async () => {
    const clock = new FakeClock();
    const service = serving([misbehaving('well')], clock);
    const tools = await toolsOf(service);
    const crash = await faultOf(call(tools, 'odd_crash'));
    expect([crash.code, crash.retryable, crash.retryAfterMs]).toEqual(['TOOL_UNAVAILABLE', true, 1000]);
    expect(crash.message).toMatch(/^the server odd: it ended with exit code 7/);
    expect((await faultOf(call(tools, 'odd_tell'))).retryAfterMs).toBe(1000);
    clock.jump(1000);
    const flood = await faultOf(call(tools, 'odd_flood'));
    expect([flood.message, flood.retryAfterMs]).toEqual([
      'the server odd: it sent a message of more than 16 MB (started with nothing)',
      2000,
    ]);
    clock.jump(2000);
    expect((await faultOf(call(tools, 'odd_crash'))).retryAfterMs).toBe(4000);
    clock.jump(3999);
    const { servers } = service;
    expect(await servers.open(servers.servers, true)).toEqual({
      tools: [],
      unavailable: [{ what: 'tools of odd', why: expect.stringMatching(/^it ended with exit code 7/) }],
    });
    clock.jump(1);
    expect((await call(await toolsOf(service), 'odd_tell')).failed).toBe(false);
  });

  it('in all but name, as it answers no call in its time, is started again after the second', async () => {
    const clock = new FakeClock();
    const tools = await toolsOf(serving([misbehaving('well')], clock));
    const hanging = async (ms: number): Promise<void> => {
      const stop = new AbortController();
      const hung = tools.get('odd_hang')?.run({}, { signal: stop.signal, idempotency_key: 'k' });
      await clock.settle();
      clock.jump(ms);
      stop.abort(new Fault('STEP_TIMEOUT', 'too long'));
      await expect(hung).rejects.toThrow('too long');
    };
    await hanging(60_000);
    await hanging(1000);
    expect((await call(tools, 'odd_tell')).failed).toBe(false);
    await hanging(60_000);
    await hanging(60_000);
    expect(await faultOf(call(tools, 'odd_tell'))).toMatchObject({
      retryAfterMs: 1000,
      message: expect.stringContaining('it answered none of 2 calls within'),
    });
    clock.jump(1000);
    expect((await call(tools, 'odd_tell')).failed).toBe(false);
  });

  it('at the first question of the newer era is spoken to in the older one', async () => {
    const tools = await toolsOf(serving([misbehaving('legacy')]));
    expect((await call(tools, 'odd_sum', { a: 1 })).text).toBe('It is 2.');
    expect(await call(tools, 'odd_ask')).toMatchObject({ failed: true, found: [] });
  });

  it('by its silence is spoken to in the older era within a short time as well', async () => {
    const tools = await toolsOf(serving([misbehaving('reticent', undefined, { timeout_seconds: 4 })]));
    expect((await call(tools, 'odd_sum', { a: 1 })).text).toBe('It is 2.');
  });

  it('by nothing is ended, with what it started', async () => {
    const clock = new FakeClock();
    const file = path.join(await temporaryFolder(), 'pids');
    const service = serving([misbehaving('stubborn', file)], clock);
    await toolsOf(service);
    while (pids(file).length < 2) await clock.settle();
    expect(pids(file).every(lives)).toBe(true);
    const closing = service.servers.close();
    await clock.advance(3000);
    await closing;
    while (pids(file).some(lives)) await clock.settle();
    expect(pids(file)).toHaveLength(2);
  });
});

describe('the end of this process', () => {
  it('ends servers at once that would not end by themselves, with what they started', async () => {
    const file = path.join(await temporaryFolder(), 'pids');
    const script = `
      const { toolServers } = await import(${JSON.stringify(module('providers/tools/mcp/mcp.ts'))});
      const { systemClock } = await import(${JSON.stringify(module('engine/system-clock.ts'))});
      const { readFileSync } = await import('node:fs');
      const servers = ${JSON.stringify([misbehaving('stubborn', file)])};
      const there = toolServers({ servers, clock: systemClock, version: '1', reserved: [], log: () => undefined });
      await there.open(servers, true);
      while (readFileSync(${JSON.stringify(file)}, 'utf8').split('\\n').length < 3) await new Promise(setImmediate);
      process.exit(0);`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    onTestFinished(() => {
      for (const pid of pids(file).filter(lives)) process.kill(pid, 'SIGKILL');
    });
    expect(pids(file)).toHaveLength(2);
    await vi.waitUntil(() => !pids(file).some(lives), { timeout: 10_000 });
  });
});

describe('a server that is not there', () => {
  it('because it never answers, is unavailable after its time, and others are there', async () => {
    const clock = new FakeClock();
    const file = path.join(await temporaryFolder(), 'pids');
    const { servers } = serving(
      [misbehaving('mute', file, { timeout_seconds: 5 }), misbehaving('well', undefined, { name: 'well' })],
      clock,
    );
    const opening = servers.open(servers.servers, true);
    const { tools } = await servers.open(servers.servers.slice(1), true);
    while (pids(file).length < 1) await clock.settle();
    await clock.advance(5000);
    await clock.advance(3000);
    const all = await opening;
    expect(all.unavailable).toEqual([
      { what: 'tools of odd', why: expect.stringMatching(/^it did not answer within 5 s/) },
    ]);
    expect(all.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    expect(pids(file).filter(lives)).toEqual([]);
  });

  it('because it never answers, does not keep agents waiting for as long as its tools may run', async () => {
    const clock = new FakeClock();
    const file = path.join(await temporaryFolder(), 'pids');
    const { servers } = serving([misbehaving('mute', file, { timeout_seconds: 300 })], clock);
    const opening = servers.open(servers.servers, true);
    while (pids(file).length < 1) await clock.settle();
    await clock.advance(23_000);
    const { unavailable } = await opening;
    expect(unavailable).toEqual([
      { what: 'tools of odd', why: expect.stringMatching(/^it did not answer within 20 s/) },
    ]);
  });

  it('because it never answers, is waited for no longer than the agent has', async () => {
    const ends = new AbortController();
    const box = toolbox({
      web: { tools: () => [], unavailable: [], paid: false, close: () => Promise.resolve() },
      servers: serving([misbehaving('mute')]).servers,
      domains: null,
    });
    const opening = [null, 'text' as const].map((domain) => box.open({ domain, network: true, signal: ends.signal }));
    const settled = Promise.allSettled(opening);
    const reason = new Error('its time is up');
    ends.abort(reason);
    expect(await settled).toEqual(opening.map(() => ({ status: 'rejected', reason })));
  });

  it('because it cannot be started, is unavailable, and says why without its secrets', async () => {
    const env = { KEY: 'sesame-opens' };
    const script = 'console.error("no entry for sesame-opens"); process.exit(3)';
    const { servers, log } = serving([
      local('absent', [], { command: 'no-such-program-here' }),
      local('broken', ['-e', script], { env }),
    ]);
    const { tools, unavailable } = await servers.open(servers.servers, true);
    expect(tools).toEqual([]);
    expect(unavailable).toEqual([
      { what: 'tools of absent', why: 'the program no-such-program-here is not found' },
      { what: 'tools of broken', why: expect.stringMatching(/^it ended with exit code 3 \(no entry for \[KEY\]/) },
    ]);
    expect(log.join('\n')).not.toContain('sesame');
  });
});
