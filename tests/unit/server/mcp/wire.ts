/** A connection seen as messages: for what no client library sends, beside a client of the SDK on the same wire or alone. */

import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { McpParts } from '../../../../src/server/mcp/mcp.ts';
import { serveOverStdio, type StdioService } from '../../../../src/server/stdio.ts';

export interface Answer {
  readonly id: string | number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

/** The envelope each request of the 2026 era carries. */
export function envelope(capabilities: object = TASKS): Record<string, unknown> {
  return {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
}

export class Wire implements Transport {
  onmessage: Transport['onmessage'];
  onclose: (() => void) | undefined;
  onerror: ((error: Error) => void) | undefined;
  readonly service: StdioService;
  readonly #toServer: PassThrough;
  readonly #waiting = new Map<string | number, (answer: Answer) => void>();
  #sent = 0;

  static async open(parts: McpParts): Promise<Wire> {
    const toServer = new PassThrough();
    const fromServer = new PassThrough();
    const service = await serveOverStdio(parts, { stdin: toServer, stdout: fromServer }, { warn: () => undefined });
    return new Wire(service, toServer, fromServer);
  }

  private constructor(service: StdioService, toServer: PassThrough, fromServer: PassThrough) {
    this.service = service;
    this.#toServer = toServer;
    createInterface({ input: fromServer }).on('line', (line) => this.#line(line));
  }

  async start(): Promise<void> {}

  async send(message: object): Promise<void> {
    this.#toServer.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    await this.service.close();
    this.onclose?.();
  }

  /** One request of the 2026 era, with whatever its parameters hold, and its answer. */
  request(method: string, params: object = {}, meta: object = envelope()): Promise<Answer> {
    this.#sent += 1;
    const id = `wire-${this.#sent}`;
    const answered = new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#toServer.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: { _meta: meta, ...params } })}\n`);
    return answered;
  }

  call(name: string, args: object, meta?: object): Promise<Answer> {
    return this.request('tools/call', { name, arguments: args }, meta);
  }

  #line(line: string): void {
    const message = JSON.parse(line) as Answer & JSONRPCMessage;
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) {
      this.onmessage?.(message);
      return;
    }
    this.#waiting.delete(message.id);
    waiting(message);
  }
}
