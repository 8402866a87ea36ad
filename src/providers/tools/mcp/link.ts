/**
 * What there is of one server through the life of this process: started when it is first wished for, started again after it ended,
 * each time after a longer wait, and told as unavailable meanwhile. The tools are those it listed first: what it lists later
 * comes with the next process, so nothing that agents have seen can change under them.
 */

import type { Tool } from '@modelcontextprotocol/client';
import { Fault } from '../../../core/errors.ts';
import { retryDelay } from '../../../core/retry.ts';
import type { ToolServer } from '../../../core/tool-server.ts';
import { type ConnectParts, connect, type Connection } from './connect.ts';

/** Waits before it is started again: a second at first, never more than five minutes. */
const RESTART = { attempts: Number.POSITIVE_INFINITY, baseMs: 1000, maxMs: 300_000 };
/** Failures one after another after which it is no longer counted on. */
const MOST_FAILURES = 3;
/** Calls one after another that took all their time, after which it is started again: it hangs. */
const MOST_SILENT = 2;

interface Failed {
  readonly why: string;
  readonly until: number;
}

export class Link {
  readonly server: ToolServer;
  readonly #parts: ConnectParts;
  readonly #closing = new AbortController();
  #tools: readonly Tool[] | null = null;
  #starting: Promise<Connection> | null = null;
  #current: Connection | null = null;
  /** Connections that are being given up. */
  readonly #ending = new Set<Promise<void>>();
  #failures = 0;
  #silent = 0;
  #failed: Failed | null = null;

  constructor(server: ToolServer, parts: ConnectParts) {
    this.server = server;
    this.#parts = parts;
  }

  /** Its tools. Rejects with TOOL_UNAVAILABLE. One that ended a moment ago is counted on to come back. */
  async tools(): Promise<readonly Tool[]> {
    if (this.#tools !== null && this.#failures < MOST_FAILURES) return this.#tools;
    const { tools } = await this.ready();
    return this.#tools ?? tools;
  }

  /** The connection, made anew where it was lost. Rejects with TOOL_UNAVAILABLE, retryable where waiting may help. */
  async ready(): Promise<Connection> {
    if (this.#closing.signal.aborted) throw new Fault('TOOL_UNAVAILABLE', 'this process is ending');
    const lost = this.#current?.lost() ?? null;
    if (lost !== null) this.#fail(lost);
    if (this.#current !== null) return this.#current;
    if (this.#failed !== null && this.#failed.until > this.#parts.clock.now()) throw this.#fault(this.#failed);
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** A call was answered: what came before is forgiven. */
  worked(): void {
    this.#failures = 0;
    this.#silent = 0;
  }

  /** A call was not answered in its time. */
  silent(): void {
    this.#silent += 1;
    if (this.#silent < MOST_SILENT || this.#current === null) return;
    this.#silent = 0;
    this.#fail(`it answered none of ${MOST_SILENT} calls within ${this.server.timeout_seconds} s each`);
  }

  /** Why a call that was lost may be made again, and when. */
  lost(why: string): Fault {
    const lost = this.#current?.lost() ?? null;
    if (lost !== null) this.#fail(lost);
    return this.#fault(this.#failed ?? { why, until: this.#parts.clock.now() });
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('closing'));
    await this.#starting?.catch(() => undefined);
    await this.#current?.close();
    this.#current = null;
    await Promise.all(this.#ending);
  }

  async #start(): Promise<Connection> {
    try {
      const connection = await connect(this.server, this.#parts, this.#closing.signal);
      this.#tools ??= connection.tools;
      this.#current = connection;
      this.#failed = null;
      return connection;
    } catch (thrown) {
      throw this.#fault(this.#fail(thrown instanceof Error ? thrown.message : String(thrown)));
    }
  }

  #fail(why: string): Failed {
    this.#failures += 1;
    // Where a connection is only said to be lost, its other end may not know.
    if (this.#current !== null) this.#giveUp(this.#current);
    this.#current = null;
    const wait = retryDelay(RESTART, this.#failures, { random: 1, retryAfterMs: null }) ?? RESTART.maxMs;
    this.#failed = { why, until: this.#parts.clock.now() + wait };
    this.#parts.log(`${this.server.name}: ${why}; not started again for ${wait / 1000} s`);
    return this.#failed;
  }

  #giveUp(connection: Connection): void {
    const ending = connection
      .close()
      .catch((thrown: unknown) => this.#parts.log(`${this.server.name}: ${String(thrown)}`))
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #fault({ why, until }: Failed): Fault {
    const wait = Math.max(0, until - this.#parts.clock.now());
    const retryable = this.#tools !== null && this.#failures <= MOST_FAILURES;
    return new Fault('TOOL_UNAVAILABLE', why, { retryable, retryAfterMs: wait });
  }
}
