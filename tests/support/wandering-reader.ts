/**
 * A reader of an event stream as browsers are one: it parses what comes, and when the connection ends it comes back with the last
 * id it saw, until it is told that nothing is left. This one loses its connection wherever chance wants, also within an event.
 */

import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Random } from './random.ts';

interface Wandering {
  /** Where the stream is asked for; another one for each connection. */
  readonly address: () => string;
  readonly random: Random;
  /** Of each piece that comes: whether the connection breaks within it. */
  readonly loses: number;
  /** Until then it reads nothing of its first answer. */
  readonly reads?: Promise<void>;
}

export class WanderingReader {
  readonly events: EventSourceMessage[] = [];
  /** How many events it had when a connection ended, for each. */
  readonly ends: number[] = [];
  /** What no reader should have met. */
  readonly wrong: string[] = [];
  readonly #wandering: Wandering;
  #request: ClientRequest | null = null;
  #left = false;

  constructor(wandering: Wandering) {
    this.#wandering = wandering;
  }

  /** Reads until the stream says that nothing is left. */
  async run(): Promise<void> {
    while (await this.#connection());
  }

  /** Numbers of the events, in the order in which they came. */
  get seqs(): readonly number[] {
    return this.events.map(({ id }) => Number(id));
  }

  /** For good. */
  leave(): void {
    this.#left = true;
    this.#request?.destroy();
  }

  /** True when there is reason to come back. */
  #connection(): Promise<boolean> {
    const last = this.events.at(-1)?.id;
    const headers = {
      accept: 'text/event-stream',
      'accept-encoding': 'gzip, br',
      ...(last === undefined ? {} : { 'last-event-id': last }),
    };
    return new Promise((resolve, reject) => {
      const request = get(this.#wandering.address(), { agent: false, headers });
      this.#request = request;
      request.once('response', (response) => {
        if (response.statusCode === 204) {
          response.resume();
          resolve(false);
          return;
        }
        this.#check(response);
        response.on('error', () => undefined);
        response.once('close', () => {
          this.ends.push(this.events.length);
          resolve(!this.#left);
        });
        const { reads = Promise.resolve() } = this.#wandering;
        void reads.then(() => this.#read(response, () => request.destroy()));
      });
      request.once('error', (error) => {
        if (this.#left) resolve(false);
        else reject(error);
      });
    });
  }

  #check({ statusCode, headers }: IncomingMessage): void {
    const { 'content-encoding': encoding, 'cache-control': cache, 'x-accel-buffering': buffering } = headers;
    const met = [statusCode, encoding, cache, buffering].join(' ');
    if (met !== '200  no-store, no-transform no') this.wrong.push(`answered ${met}`);
  }

  #read(response: IncomingMessage, lose: () => void): void {
    const { random, loses } = this.#wandering;
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: (event) => this.events.push(event),
      onError: (error) => this.wrong.push(error.message),
    });
    response.on('data', (piece: Buffer) => {
      const lost = random.chance(loses);
      const read = lost ? piece.subarray(0, random.below(piece.length + 1)) : piece;
      parser.feed(decoder.decode(read, { stream: true }));
      if (!lost) return;
      response.removeAllListeners('data');
      lose();
    });
  }
}
