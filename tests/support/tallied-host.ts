/** A host that sends anything and keeps account: of what must be answered, of what is, and of the form of each answer. */

import { Buffer } from 'node:buffer';
import type { Home } from './binary.ts';
import { Expected, expectLines, keyOf, NOT_A_MESSAGE, NOT_PARSED } from './expected.ts';
import { HELLO, Host, type Message, MODERN, request } from './host.ts';
import type { Random } from './random.ts';

export type Era = '2025' | '2026';

/** A server under test, its answers tallied and each checked for its form. */
export class TalliedHost {
  readonly host: Host;
  readonly expected = new Expected();
  readonly #wrong: string[] = [];
  readonly #era: Era;
  readonly #random: Random;
  readonly #probes = new Map<string, Message>();
  #probe = 0;

  constructor(home: Home, era: Era, random: Random) {
    this.#era = era;
    this.#random = random;
    this.host = new Host(home, { onMessage: (message, line) => this.#take(message, line) });
  }

  get meta(): object {
    return this.#era === '2026' ? MODERN : {};
  }

  async open(): Promise<void> {
    await this.feed(Buffer.from('what is this?\n{"jsonrpc":\n\n'));
    const first = this.#era === '2026' ? request('hello', 'server/discover', MODERN) : HELLO;
    await this.feed(Buffer.from(first));
  }

  /** Writes it in pieces of any size: through the middle of lines, and of characters. */
  async feed(bytes: Buffer): Promise<void> {
    expectLines(this.expected, bytes);
    const most = this.#random.pick([7, 100, 4096, 100_000]);
    for (let from = 0; from < bytes.length;) {
      const to = from + 1 + this.#random.below(most);
      await this.host.write(bytes.subarray(from, to));
      from = to;
    }
  }

  /** Resolves once every request so far is answered. */
  async settled(what: string): Promise<void> {
    const { expected } = this;
    await this.host.until(
      () => expected.complete,
      () => `${what}: ${expected.missing().length} answers, ${expected.missing().slice(0, 5).join(', ')}`,
    );
  }

  /** Answers nobody asked for and lines that are none, in short; nothing when all is well. */
  faults(): readonly string[] {
    return [
      ...this.expected.surplus().map((key) => `too many answers to ${key}`),
      ...this.#wrong,
      this.host.halfLine,
    ].filter((fault) => fault !== '');
  }

  /** A right call in between: what it is answered. */
  async probe(name: string, args: object): Promise<Readonly<Record<string, unknown>> | undefined> {
    this.#probe += 1;
    const id = `probe ${this.#probe}`;
    await this.feed(Buffer.from(request(id, 'tools/call', { name, arguments: args, ...this.meta })));
    await this.host.until(
      () => this.#probes.has(id),
      () => id,
    );
    const answer = this.#probes.get(id);
    this.#probes.delete(id);
    return answer?.result?.structuredContent;
  }

  #take(message: Message, line: string): void {
    const { id, method, result, error, jsonrpc } = message;
    if (typeof id === 'string' && id.startsWith('probe ')) this.#probes.set(id, message);
    const internal = error?.code === -32_603 || line.includes('"code":"INTERNAL"');
    const clear = error === undefined || (Number.isInteger(error.code) && error.message.length > 0);
    const one = [result, error, method].filter((part) => part !== undefined).length === 1;
    if (jsonrpc !== '2.0' || internal || !clear || !one) this.#wrong.push(line.slice(0, 500));
    if (method !== undefined) {
      if (!/^notifications\/(progress|resources\/(updated|list_changed))$/.test(method)) this.#wrong.push(line);
    } else if (id === null || id === undefined) this.expected.got(error?.code === -32_700 ? NOT_PARSED : NOT_A_MESSAGE);
    else this.expected.got(keyOf(id as string | number));
  }
}
