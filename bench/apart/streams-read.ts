/**
 * `node bench/apart/streams-read.ts`: readers of event streams in a process of their own, so that what is measured is the server. They are
 * bare sockets that look for the numbers of the events and for nothing else. It is asked by bench/parts/streams.ts.
 */

import { connect } from 'node:net';
import { answerEach, sharedNow } from '../conversation.ts';
import { quantile } from '../figures.ts';

export type Question =
  /** Opens so many, in turn on each path; answers once all are being answered. */
  | { readonly kind: 'read'; readonly port: number; readonly paths: readonly string[]; readonly readers: number }
  /** Answers once every reader has the event of this number. */
  | { readonly kind: 'have'; readonly seq: number }
  /** How long after they were committed events came; the first of them is number `from`. */
  | { readonly kind: 'delays'; readonly from: number; readonly committed: readonly number[] };

export interface Delays {
  readonly p50: number;
  readonly p99: number;
  /** From the commit of the first to the receipt of the last. */
  readonly whole: number;
}

const MARK = '\nid: ';

class Reader {
  /** When each event came, by its number; 0 for those before the first. */
  readonly came: number[] = [0];
  readonly begun: Promise<void>;
  /** Of what came last: what may be the beginning of a number. */
  #rest = '';

  constructor(port: number, path: string, changed: () => void) {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`);
    this.begun = new Promise((resolve, reject) => {
      socket.once('data', () => resolve());
      socket.once('error', reject);
    });
    socket.on('data', (bytes) => {
      this.#take(this.#rest + bytes.toString('latin1'), sharedNow());
      changed();
    });
  }

  #take(text: string, now: number): void {
    let end = 0;
    for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, end)) {
      const until = text.indexOf('\n', at + MARK.length);
      if (until < 0) break;
      const seq = Number(text.slice(at + MARK.length, until));
      if (this.came.length > 1 && seq !== this.came.length)
        throw new Error(`${seq} came after ${this.came.length - 1}`);
      while (this.came.length < seq) this.came.push(0);
      this.came.push(now);
      end = until;
    }
    this.#rest = text.slice(Math.max(end, text.length - 40));
  }
}

let readers: readonly Reader[] = [];
let changed: () => void = () => undefined;

async function have(seq: number): Promise<void> {
  // A reader that has it is not looked at again.
  let first = 0;
  await new Promise<void>((resolve) => {
    changed = () => {
      while (first < readers.length && (readers[first]?.came.length ?? 0) > seq) first += 1;
      if (first === readers.length) resolve();
    };
    changed();
  });
}

function delays(from: number, committed: readonly number[]): Delays {
  const all = readers.flatMap(({ came }) => committed.map((at, n) => (came[from + n] ?? Number.NaN) - at));
  const last = Math.max(...readers.map(({ came }) => came[from + committed.length - 1] ?? Number.NaN));
  return { p50: quantile(all, 0.5), p99: quantile(all, 0.99), whole: last - (committed[0] ?? Number.NaN) };
}

answerEach(async (asked) => {
  const question = asked as Question;
  if (question.kind === 'have') return have(question.seq);
  if (question.kind === 'delays') return delays(question.from, question.committed);
  const { port, paths } = question;
  readers = Array.from({ length: question.readers }, (_, n) => {
    return new Reader(port, paths[n % paths.length] ?? '', () => changed());
  });
  await Promise.all(readers.map(({ begun }) => begun));
  return null;
});
