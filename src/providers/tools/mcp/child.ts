/**
 * A program spoken to over its standard input and output. It leads a process group of its own, so that what it starts itself (as
 * `npx` and shells do) ends with it, and an interrupt at our terminal is not one at its.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';
import type { Readable } from 'node:stream';
import {
  deserializeMessage,
  type JSONRPCMessage,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Clock } from '../../../core/clock.ts';
import type { LocalServer } from '../../../core/tool-server.ts';
import { Lines } from './lines.ts';

/** Of one message: a longer one ends the program, because its end may never come. */
const MOST_MESSAGE_BYTES = 16_000_000;
/** What a program is given to end by itself once its input ended, and once it was asked to. */
const GRACE_MS = 1000;
const TERM_MS = 2000;

/** Programs at work, by the number of their group: whatever ends this process takes them along. */
const groups = new Set<number>();
let watched = false;

export class Child implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  readonly #server: LocalServer;
  readonly #clock: Clock;
  readonly #said: (line: string) => void;
  readonly #lines = new Lines(MOST_MESSAGE_BYTES);
  readonly #gone = Promise.withResolvers<void>();
  #child: ChildProcess | null = null;
  #ended: string | null = null;
  #isFull = false;

  /** `said`: told each line of its standard error. */
  constructor(server: LocalServer, clock: Clock, said: (line: string) => void) {
    this.#server = server;
    this.#clock = clock;
    this.#said = said;
  }

  /** This and `pid` are by what the SDK knows a transport that is a program's. */
  get stderr(): Readable | null {
    return this.#child?.stderr ?? null;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** How the program ended, in words; null while it runs. */
  get ended(): string | null {
    return this.#ended;
  }

  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#server;
    const child = spawn(command, args, {
      env: { ...getDefaultEnvironment(), ...env },
      stdio: 'pipe',
      detached: true,
      ...(cwd === null ? {} : { cwd }),
    });
    this.#child = child;
    if (child.pid !== undefined) watch(child.pid);
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    eachLine(child.stderr, this.#said);
    // What breaks a pipe is told by the end of the program.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on('error', () => undefined);
    child.once('exit', (code, signal) => this.#exited(endWords(code, signal)));
    // After its last words were read.
    child.once('close', () => this.#lost());
    const started = Promise.withResolvers<void>();
    child.once('spawn', started.resolve);
    child.once('error', (error) => {
      const why = 'code' in error && error.code === 'ENOENT' ? notFound(command, cwd) : error.message;
      started.reject(new Error(why));
      this.#ended ??= why;
      this.#lost();
    });
    await started.promise;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin ?? null;
    if (stdin === null || this.#ended !== null) throw new Error(this.#ended ?? 'it was not started');
    if (stdin.write(serializeMessage(message))) return;
    const drained = Promise.withResolvers<void>();
    stdin.once('drain', drained.resolve);
    await Promise.race([drained.promise, this.#gone.promise]);
  }

  /** Ends it and all it started: its input first, then politely, then for sure. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.stdin?.end();
    const steps = [
      this.#clock.after(GRACE_MS, () => signalGroup(child.pid, 'SIGTERM')),
      this.#clock.after(GRACE_MS + TERM_MS, () => signalGroup(child.pid, 'SIGKILL')),
    ];
    await this.#gone.promise;
    for (const cancel of steps) cancel();
  }

  #take(chunk: Buffer): void {
    if (this.#isFull) return;
    const lines = this.#lines.take(chunk);
    if (lines === null) {
      this.#isFull = true;
      this.#ended ??= `it sent a message of more than ${MOST_MESSAGE_BYTES / 1_000_000} MB`;
      signalGroup(this.#child?.pid, 'SIGKILL');
      return;
    }
    for (const line of lines) {
      try {
        this.onmessage?.(deserializeMessage(line));
      } catch (thrown) {
        // Programs print what they like: a line that is no message is no failure.
        this.onerror?.(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    }
  }

  #exited(why: string): void {
    const pid = this.#child?.pid;
    this.#ended ??= why;
    // What it started and left behind holds its pipes; what fled from its group as well is not waited for.
    signalGroup(pid, 'SIGKILL');
    if (pid !== undefined) groups.delete(pid);
    this.#clock.after(GRACE_MS, () => this.#lost());
  }

  #lost(): void {
    if (this.#child === null) return;
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) pipe?.destroy();
    this.#child = null;
    this.#gone.resolve();
    this.onclose?.();
  }
}

function watch(pid: number): void {
  groups.add(pid);
  if (watched) return;
  watched = true;
  process.on('exit', () => {
    // Nobody is left to ask a second time.
    for (const group of groups) signalGroup(group, 'SIGKILL');
  });
}

function signalGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (thrown) {
    // ESRCH: nobody is left. EPERM: only what is no longer ours, or on macOS, what has ended and was not waited for.
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
    if (code !== 'ESRCH' && code !== 'EPERM') throw thrown;
  }
}

function notFound(command: string, cwd: string | null): string {
  const place = cwd === null ? '' : `, or the folder ${cwd} is not there`;
  return `the program ${command} is not found${place}`;
}

function endWords(code: number | null, signal: string | null): string {
  return signal === null ? `it ended with exit code ${code ?? 'unknown'}` : `it was ended by ${signal}`;
}

/** Characters of a line that are held, more than a variable or an argument can have: a secret that was cut is not known as one. */
const MOST_HELD = 200_000;

/** Lines as they come, long ones cut. */
function eachLine(stream: Readable, told: (line: string) => void): void {
  let held = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (held + chunk).split('\n');
    held = (lines.pop() ?? '').slice(0, MOST_HELD);
    for (const line of lines) if (line.trim() !== '') told(line.trimEnd());
  });
  stream.once('end', () => {
    if (held.trim() !== '') told(held.trimEnd());
  });
}

/** Windows finds programs and ends them in ways of its own, which the SDK knows. */
export function windowsChild(server: LocalServer, said: (line: string) => void): Transport {
  const { command, args, env, cwd } = server;
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...env },
    stderr: 'pipe',
    maxBufferSize: MOST_MESSAGE_BYTES,
    ...(cwd === null ? {} : { cwd }),
  });
  const { stderr } = transport;
  if (stderr !== null) eachLine(stderr as Readable, said);
  return transport;
}
