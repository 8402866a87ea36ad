/** Bytes for a connection: requests that no client library sends, and right ones among them. */

import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { damaged, oddText, randomBytes } from './junk.ts';
import type { Answered } from './judge.ts';
import type { Requests, Sent } from './requests.ts';

export interface Bytes {
  /** What follows each other with a pause between. */
  readonly pieces: readonly Buffer[];
  /** Breaks the connection off as soon as all is written. */
  readonly leaves: boolean;
  readonly sent: Sent;
}

const LINES = [
  'GET',
  'GET /',
  'GET / HTTP/9.9',
  'GET / HTTP/1.0',
  'get / HTTP/1.1',
  'GET  /  HTTP/1.1',
  'GET http://evil.example/workflows HTTP/1.1',
  'GET //evil.example/workflows HTTP/1.1',
  'GET http:///x HTTP/1.1',
  'GET \\workflows HTTP/1.1',
  'GET /\0 HTTP/1.1',
  'GET /workflows#x HTTP/1.1',
  'GET /%zz HTTP/1.1',
  'CONNECT localhost:80 HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'PRI * HTTP/2.0',
  'POST /mcp HTTP/1.1',
  `GET /${'x'.repeat(20_000)} HTTP/1.1`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03',
];
const HEADERS = [
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Content-Length: 0x10',
  'Content-Length: 5\r\nContent-Length: 6',
  'Transfer-Encoding: chunked\r\nContent-Length: 3',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Expect: 200-maybe',
  'Host: evil.example',
  'Host: localhost, evil.example',
  'X: \0',
  ': nothing',
  'folded: a\r\n b',
  'X-\xFF: \xFF',
  `Cookie: ${'c'.repeat(9000)}`,
  'Authorization: Bearer \xE9',
];
const CHUNKS = [
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\nhello\r\n0\r\n\r\n',
  '-1\r\n\r\n',
  'ffffffffffffffff\r\nx',
  '5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n',
  '5\r\nhel',
  '2\r\n{}\r\n0\r\n',
  `1;${'x'.repeat(20_000)}\r\n`,
];

export class Wire {
  readonly #random: Random;
  readonly #requests: Requests;

  constructor(random: Random, requests: Requests) {
    this.#random = random;
    this.#requests = requests;
  }

  next(): Bytes {
    const random = this.#random;
    const sent = this.#requests.next();
    const bytes = random.pick<() => Buffer>([
      () => this.#right(sent),
      () => damaged(random, this.#right(sent)),
      () => damaged(random, damaged(random, this.#right(sent))),
      () => this.#lying(sent),
      () => this.#chunked(sent),
      () => this.#compressed(sent),
      () => this.#odd(sent),
      () => this.#flood(sent),
      // One after another on the same connection, before the first is answered.
      () => Buffer.concat([this.#right(sent, 'keep-alive'), damaged(random, this.#right(sent)), this.#right(sent)]),
      () => randomBytes(random, 400),
    ])();
    return { pieces: this.#cut(bytes), leaves: random.chance(0.15), sent };
  }

  #head({ method, path, headers }: Sent, more: readonly string[]): Buffer {
    const fields = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
    return Buffer.from(`${method} ${path} HTTP/1.1\r\n${[...fields, ...more].join('\r\n')}\r\n\r\n`, 'latin1');
  }

  #right(sent: Sent, connection = 'close'): Buffer {
    const body = sent.body ?? Buffer.alloc(0);
    const length = sent.body === null ? [] : [`Content-Length: ${body.length}`];
    return Buffer.concat([this.#head(sent, [...length, `Connection: ${connection}`]), body]);
  }

  /** Announces more or less than there is. */
  #lying(sent: Sent): Buffer {
    const body = sent.body ?? Buffer.from('{}');
    const length = Math.max(0, body.length + this.#random.pick([-1, 1, -body.length, 100, 10_000_000]));
    return Buffer.concat([this.#head(sent, [`Content-Length: ${length}`, 'Connection: close']), body]);
  }

  #chunked(sent: Sent): Buffer {
    const random = this.#random;
    const body = sent.body ?? Buffer.from('{}');
    const right = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
    const chunks = random.chance(0.3) ? right : Buffer.from(random.pick(CHUNKS));
    return Buffer.concat([this.#head(sent, ['Transfer-Encoding: chunked', 'Connection: close']), chunks]);
  }

  #compressed(sent: Sent): Buffer {
    const body = gzipSync(this.#random.chance(0.1) ? Buffer.alloc(1_000_000) : (sent.body ?? Buffer.from('{}')));
    const encoded = { ...sent, headers: { ...sent.headers, 'content-encoding': 'gzip' }, body };
    return this.#right(this.#random.chance(0.5) ? encoded : { ...encoded, headers: sent.headers });
  }

  #odd(sent: Sent): Buffer {
    const random = this.#random;
    if (random.chance(0.5)) {
      return Buffer.from(`${random.pick(LINES)}\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 'latin1');
    }
    return this.#head(sent, [random.pick(HEADERS), 'Connection: close']);
  }

  #flood(sent: Sent): Buffer {
    const random = this.#random;
    const count = random.pick([50, 500, 3000]);
    return this.#head(
      sent,
      Array.from(
        { length: count },
        (_, n) =>
          `x-${n}: ${oddText(random)
            .replaceAll(/[^ -~]/g, '')
            .slice(0, 9)}`,
      ),
    );
  }

  /** Into up to five pieces, or byte by byte at its beginning. */
  #cut(bytes: Buffer): Buffer[] {
    const random = this.#random;
    if (random.chance(0.05))
      return [...Array.from(bytes.subarray(0, 40), (byte) => Buffer.from([byte])), bytes.subarray(40)];
    const cuts = Array.from({ length: random.below(5) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
    return [0, ...cuts].map((at, n) => bytes.subarray(at, cuts[n] ?? bytes.length));
  }
}

/** Answers to requests on one connection, as far as they came. */
export function answersIn(text: string): readonly Answered[] {
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const [head = '', ...rest] = answer.split('\r\n\r\n');
      const body = rest.join('\r\n\r\n');
      // In one chunk or whole: what stands around it is no part of it.
      const json = body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1);
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
      const [, type = ''] = /^content-type: (.*)$/im.exec(head) ?? [];
      return { status: Number(status), type, text: answer, body: json, whole: isJson(json) };
    });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
