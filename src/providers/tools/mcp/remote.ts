/** A server that is reached by its address. */

import {
  type JSONRPCMessage,
  ProtocolError,
  type RequestId,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import type { Clock } from '../../../core/clock.ts';
import type { RemoteServer } from '../../../core/tool-server.ts';
import { remoteFetch } from './remote-fetch.ts';

const GOODBYE_MS = 1000;

/** What a call is answered here whose stream ended without an answer; `data` is no server's. */
const CUT = { code: -32_000, message: 'it ended its answer before it was whole', data: Symbol('cut') };

/** Whether what a call failed with is that. */
export function isCut(thrown: unknown): boolean {
  return thrown instanceof ProtocolError && thrown.data === CUT.data;
}

function calledOffIn(message: JSONRPCMessage | JSONRPCMessage[]): RequestId | null {
  if (Array.isArray(message) || !('method' in message) || message.method !== 'notifications/cancelled') return null;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1];

export class Remote extends StreamableHTTPClientTransport {
  readonly #clock: Clock;
  readonly #open = new Set<RequestId>();
  #isWatched = false;
  #quietUntil = 0;

  constructor({ url, headers }: RemoteServer, clock: Clock) {
    const later = (ms: number): void => {
      this.#quietUntil = Math.max(this.#quietUntil, clock.now() + ms);
    };
    super(new URL(url), { requestInit: { headers: { ...headers } }, fetch: remoteFetch({ clock, later }) });
    this.#clock = clock;
  }

  /** Milliseconds for which it wants no request. */
  get quietMs(): number {
    return Math.max(0, this.#quietUntil - this.#clock.now());
  }

  /** From now on, as the SDK sets who hears messages while it connects: what ends a start is its time. */
  watch(): void {
    this.#isWatched = true;
    const hear = this.onmessage;
    this.onmessage = (message) => {
      if (!('method' in message) && message.id !== undefined) this.#open.delete(message.id);
      hear?.(message);
    };
  }

  override async send(message: JSONRPCMessage | JSONRPCMessage[], options?: SendOptions): Promise<void> {
    // A server may end the stream of a call that was called off without a word, as it should.
    const calledOff = calledOffIn(message);
    if (calledOff !== null) this.#open.delete(calledOff);
    if (!this.#isWatched || Array.isArray(message) || !('method' in message) || !('id' in message)) {
      await super.send(message, options);
      return;
    }
    const { id } = message;
    this.#open.add(id);
    const onRequestStreamEnd = (): void => {
      options?.onRequestStreamEnd?.();
      // The SDK would wait for it as long as it is allowed to.
      if (this.#open.delete(id)) this.onmessage?.({ jsonrpc: '2.0', id, error: CUT });
    };
    try {
      await super.send(message, { ...options, onRequestStreamEnd });
    } catch (thrown) {
      this.#open.delete(id);
      throw thrown;
    }
  }

  /** A server that keeps a session is told that it has ended; one that does not answer that is left. */
  async farewell(): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const release = this.#clock.after(GOODBYE_MS, waited.resolve);
    await Promise.race([this.terminateSession().catch(() => undefined), waited.promise]);
    release();
  }
}
