/**
 * MCP over a pair of streams, one JSON-RPC message a line. The SDK's own transport aborts open requests when its input
 * ends and keeps silent about what it cannot parse; agents that pipe requests in need an answer to each. So this one
 * answers every line that wants one, and ends when the input has ended and the last answer is written.
 */

import type { Readable, Writable } from 'node:stream';
import {
  parseJSONRPCMessage,
  SUBSCRIPTION_ID_META_KEY,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { LineSplitter, type Line } from './lines.ts';
import { members } from './mcp/members.ts';
import { mcpServer, type Interest, type McpConnection, type McpLog, type McpParts } from './mcp/mcp.ts';

/** Longest accepted message. The largest valid tool call is far below it. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
/** A batch is 2025-03-26's; this bounds what one line can make us answer. */
const MAX_BATCH = 100;
/** Any interval holds the event loop; this one is too long to ever matter. */
const HOLD_MS = 2 ** 30;

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

export interface StdioStreams {
  readonly stdin: Readable;
  readonly stdout: Writable;
}

export interface StdioService {
  /** Resolves when the input has ended and every open request is answered and written, or when nobody reads any more. */
  readonly ended: Promise<void>;
  /** Drops what is still open and stops reading. */
  close(): Promise<void>;
}

interface Failure {
  readonly code: number;
  readonly message: string;
  readonly id: RequestId | null;
}

/**
 * The SDK answers the 2026 era's subscriptions by itself, before any server of ours: what it agreed to, and that a client
 * wants no more of it, is seen on the wire only.
 */
interface Listening {
  readonly agreed: (id: RequestId, interest: Interest) => void;
  readonly cancelled: (id: RequestId) => void;
}

class LineTransport implements Transport {
  onmessage: Transport['onmessage'];
  onclose: (() => void) | undefined;
  onerror: ((error: Error) => void) | undefined;
  readonly closed: Promise<void>;

  readonly #streams: StdioStreams;
  readonly #listening: Listening;
  readonly #splitter: LineSplitter;
  /** Requests without an answer, and how many of each id: a client may repeat one. */
  readonly #open = new Map<RequestId, number>();
  /** Waits and their timers do not hold the process; without this it could exit before it has answered. */
  readonly #hold = setInterval(() => undefined, HOLD_MS);
  #writing = 0;
  #inputEnded = false;
  #isClosed = false;
  #resolveClosed: () => void = () => undefined;

  constructor(streams: StdioStreams, listening: Listening) {
    this.#streams = streams;
    this.#listening = listening;
    this.#splitter = new LineSplitter(MAX_LINE_BYTES, (line) => this.#line(line));
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  async start(): Promise<void> {
    const { stdin, stdout } = this.#streams;
    stdout.on('error', this.#onOutputError);
    stdin.on('error', this.#onInputError);
    stdin.on('end', this.#onInputEnd);
    stdin.on('close', this.#onInputEnd);
    stdin.on('data', this.#onData);
    if (stdin.readableEnded || stdin.destroyed) setImmediate(this.#onInputEnd);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return;
    if (!('method' in message) && message.id !== undefined) this.#settle(message.id);
    await this.#write(message);
    const agreed = agreement(message);
    if (agreed !== undefined) this.#listening.agreed(agreed.id, agreed.interest);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#hold);
    const { stdin } = this.#streams;
    stdin.off('data', this.#onData);
    stdin.off('end', this.#onInputEnd);
    stdin.off('close', this.#onInputEnd);
    stdin.pause();
    // The error listeners stay: a late EPIPE without one would end the process.
    this.onclose?.();
    this.#resolveClosed();
  }

  readonly #onData = (chunk: Buffer): void => this.#splitter.push(chunk);

  readonly #onInputEnd = (): void => {
    if (this.#inputEnded) return;
    this.#splitter.end();
    this.#inputEnded = true;
    this.#closeIfDone();
  };

  readonly #onInputError = (error: Error): void => {
    this.onerror?.(error);
    this.#onInputEnd();
  };

  /** Nobody reads the answers any more, so nobody waits for them. */
  readonly #onOutputError = (error: Error): void => {
    if (!this.#isClosed) this.onerror?.(error);
    this.#closeNow();
  };

  #closeNow(): void {
    this.close().catch((error: unknown) => this.onerror?.(error instanceof Error ? error : new Error(String(error))));
  }

  #closeIfDone(): void {
    if (this.#inputEnded && this.#open.size === 0 && this.#writing === 0) this.#closeNow();
  }

  #settle(id: RequestId): void {
    const left = (this.#open.get(id) ?? 0) - 1;
    if (left > 0) this.#open.set(id, left);
    else this.#open.delete(id);
  }

  async #write(message: object): Promise<void> {
    this.#writing += 1;
    await new Promise<void>((resolve) => {
      // A failed write is reported by the stream's error event, which closes the connection.
      this.#streams.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
    });
    this.#writing -= 1;
    this.#closeIfDone();
  }

  #fail({ code, message, id }: Failure): void {
    this.onerror?.(new Error(message));
    this.#write({ jsonrpc: '2.0', id, error: { code, message } }).catch((error: Error) => this.onerror?.(error));
  }

  #line(line: Line): void {
    if (line.kind === 'not_utf8') {
      this.#fail({ code: PARSE_ERROR, message: 'The line is not valid UTF-8.', id: null });
    } else if (line.kind === 'too_long') {
      const message = `The message has ${line.bytes} bytes; the longest accepted has ${MAX_LINE_BYTES}.`;
      this.#fail({ code: INVALID_REQUEST, message, id: idAtAnEnd(line.head, line.tail) });
    } else if (line.text.trim() !== '') {
      this.#text(line.text);
    }
  }

  #text(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail({ code: PARSE_ERROR, message: `The line is not JSON: ${reason}`, id: null });
      return;
    }
    if (!Array.isArray(value)) this.#message(value);
    else if (value.length > 0 && value.length <= MAX_BATCH) for (const one of value) this.#message(one);
    else this.#fail({ code: INVALID_REQUEST, message: `A batch holds 1 to ${MAX_BATCH} messages.`, id: null });
  }

  #message(value: unknown): void {
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      this.#fail({ code: INVALID_REQUEST, message: 'The line is not a JSON-RPC 2.0 message.', id: idOf(value) });
      return;
    }
    if (isAnswered(message)) this.#open.set(message.id, (this.#open.get(message.id) ?? 0) + 1);
    const cancelled = cancelledId(message);
    if (cancelled !== undefined) {
      this.#settle(cancelled);
      this.#listening.cancelled(cancelled);
    }
    this.onmessage?.(message);
  }
}

/** Whether an answer to this message will come: a subscription has none until the connection ends. */
function isAnswered(message: JSONRPCMessage): message is JSONRPCMessage & { readonly id: RequestId } {
  return 'method' in message && 'id' in message && message.method !== 'subscriptions/listen';
}

/** A cancelled request gets no answer. */
function cancelledId(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  return requestId(message.params?.['requestId']);
}

/** A subscription as the SDK acknowledges it: under the id of its request, narrowed to what the server can tell. */
function agreement(message: JSONRPCMessage): { readonly id: RequestId; readonly interest: Interest } | undefined {
  if (!('method' in message) || message.method !== 'notifications/subscriptions/acknowledged') return undefined;
  const id = requestId(message.params?._meta?.[SUBSCRIPTION_ID_META_KEY]);
  if (id === undefined) return undefined;
  const { resourceSubscriptions: uris, resourcesListChanged } = members(message.params?.['notifications']);
  const strings = Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
  return { id, interest: { uris: strings, list: resourcesListChanged === true } };
}

function idOf(value: unknown): RequestId | null {
  return typeof value === 'object' && value !== null && 'id' in value ? (requestId(value.id) ?? null) : null;
}

function requestId(value: unknown): RequestId | undefined {
  return typeof value === 'string' || Number.isSafeInteger(value) ? (value as RequestId) : undefined;
}

const ID = String.raw`"id"\s*:\s*(-?(?:0|[1-9]\d{0,14})|"[^"\\\u0000-\u001f]{0,100}")`;
const ID_FIRST = new RegExp(String.raw`^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?${ID}\s*,`);
const ID_LAST = new RegExp(String.raw`,\s*${ID}\s*\}\s*$`);

/** The id of a message too long to parse: where clients put it, at its very beginning or end. */
function idAtAnEnd(head: string, tail: string): RequestId | null {
  const found = ID_FIRST.exec(head)?.[1] ?? ID_LAST.exec(tail)?.[1];
  return found === undefined ? null : (requestId(JSON.parse(found)) ?? null);
}

/** Serves both protocol eras over the streams. Nothing but JSON-RPC is written to `stdout`. */
export async function serveOverStdio(parts: McpParts, streams: StdioStreams, log: McpLog): Promise<StdioService> {
  const report = (error: Error): void => log.warn({ err: error }, 'mcp connection');
  // A probe that falls back to the older era gets a second server; the first one is closed by then.
  let connection: McpConnection | null = null;
  const transport = new LineTransport(streams, {
    agreed: (id, interest) => {
      connection?.feed.add(id, interest).catch(report);
    },
    cancelled: (id) => connection?.feed.remove(id),
  });
  const handle = serveStdio(
    ({ era }) => {
      connection = mcpServer({ ...parts, log: parts.log ?? log }, era);
      return connection.server;
    },
    { transport, onerror: report },
  );
  return { ended: transport.closed, close: () => handle.close() };
}
