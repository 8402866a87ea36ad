/** A host of the real binary: starts it, writes bytes, reads lines, and looks at the process from outside. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { BINARY, type Home, ROOT } from './binary.ts';

/** How long anything may take that must come: far longer than it ever does, so that a hang is told by what is missing. */
const PATIENCE_MS = 60_000;

interface HostOptions {
  /** Takes each message with its line, in place of `messages`. */
  readonly onMessage?: (message: Message, line: string) => void;
  /** For a machine that has many processes to start at once. */
  readonly patience_ms?: number;
}

export interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: ToolResult & Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

interface ToolResult {
  readonly isError?: boolean;
  readonly structuredContent?: Readonly<Record<string, unknown>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Host {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<Exit>;
  /** Lines so far, parsed, unless `onMessage` takes them. */
  readonly messages: Message[] = [];
  stderr = '';
  readonly #patience: number;
  #rest = '';
  #arrived: () => void = () => undefined;
  #gone: Exit | null = null;

  constructor(home: Home, { onMessage, patience_ms = PATIENCE_MS }: HostOptions = {}) {
    this.#patience = patience_ms;
    this.child = spawn(process.execPath, [BINARY], { cwd: ROOT, env: home.env, stdio: 'pipe' });
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#gone = { code, signal };
        resolve(this.#gone);
        this.#arrived();
      });
    });
    // Writing to a process that has ended is what some tests are about.
    this.child.stdin.on('error', () => undefined);
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as Message;
        if (onMessage === undefined) this.messages.push(message);
        else onMessage(message, line);
      }
      this.#arrived();
    });
  }

  /** What came after the last line break: nothing, in a process that ended well. */
  get halfLine(): string {
    return this.#rest;
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('the process did not start');
    return pid;
  }

  /** Resolves when the process takes more. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (!this.child.stdin.write(bytes)) await Promise.race([once(this.child.stdin, 'drain'), this.exited]);
  }

  /** Resolves once it holds, looked at after whatever arrives. Rejects with `what` when the process ends or nothing comes. */
  async until(holds: () => boolean, what: () => string): Promise<void> {
    const patience = AbortSignal.timeout(this.#patience);
    while (!holds()) {
      const told = (): string => `${what()}; stderr: ${this.stderr.slice(-2000)}`;
      if (this.#gone !== null) throw new Error(`the process ended with ${JSON.stringify(this.#gone)} before ${told()}`);
      if (patience.aborted) throw new Error(`never came: ${told()}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
        patience.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** The answer to a request that was written. */
  async answer(id: string | number): Promise<Message> {
    const found = (): Message | undefined => this.messages.find((one) => one.id === id && one.method === undefined);
    await this.until(
      () => found() !== undefined,
      () => `the answer to ${id}`,
    );
    const message = found();
    if (message === undefined) throw new Error('unreachable');
    return message;
  }

  async call(id: number, name: string, args: object): Promise<Readonly<Record<string, unknown>>> {
    const content = await this.ask(id, name, args);
    if ('error' in content && !('status' in content)) throw new Error(`${name}: ${JSON.stringify(content)}`);
    return content;
  }

  /** What a tool answers, be it an error of the catalogue. */
  async ask(id: number, name: string, args: object): Promise<Readonly<Record<string, unknown>>> {
    await this.write(call(id, name, args));
    const { result, error } = await this.answer(id);
    if (result?.structuredContent === undefined) throw new Error(`${name}: ${JSON.stringify(result ?? error)}`);
    return result.structuredContent;
  }

  async end(): Promise<Exit> {
    this.child.stdin.end();
    return this.exited;
  }

  /** Processor time so far, in the system's ticks. */
  processorTicks(): number {
    // The name in the second field may hold spaces; it ends with the last bracket.
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  /** Memory in MiB: in RAM now, and the most there ever was. */
  memory(): { readonly now: number; readonly most: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
    return { now: read('VmRSS'), most: read('VmHWM') };
  }
}

export function request(id: string | number, method: string, params: object = {}): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

export function call(id: string | number, name: string, args: object): string {
  return request(id, 'tools/call', { name, arguments: args });
}

export function notification(method: string, params: object = {}): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`;
}

export const HELLO: string =
  request('hello', 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'host', version: '1' },
  }) + notification('notifications/initialized');

/** What each request of the 2026 era carries; this client takes tasks. */
export const MODERN: { readonly _meta: object } = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'host', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  },
};
