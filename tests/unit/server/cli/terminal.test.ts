import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../../../src/core/errors.ts';
import type { TerminalParts } from '../../../../src/server/cli/terminal.ts';
import { terminal } from '../../../../src/server/cli/terminal.ts';

class Sink extends Writable {
  text = '';
  isTTY = false;
  columns = 0;
  rows = 0;
  failure: Error | null = null;
  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.text += chunk.toString();
    done(this.failure);
  }
}

function tty(columns = 100, rows = 30): Sink {
  return Object.assign(new Sink(), { isTTY: true, columns, rows });
}

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<string | Buffer> {
  yield* parts;
}

function make(given: Partial<TerminalParts> = {}) {
  const stdout = new Sink();
  const stderr = new Sink();
  const signals = new EventEmitter();
  return {
    stdout,
    stderr,
    signals,
    made: terminal({ stdin: chunks(), stdout, stderr, signals, env: {}, ...given }),
  };
}

const withCode = (code: string): Error => Object.assign(new Error(`write ${code}`), { code });

describe('what a terminal can show', () => {
  it.each([
    [{}, { out: true, err: true }],
    [{ NO_COLOR: '1' }, { out: false, err: false }],
    [{ NO_COLOR: '' }, { out: true, err: true }],
    [
      { NO_COLOR: '1', FORCE_COLOR: '1' },
      { out: false, err: false },
    ],
    [{ TERM: 'dumb' }, { out: false, err: false }],
    [{ FORCE_COLOR: '0' }, { out: false, err: false }],
  ])('with %j a terminal has colours %j', (env, color) => {
    expect(make({ stdout: tty(), stderr: tty(), env }).made.color).toEqual(color);
  });

  it('has no colour in a pipe unless it is forced', () => {
    expect(make().made.color).toEqual({ out: false, err: false });
    expect(make({ stdout: new Sink(), stderr: tty() }).made.color).toEqual({ out: false, err: true });
    expect(make({ env: { FORCE_COLOR: '1' } }).made.color).toEqual({ out: true, err: true });
  });

  it('redraws only on a terminal that can move its cursor', () => {
    expect(make({ stderr: tty() }).made.live).toBe(true);
    expect(make({ stderr: tty(), env: { TERM: 'dumb' } }).made).toMatchObject({ live: false, unicode: false });
    expect(make({ stderr: tty(), env: { TERM: 'linux' } }).made).toMatchObject({ live: true, unicode: false });
    expect(make().made.live).toBe(false);
  });

  it('knows its size now, and a common one where there is none', () => {
    const stderr = tty(120, 40);
    const { made } = make({ stderr });
    expect([made.columns, made.rows]).toEqual([120, 40]);
    stderr.columns = 60;
    expect(made.columns).toBe(60);
    const piped = make().made;
    expect([piped.columns, piped.rows]).toEqual([80, 24]);
  });
});

describe('writing', () => {
  it('goes to the two streams', async () => {
    const { made, stdout, stderr } = make();
    made.out('a');
    made.err('b');
    await made.flush();
    expect([stdout.text, stderr.text]).toEqual(['a', 'b']);
  });

  it('goes on quietly when the reader has left', async () => {
    const { made, stdout } = make();
    stdout.failure = withCode('EPIPE');
    made.out('a');
    await new Promise(setImmediate);
    made.out('b');
    await expect(made.flush()).resolves.toBeUndefined();
    expect(stdout.text).toBe('a');
  });

  it('tells of an output that could not be written', async () => {
    const { made, stdout } = make();
    stdout.failure = withCode('ENOSPC');
    made.out('a');
    await expect(made.flush()).rejects.toBeInstanceOf(Fault);
    await expect(made.flush()).rejects.toThrow('ENOSPC');
  });
});

describe('the cursor', () => {
  it('is hidden once, and shown again even if the process just exits', () => {
    const { made, stderr, signals } = make();
    made.cursor(false);
    made.cursor(false);
    signals.emit('exit');
    expect(stderr.text).toBe('\u001B[?25l\u001B[?25h');
  });

  it('is not shown again when it was never hidden or is back already', () => {
    const { made, stderr, signals } = make();
    made.cursor(true);
    expect(stderr.text).toBe('');
    made.cursor(false);
    made.cursor(true);
    signals.emit('exit');
    expect(stderr.text).toBe('\u001B[?25l\u001B[?25h');
  });
});

describe('standard input', () => {
  it('is read as UTF-8 even where a chunk ends inside a letter', async () => {
    const bytes = Buffer.from('Fähre');
    const { made } = make({ stdin: chunks(bytes.subarray(0, 2), bytes.subarray(2)) });
    expect(await made.readInput(100)).toBe('Fähre');
  });

  it('is refused above the limit', async () => {
    const { made } = make({ stdin: chunks('x'.repeat(11)) });
    await expect(made.readInput(10)).rejects.toThrow('more than 10 bytes');
  });

  it.each([
    [['wf_1\n'], 'wf_1'],
    [['wf', '_1\r\n', 'more'], 'wf_1'],
    [['wf_1'], 'wf_1'],
    [[], ''],
  ])('gives of %j the line %j', async (parts, line) => {
    const { made } = make({ stdin: chunks(...parts) });
    expect(await made.readLine()).toBe(line);
  });
});

describe('signals and time', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('counts a Ctrl-C that arrives twice at once, as npx passes it on, as one', () => {
    const { made, signals } = make();
    let presses = 0;
    made.onInterrupt(() => {
      presses += 1;
    });
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    vi.advanceTimersByTime(60);
    expect(presses).toBe(1);
    signals.emit('SIGINT');
    vi.advanceTimersByTime(60);
    expect(presses).toBe(2);
  });

  it('listens no longer than it was asked to', () => {
    const { made, signals } = make();
    const heard: number[] = [];
    const deaf = [made.onInterrupt(() => heard.push(2)), made.onTerminate((exit) => heard.push(exit))];
    signals.emit('SIGTERM');
    signals.emit('SIGHUP');
    signals.emit('SIGINT');
    for (const stop of deaf) stop();
    vi.advanceTimersByTime(100);
    expect(heard).toEqual([143, 129]);
    expect(signals.eventNames()).toEqual([]);
  });

  it('ticks until told to stop', () => {
    const { made } = make();
    let ticks = 0;
    const stop = made.every(90, () => {
      ticks += 1;
    });
    vi.advanceTimersByTime(300);
    stop();
    vi.advanceTimersByTime(300);
    expect(ticks).toBe(3);
    expect(made.now()).toBe(Date.now());
  });
});
