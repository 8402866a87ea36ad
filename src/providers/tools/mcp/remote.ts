/** A server that is reached by its address. */

import { type JSONRPCMessage, type RequestId, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Clock } from '../../../core/clock.ts';
import type { RemoteServer } from '../../../core/tool-server.ts';
import { remoteFetch } from './remote-fetch.ts';

const GOODBYE_MS = 1000;

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1];

export class Remote extends StreamableHTTPClientTransport {
  readonly #clock: Clock;
  readonly #open = new Set<RequestId>();
  /** Aborted where a stream ended without the answer it was for: the SDK would wait for it as long as it is allowed to. */
  readonly cut = new AbortController();
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
    if (!this.#isWatched || Array.isArray(message) || !('method' in message) || !('id' in message)) {
      await super.send(message, options);
      return;
    }
    const { id } = message;
    this.#open.add(id);
    const onRequestStreamEnd = (): void => {
      options?.onRequestStreamEnd?.();
      if (this.#open.delete(id)) this.cut.abort(new Error('it ended its answer before it was whole'));
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
