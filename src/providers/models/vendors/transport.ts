/**
 * One POST, answered by a stream of events. Every wait has an end, every size a limit, and an abort closes the socket. Nothing
 * is tried again here, and no redirect is followed: a key goes where it was sent and nowhere else.
 */

import { createParser } from 'eventsource-parser';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../../core/clock.ts';
import { Fault, toFault } from '../../../core/errors.ts';
import type { ProxySettings } from '../../../core/proxy.ts';
import { type Endpoint, errorIn, faultOf, isPage, protocolFault, refusal, retryAfter, statusIn } from './faults.ts';
import { parsed } from './fields.ts';
import { brokenBy, type Reached } from './breaks.ts';
import { reach } from './reach.ts';
import type { Routes } from './routes.ts';

export interface Limits {
  /** Milliseconds until the connection stands. */
  readonly connect_ms: number;
  /** Milliseconds until the answer begins: a local server may have to load the model first. */
  readonly headers_ms: number;
  /** Milliseconds between two pieces of the stream: models that reason are silent meanwhile. */
  readonly idle_ms: number;
  /** Milliseconds from an answer that is whole to the end of its stream, which some servers never say. */
  readonly ending_ms: number;
  readonly overall_ms: number;
  /** Bytes of a whole stream: 128,000 tokens, each in an event of its own, are about 40 MB. */
  readonly stream_bytes: number;
  /** Characters of one event: the last one of some vendors repeats the whole answer. */
  readonly event_characters: number;
}

export const LIMITS: Limits = {
  connect_ms: 15_000,
  headers_ms: 300_000,
  idle_ms: 180_000,
  ending_ms: 3_000,
  overall_ms: 1_200_000,
  stream_bytes: 128_000_000,
  event_characters: 16_000_000,
};

/** Of an answer that is no stream: enough to say what went wrong. */
const ERROR_BYTES = 65_536;

interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** After an event: whether more must come, the answer is whole and counted, or nothing comes after it. */
export type Heard = 'more' | 'whole' | 'last';

interface Listener {
  readonly signal: AbortSignal;
  /**
   * The data of one event; `whole` is false where the stream ended within it, as far as one can see. A Fault it throws ends
   * the exchange.
   */
  event(data: string, whole: boolean): Heard;
  /** Told of each piece that comes, and of the beginning of any answer. */
  heard?(): void;
  /** Headers of an answer that is a stream. */
  headers(header: (name: string) => string | null): void;
}

export type Outcome =
  | { readonly kind: 'streamed' }
  | {
      readonly kind: 'failed';
      readonly fault: Fault;
      readonly reached: Reached;
    };

export interface Transport {
  /** Never rejects but with the signal's reason, once something may have been written. */
  post(endpoint: Endpoint, message: Post, listener: Listener): Promise<Outcome>;
  /** Whether anybody is there: free, and soon answered. Rejects with PROVIDER_UNAVAILABLE. */
  reach(endpoint: Endpoint): Promise<void>;
  /** Every call resolves when no exchange is under way any more. */
  close(): Promise<void>;
}

interface TransportOptions {
  readonly clock: Clock;
  readonly limits?: Limits;
  readonly proxy?: ProxySettings | undefined;
}

const DIRECT: ProxySettings = { http: null, https: null, except: '' };

export function transport({ clock, limits = LIMITS, proxy = DIRECT }: TransportOptions): Transport {
  let opened: Promise<Routes> | null = null;
  let closing: Promise<void> | null = null;
  const routes = (): Promise<Routes> => {
    // Most processes never ask a vendor, and start sooner without.
    opened ??= import('./routes.ts').then(({ openRoutes }) => openRoutes(proxy, limits.connect_ms));
    return opened;
  };
  return {
    post: async (endpoint, message, listener) =>
      post({ routes: await routes(), clock, limits, endpoint }, message, listener),
    reach: async (endpoint) => reach(await routes(), endpoint, clock),
    close: async () => {
      // undici refuses to be closed twice.
      closing ??= opened?.then((each) => each.close()) ?? null;
      await closing;
    },
  };
}

interface Line {
  readonly routes: Routes;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly endpoint: Endpoint;
}

async function post(line: Line, message: Post, listener: Listener): Promise<Outcome> {
  const { signal } = listener;
  // Given up before anything was written: nobody can charge for it.
  if (signal.aborted) return { kind: 'failed', fault: toFault(signal.reason), reached: 'nothing' };
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const watch = watchdog(line, stop);
  let reached: Reached = 'nothing';
  try {
    watch.until(line.limits.headers_ms, 'did not begin to answer');
    const { url, ...rest } = message;
    const answer = await line.routes.request(url, { ...rest, method: 'POST', signal: stop.signal });
    reached = 'refused';
    listener.heard?.();
    const header = headerOf(answer);
    const type = header('content-type') ?? '';
    if (answer.statusCode === 200 && type.includes('text/event-stream')) {
      reached = 'streaming';
      listener.headers(header);
      await read(line, answer.body, { watch, listener });
      return { kind: 'streamed' };
    }
    watch.until(line.limits.idle_ms, 'stopped in the middle of its answer');
    const body = await readStart(answer.body);
    return noStream(line, { status: answer.statusCode, body, header });
  } catch (thrown) {
    signal.throwIfAborted();
    const fault = stop.signal.aborted && stop.signal.reason instanceof Fault ? stop.signal.reason : thrown;
    if (fault instanceof Fault) return { kind: 'failed', fault, reached: reached === 'nothing' ? 'sent' : reached };
    return broken(line, fault, reached);
  } finally {
    watch.end();
    signal.removeEventListener('abort', abort);
    // Whatever was not read to its end is closed, not left to trickle in.
    stop.abort(new Fault('PROVIDER_UNAVAILABLE', 'the exchange is over'));
  }
}

