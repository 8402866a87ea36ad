/** The terminal as the commands see it: two streams, a size, a clock and Ctrl-C. Built from given streams, so that tests can. */

import type { EventEmitter } from 'node:events';
import { Fault } from '../../core/errors.ts';

/** Everything the command line does to the outside. Writes never throw: a reader that has gone away is not an error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly stdinIsTTY: boolean;
  readonly stdoutIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  /** Whether frames can be redrawn in place on standard error. */
  readonly live: boolean;
  /** Whether letters beyond ASCII (spinner, tree lines, bar) can be shown. */
  readonly unicode: boolean;
  readonly color: { readonly out: boolean; readonly err: boolean };
  /** Size of the window now, in cells. */
  readonly columns: number;
  readonly rows: number;
  /** All of standard input as text. Throws INVALID_INPUT above `limit` bytes. */
  readInput(limit: number): Promise<string>;
  /** The next line of standard input, without its end; what there is when the input ends first. Nothing can be read after it. */
  readLine(): Promise<string>;
  /** Shows or hides the cursor; it is shown again when the process exits, whatever happens. */
  cursor(visible: boolean): void;
  /** Ctrl-C (SIGINT). Signals that arrive together count as one. Returns the function that stops listening. */
  onInterrupt(handler: () => void): () => void;
  /** SIGTERM and SIGHUP, with the exit code that says so. Returns the function that stops listening. */
  onTerminate(handler: (exit: number) => void): () => void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` every `ms` until the returned function is called. Keeps the process alive. */
  every(ms: number, fire: () => void): () => void;
  /** Resolves when what was written has left the process. Rejects if standard output could not take it. */
  flush(): Promise<void>;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string, written?: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface Input extends AsyncIterable<unknown> {
  readonly isTTY?: boolean;
}

export interface TerminalParts {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** NO_COLOR, FORCE_COLOR and TERM are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where SIGINT, SIGTERM, SIGHUP and `exit` are announced: `process`. */
  readonly signals: EventEmitter;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/**
 * npx and npm pass a Ctrl-C on to a child that the terminal has told already. Within this time both are one; without
 * it a single press would mean "leave now". What is printed about the first press comes after it, so that whoever reacts is heard.
 */
const ONE_PRESS_MS = 50;
const SHOW_CURSOR = '\u001B[?25h';
const HIDE_CURSOR = '\u001B[?25l';

/** A terminal on these streams. Listens to signals only while somebody asked to. */
export function terminal({ stdin, stdout, stderr, env, signals }: TerminalParts): Terminal {
  const out = channel(stdout);
  const err = channel(stderr);
  const dumb = env['TERM'] === 'dumb';
  const sized = stderr.isTTY === true ? stderr : stdout;
  let hidden = false;
  return {
    out: (text) => out.write(text),
    err: (text) => err.write(text),
    stdinIsTTY: stdin.isTTY === true,
    stdoutIsTTY: stdout.isTTY === true,
    stderrIsTTY: stderr.isTTY === true,
    live: stderr.isTTY === true && !dumb,
    unicode: !dumb && env['TERM'] !== 'linux',
    color: { out: colored(stdout, env), err: colored(stderr, env) },
    get columns(): number {
      return positive(sized.columns) ?? DEFAULT_COLUMNS;
    },
    get rows(): number {
      return positive(sized.rows) ?? DEFAULT_ROWS;
    },
    readInput: (limit) => readAll(stdin, limit),
    readLine: () => readLine(stdin),
    cursor: (visible) => {
      if (visible !== hidden) return;
      if (!hidden) signals.once('exit', () => hidden && err.write(SHOW_CURSOR));
      hidden = !visible;
      err.write(visible ? SHOW_CURSOR : HIDE_CURSOR);
    },
    onInterrupt: (handler) => interrupts(signals, handler),
    onTerminate: (handler) => terminations(signals, handler),
    now: () => Date.now(),
    every: (ms, fire) => {
      const timer = setInterval(fire, ms);
      return () => clearInterval(timer);
    },
    flush: async () => {
      await err.flush().catch(() => undefined);
      await out.flush();
    },
  };
}

interface Channel {
  write(text: string): void;
  flush(): Promise<void>;
}

/** A stream whose reader may leave (`| head`): after that, writing does nothing. */
function channel(stream: Output): Channel {
  let failure: Error | null = null;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    write: (text) => {
      if (failure === null && text !== '') stream.write(text);
    },
    flush: () =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          if (failure === null || isGone(failure)) resolve();
          else reject(unwritable(failure));
        };
        if (failure === null) stream.write('', settle);
        else settle();
      }),
  };
}

function isGone(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

function unwritable(error: Error): Fault {
  return new Fault('INVALID_INPUT', `the output could not be written: ${error.message}`, {
    hint: 'Check where standard output goes (disk full, no permission?). The report is stored and can be printed again.',
    cause: error,
  });
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

/** NO_COLOR wins, FORCE_COLOR asks, else a terminal that understands more than letters. */
function colored(stream: Output, env: TerminalParts['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

async function readAll(stdin: Input, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > limit) throw new Fault('INVALID_INPUT', `standard input holds more than ${limit} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function readLine(stdin: Input): Promise<string> {
  let line = '';
  for await (const chunk of stdin) {
    line += String(chunk);
    const end = line.search(/[\r\n]/);
    if (end !== -1) return line.slice(0, end);
  }
  return line;
}

function interrupts(signals: EventEmitter, handler: () => void): () => void {
  let pending: NodeJS.Timeout | null = null;
  const heard = (): void => {
    pending ??= setTimeout(() => {
      pending = null;
      handler();
    }, ONE_PRESS_MS);
  };
  signals.on('SIGINT', heard);
  return () => {
    signals.off('SIGINT', heard);
    if (pending !== null) clearTimeout(pending);
  };
}

const EXITS = { SIGTERM: 143, SIGHUP: 129 } as const;

function terminations(signals: EventEmitter, handler: (exit: number) => void): () => void {
  const terminated = (): void => handler(EXITS.SIGTERM);
  const hungUp = (): void => handler(EXITS.SIGHUP);
  signals.on('SIGTERM', terminated);
  signals.on('SIGHUP', hungUp);
  return () => {
    signals.off('SIGTERM', terminated);
    signals.off('SIGHUP', hungUp);
  };
}
