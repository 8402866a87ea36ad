/** Sends what was made up, and reads whatever comes back, to its end or until it leaves. */

import { Agent, type ClientRequest, request as open } from 'node:http';
import { connect } from 'node:net';
import { Buffer } from 'node:buffer';
import type { FakeClock } from '../fake-clock.ts';
import { patience } from '../patience.ts';
import type { Answered } from './judge.ts';
import type { Sent } from './requests.ts';
import type { Bytes } from './wire.ts';

/** Turns of the event loop in which an answer that waits for nothing has come. */
const SOON = 40;
/** Seconds of the service's clock after which nothing waits any more: no wait is longer than 50. */
const PATIENCE_S = 70;
/** A stream is read for so long before its reader leaves. */
const LOOK_S = 2;
const SECOND_MS = 1000;

export interface Exchange {
  readonly sent: Sent;
  /** Null: the connection was broken off, by whichever side. */
  answered: Answered | null;
}

/** A stream that may never end by itself. */
function mayLast({ path, message, body }: Sent): boolean {
  return path.startsWith('/stream/') || message?.method === 'subscriptions/listen' || body?.includes('listen') === true;
}

export class Clients {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #port: number;
  readonly #clock: FakeClock;

  constructor({ port, clock }: { readonly port: number; readonly clock: FakeClock }) {
    this.#port = port;
    this.#clock = clock;
  }

  /** All of them at once; the clock is moved on while any of them waits. Rejects where one is not answered at all. */
  async exchanged(all: readonly Sent[]): Promise<readonly Exchange[]> {
    const underway = new Map<Sent, ClientRequest>();
    const exchanges = all.map((sent) => this.#exchange(sent, underway));
    const waits = (): boolean => Array.from(underway.keys()).some((sent) => !mayLast(sent));
    const leave = (): void => {
      for (const [sent, request] of underway) if (mayLast(sent)) request.destroy();
    };
    for (let second = 0; second < LOOK_S || (waits() && second < PATIENCE_S); second += 1) {
      // Others may wait for their connections.
      if (second === LOOK_S) leave();
      for (let turn = 0; underway.size > 0 && turn < SOON; turn += 1) await this.#clock.settle(1);
      if (underway.size === 0) break;
      await this.#clock.advance(SECOND_MS);
    }
    for (const isTime = patience(); waits() && isTime();) await this.#clock.settle(1);
    for (const sent of underway.keys()) {
      if (!mayLast(sent))
        throw new Error(`never answered: ${JSON.stringify({ ...sent, body: sent.body?.toString() })}`);
    }
    leave();
    return Promise.all(exchanges);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(sent: Sent, underway: Map<Sent, ClientRequest>): Promise<Exchange> {
    const { method, path, headers, body } = sent;
    return new Promise((resolve) => {
      const request = open({ port: this.#port, method, path, headers: { ...headers }, agent: this.#agent });
      underway.set(sent, request);
      const done = (answered: Answered | null): void => {
        underway.delete(sent);
        resolve({ sent, answered });
      };
      request.on('error', () => done(null));
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => undefined);
        response.on('close', () => {
          const text = Buffer.concat(chunks).toString();
          const head = `${response.statusCode} ${response.rawHeaders.join(' ')}`;
          const type = response.headers['content-type'] ?? '';
          const whole = method !== 'HEAD' && response.complete;
          done({ status: response.statusCode ?? 0, type, text: `${head}\n${text}`, body: text, whole });
        });
      });
      request.end(body ?? undefined);
    });
  }

  /** A connection of its own for bytes that may be anything. Resolves to what came back before it was closed. */
  async raw({ pieces, leaves }: Bytes): Promise<string> {
    const socket = connect(this.#port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => chunks.push(chunk));
    for (const piece of pieces) {
      if (socket.closed) break;
      socket.write(piece);
      await this.#clock.settle(1);
    }
    if (leaves) socket.destroy();
    // Once nothing more comes: the service cannot know that the rest of a request never will.
    for (let quiet = 0, seen = 0; !socket.closed && quiet < SOON; quiet += 1) {
      await this.#clock.settle(1);
      if (chunks.length > seen) quiet = 0;
      seen = chunks.length;
    }
    socket.end();
    for (let turn = 0; !socket.closed && turn < SOON; turn += 1) await this.#clock.settle(1);
    socket.destroy();
    return Buffer.concat(chunks).toString('latin1');
  }
}