/** One timer for the wait at hand and one for the whole. */
function watchdog({ clock, limits, endpoint }: Line, stop: AbortController) {
  const give = (what: string, ms: number) => (): void => {
    const seconds = Math.round(ms / 1000);
    const message = `${endpoint.provider} at ${endpoint.base_url} ${what} within ${seconds} s`;
    stop.abort(new Fault('PROVIDER_UNAVAILABLE', message));
  };
  const overall = clock.after(limits.overall_ms, give('did not finish its answer', limits.overall_ms));
  let current: (() => void) | null = null;
  return {
    until(ms: number, what: string): void {
      current?.();
      current = clock.after(ms, give(what, ms));
    },
    end(): void {
      current?.();
      overall();
    },
  };
}

async function read(
  { limits, endpoint }: Line,
  body: Dispatcher.ResponseData['body'],
  { watch, listener }: { readonly watch: ReturnType<typeof watchdog>; readonly listener: Listener },
): Promise<void> {
  const stream: { heard: Heard; isCut: boolean; bytes: number } = { heard: 'more', isCut: false, bytes: 0 };
  const tooLarge = protocolFault(endpoint, 'sends more than an answer can be');
  const parser = createParser({
    maxBufferSize: limits.event_characters,
    onEvent: ({ data }) => {
      if (stream.heard === 'last') return;
      const before = stream.heard;
      stream.heard = listener.event(data, !stream.isCut);
      if (stream.heard === 'whole' && before !== 'whole') watch.until(limits.ending_ms, 'did not end its answer');
    },
    onError: (error) => {
      // Fields nobody knows are passed over, as the format wants it.
      if (error.type === 'max-buffer-size-exceeded') throw tooLarge;
    },
  });
  const decoder = new TextDecoder();
  watch.until(limits.idle_ms, 'sent nothing more');
  for await (const piece of untilBroken(body, () => stream.heard === 'whole' && !listener.signal.aborted)) {
    if (stream.heard === 'more') watch.until(limits.idle_ms, 'sent nothing more');
    listener.heard?.();
    stream.bytes += piece.length;
    if (stream.bytes > limits.stream_bytes) throw tooLarge;
    parser.feed(decoder.decode(piece, { stream: true }));
    if (stream.heard === 'last') return;
  }
  // A last event without its empty line: some servers end like that, and so does a stream that was cut.
  stream.isCut = true;
  parser.feed(`${decoder.decode()}\n\n`);
}

/** What comes. A break where there `isEnough` ends it like any other end: the answer is whole, and paid for. */
async function* untilBroken(body: AsyncIterable<unknown>, isEnough: () => boolean): AsyncGenerator<Buffer> {
  try {
    for await (const piece of body) yield piece as Buffer;
  } catch (thrown) {
    if (!isEnough()) throw thrown;
  }
}

async function readStart(body: Dispatcher.ResponseData['body']): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const piece = chunk as Buffer;
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= ERROR_BYTES) break;
  }
  return Buffer.concat(pieces).toString('utf8').slice(0, ERROR_BYTES);
}

interface Plain {
  readonly status: number;
  readonly body: string;
  readonly header: (name: string) => string | null;
}

/** An answer that is no stream: an error with its status, one in disguise, or nothing this interface ever says. */
function noStream({ clock, endpoint }: Line, { status, body, header }: Plain): Outcome {
  const retry_after_ms = retryAfter(header, clock.now());
  if (status < 200 || status > 299) {
    return { kind: 'failed', fault: refusal(endpoint, { status, body, retry_after_ms }), reached: 'refused' };
  }
  const json = parsed(body);
  const told = errorIn(json?.value);
  if (told !== null) {
    const fault = faultOf(endpoint, { ...told, status: statusIn(json?.value), retry_after_ms });
    return { kind: 'failed', fault, reached: 'refused' };
  }
  const type = header('content-type') ?? '';
  if (type.includes('text/html') || isPage(body)) {
    return { kind: 'failed', fault: protocolFault(endpoint, 'answers with a web page'), reached: 'refused' };
  }
  const what = json === null ? 'answers with something that is no JSON' : 'answers without the stream it was asked for';
  return { kind: 'failed', fault: protocolFault(endpoint, what), reached: 'sent' };
}

function broken({ endpoint }: Line, thrown: unknown, reached: Reached): Outcome {
  const { fault, unsent } = brokenBy(endpoint, thrown, reached);
  return { kind: 'failed', fault, reached: unsent ? 'nothing' : reached === 'nothing' ? 'sent' : reached };
}

function headerOf({ headers }: Dispatcher.ResponseData): (name: string) => string | null {
  return (name) => {
    const value = headers[name];
    return (Array.isArray(value) ? value[0] : value) ?? null;
  };
}
