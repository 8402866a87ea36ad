/**
 * MCP over a pair of streams, one JSON-RPC message a line. The SDK's own transport aborts open requests when its input
 * ends and keeps silent about what it cannot parse; agents that pipe requests in need an answer to each. So this one
 * answers every line that wants one, and ends when the input has ended and the last answer is written.
 */

import type { Readable, Writable } from 'node:stream';
import { parseJSONRPCMessage, type JSONRPCMessage, type RequestId, type Transport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { complaints } from './complaints.ts';
import { LineWriter } from './line-writer.ts';
import { LineSplitter, type Line } from './lines.ts';
import { mcpServer, type Interest, type McpConnection, type McpLog, type McpParts } from './mcp/mcp.ts';
import { agreement, answeredId, cancelledId, isHint, isPassing, isRequest, urisWanted } from './mcp/wire-messages.ts';
import { idAtAnEnd, idOf } from './message-ids.ts';
import { excess } from './message-shape.ts';

/** Longest accepted message. The largest valid tool call is far below it. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
/** A batch is 2025-03-26's; this bounds what one line can make us answer. */
const MAX_BATCH = 100;
/** Requests that may wait for their answers; more are read once some have theirs. */
const MAX_OPEN = 256;
/** Subscriptions of a connection, and URIs in each. */
const MAX_SUBSCRIPTIONS = 100;
const MAX_SUBSCRIBED = 1000;
/** How much of each end of a message is looked at for its id when it is too big to parse. */
const END_CHARS = 256;
/** Any interval holds the event loop; this one is too long to ever matter. */
const HOLD_MS = 2 ** 30;

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INVALID_PARAMS = -32_602;

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
 * What is seen on the wire only. The SDK answers the 2026 era's subscriptions by itself, before any server of ours: what it
 * agreed to, and that a client wants no more of it.
 */
interface Seen {
  readonly agreed: (id: RequestId, interest: Interest) => void;
  readonly cancelled: (id: RequestId) => void;
  /** The input has ended and every request is answered. */
  readonly done: () => void;
}

class LineTransport implements Transport {
  onmessage: Transport['onmessage'];
  onclose: (() => void) | undefined;
  onerror: ((error: Error) => void) | undefined;
  readonly ended: Promise<void>;

  readonly #streams: StdioStreams;
  readonly #seen: Seen;
  readonly #splitter: LineSplitter;
  readonly #writer: LineWriter;
  /** Requests without an answer: how many of each id, as a client may repeat one, and in all. */
  readonly #open = new Map<RequestId, number>();
  #openCount = 0;
  /** Waits and their timers do not hold the process; without this it could exit before it has answered. */
  readonly #hold = setInterval(() => undefined, HOLD_MS);
  #inputEnded = false;
  #outputBroken = false;
  #isClosed = false;
  #resolveEnded: () => void = () => undefined;

  constructor(streams: StdioStreams, seen: Seen) {
    this.#streams = streams;
    this.#seen = seen;
    this.#splitter = new LineSplitter(MAX_LINE_BYTES, (line) => this.#line(line));
    this.#writer = new LineWriter(streams.stdout, () => this.#moved());
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
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

  /** Resolves before the message is read or even written: who does not read would hold up everything else. */
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return;
    if (isHint(message)) this.#writer.hint(message);
    else if (!isPassing(message) || !this.#writer.full) this.#writer.write(message);
    const answered = answeredId(message);
    if (answered !== undefined) this.#settle(answered);
    const agreed = agreement(message);
    if (agreed !== undefined) this.#seen.agreed(agreed.id, agreed.interest);
    this.#moved();
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
    this.#moved();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#splitter.push(chunk);
    this.#moved();
  };

  readonly #onInputEnd = (): void => {
    if (this.#inputEnded) return;
    this.#splitter.end();
    this.#inputEnded = true;
    this.#moved();
  };

  readonly #onInputError = (error: Error): void => {
    this.onerror?.(error);
    this.#onInputEnd();
  };

  /** Nobody reads the answers any more, so nobody waits for them. */
  readonly #onOutputError = (error: Error): void => {
    if (!this.#isClosed) this.onerror?.(error);
    this.#outputBroken = true;
    this.#closeNow();
  };

  #closeNow(): void {
    this.close().catch((error: unknown) => this.onerror?.(error instanceof Error ? error : new Error(String(error))));
  }

  /** After whatever may have changed how much is open or unread: reads on, waits, or ends. */
  #moved(): void {
    if (this.#isClosed) {
      // What was answered before the end is still on its way out; what a signal or a broken pipe cuts off is not.
      if (this.#outputBroken || !this.#inputEnded || this.#writer.empty) this.#resolveEnded();
    } else if (this.#inputEnded) {
      if (this.#openCount === 0 && this.#writer.empty) this.#seen.done();
    } else if (this.#openCount >= MAX_OPEN || this.#writer.full) this.#streams.stdin.pause();
    else if (this.#streams.stdin.isPaused()) this.#streams.stdin.resume();
  }

  #settle(id: RequestId): void {
    const count = this.#open.get(id);
    if (count === undefined) return;
    this.#openCount -= 1;
    if (count > 1) this.#open.set(id, count - 1);
    else this.#open.delete(id);
  }

  #fail({ code, message, id }: Failure): void {
    this.onerror?.(new Error(message));
    this.#writer.write({ jsonrpc: '2.0', id, error: { code, message } });
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
    const tooMuch = excess(text);
    if (tooMuch !== null) {
      const id = idAtAnEnd(text.slice(0, END_CHARS), text.slice(-END_CHARS));
      this.#fail({ code: INVALID_REQUEST, message: `The message ${tooMuch}.`, id });
      return;
    }
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
    if (isRequest(message)) {
      if (urisWanted(message) > MAX_SUBSCRIBED) {
        const reason = `A subscription names at most ${MAX_SUBSCRIBED} resources.`;
        this.#fail({ code: INVALID_PARAMS, message: reason, id: message.id });
        return;
      }
      this.#open.set(message.id, (this.#open.get(message.id) ?? 0) + 1);
      this.#openCount += 1;
    }
    const cancelled = cancelledId(message);
    if (cancelled !== undefined) {
      this.#settle(cancelled);
      this.#seen.cancelled(cancelled);
    }
    this.onmessage?.(message);
  }
}

/** Serves both protocol eras over the streams. Nothing but JSON-RPC is written to `stdout`. */
export async function serveOverStdio(parts: McpParts, streams: StdioStreams, log: McpLog): Promise<StdioService> {
  const report = complaints((error) => log.warn({ error }, 'mcp connection'));
  // A probe that falls back to the older era gets a second server; the first one is closed by then.
  let connection: McpConnection | null = null;
  const transport = new LineTransport(streams, {
    agreed: (id, interest) => {
      connection?.feed.add(id, interest).catch(report);
    },
    cancelled: (id) => connection?.feed.remove(id),
    // Closed through the SDK, which ends its subscriptions with an answer each.
    done: () => {
      handle.close().catch(report);
    },
  });
  const handle = serveStdio(
    ({ era }) => {
      connection = mcpServer({ ...parts, log: parts.log ?? log }, era);
      return connection.server;
    },
    { transport, onerror: report, maxSubscriptions: MAX_SUBSCRIPTIONS },
  );
  return { ended: transport.ended, close: () => handle.close() };
}
