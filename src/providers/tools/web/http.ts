/**
 * Fetches what is at an address of the web that anybody may have written. Each hop is checked by the guard; every wait has an
 * end and every size a limit, counted after unpacking; nothing of one site is carried to another, and nothing of ours to any.
 */

import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Agent, type Dispatcher, errors, request } from 'undici';
import type { Clock } from '../../../core/clock.ts';
import { Fault } from '../../../core/errors.ts';

import { type Guard, retryAfter, troubleCode, troubleWords } from '../../../egress/egress.ts';

export interface Fetched {
  /** Where it was in the end, after redirects. */
  readonly url: URL;
  readonly status: number;
  /** Lower case, one value for each name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** Whether there was more than the limit: then `bytes` is the beginning. */
  readonly cut: boolean;
}

interface FetchOptions {
  readonly accept: string;
  /** Most bytes to read of an answer with these headers, unpacked; 0 reads none. */
  readonly most: (headers: Readonly<Record<string, string>>, url: URL) => number;
  readonly signal: AbortSignal;
  /** Asked before each hop, the first included; what it throws ends the fetch. */
  readonly hop?: (url: URL) => Promise<void>;
}

export interface FetchLimits {
  readonly connect_ms: number;
  readonly headers_ms: number;
  /** Between two pieces of the body. */
  readonly idle_ms: number;
  readonly overall_ms: number;
}

const FETCH_LIMITS: FetchLimits = {
  connect_ms: 10_000,
  headers_ms: 15_000,
  idle_ms: 10_000,
  overall_ms: 40_000,
};

const MOST_REDIRECTS = 5;
const MOST_HEADER_BYTES = 32_768;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HttpParts {
  readonly guard: Guard;
  readonly clock: Clock;
  readonly user_agent: string;
  readonly limits?: FetchLimits;
}

/** A fetch that ended without an answer; the message says how, in words for a model. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
}

/** Redirects that lead nowhere: the server was there, and had nothing of its own to say. */
export class RedirectFailure extends FetchFailure {}

export interface Http {
  /**
   * Rejects with ADDRESS_REFUSED, with `FetchFailure` where nothing came or what came is broken, with a retryable
   * PROVIDER_UNAVAILABLE where the connection was lost, and with the signal's reason.
   */
  fetch(address: string, options: FetchOptions): Promise<Fetched>;
  close(): Promise<void>;
}

export function openHttp(parts: HttpParts): Http {
  const limits = parts.limits ?? FETCH_LIMITS;
  const common = { bodyTimeout: limits.idle_ms, headersTimeout: limits.headers_ms, maxHeaderSize: MOST_HEADER_BYTES };
  const checked = new Agent({ ...common, connect: { timeout: limits.connect_ms, lookup: parts.guard.lookup } });
  const allowed = new Agent({ ...common, connect: { timeout: limits.connect_ms } });
  const dispatcher = (isAllowed: boolean): Agent => (isAllowed ? allowed : checked);
  return {
    fetch: async (address, options) => {
      const late = new AbortController();
      const release = parts.clock.after(limits.overall_ms, () =>
        late.abort(new FetchFailure(`no complete answer within ${Math.round(limits.overall_ms / 1000)} s`)),
      );
      const signal = AbortSignal.any([options.signal, late.signal]);
      try {
        return await follow(address, { ...options, signal }, { parts, dispatcher });
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        throw failureOf(thrown);
      } finally {
        release();
      }
    },
    close: async () => {
      await Promise.all([checked.destroy(), allowed.destroy()]);
    },
  };
}

interface Following {
  readonly parts: HttpParts;
  readonly dispatcher: (allowed: boolean) => Agent;
}

async function follow(address: string, options: FetchOptions, { parts, dispatcher }: Following): Promise<Fetched> {
  let next = address;
  let before: URL | null = null;
  for (let redirects = 0; ; redirects += 1) {
    const { url, allowed } = parts.guard.check(next);
    if (before?.protocol === 'https:' && url.protocol === 'http:') {
      throw new Fault('ADDRESS_REFUSED', `${before.host} leads from https to ${url.href}, which anybody could change`);
    }
    await options.hop?.(url);
    options.signal.throwIfAborted();
    const answer = await request(url, {
      dispatcher: dispatcher(allowed),
      signal: options.signal,
      headers: { accept: options.accept, 'accept-encoding': 'gzip, deflate, br', 'user-agent': parts.user_agent },
    });
    const headers = single(answer.headers);
    const { location } = headers;
    if (!REDIRECTS.has(answer.statusCode) || location === undefined) return read(url, answer, { ...options, headers });
    discard(answer.body);
    if (redirects >= MOST_REDIRECTS) throw new RedirectFailure(`more than ${MOST_REDIRECTS} redirects`);
    if (!URL.canParse(location, url.href)) throw new RedirectFailure('a redirect to what is no address');
    next = new URL(location, url).href;
    before = url;
  }
}

function single(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    (Array.isArray(value) ? value[0] : value) ?? '',
  ]);
  return Object.fromEntries(pairs);
}

/** Ends a body that nobody reads. That it ends early is told as an error, which is none here. */
function discard(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

async function read(
  url: URL,
  answer: Dispatcher.ResponseData,
  options: FetchOptions & { readonly headers: Fetched['headers'] },
): Promise<Fetched> {
  const { headers } = options;
  const status = answer.statusCode;
  const most = status >= 200 && status < 300 ? options.most(headers, url) : 0;
  if (most === 0) {
    discard(answer.body);
    return { url, status, headers, bytes: new Uint8Array(), cut: false };
  }
  const body = unpacked(answer.body, headers['content-encoding'] ?? '');
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > most) break;
  }
  return { url, status, headers, bytes: Buffer.concat(chunks).subarray(0, most), cut: size > most };
}

/** Unpacks as it is read, so that what a small answer would swell to is never held. */
function unpacked(body: Readable, codings: string): Readable {
  const coding = codings.trim().toLowerCase();
  if (coding === '' || coding === 'identity') return body;
  const unpack = decoderOf(coding);
  if (unpack === null) {
    discard(body);
    throw new FetchFailure(`an answer packed as "${coding.slice(0, 40)}", which was not asked for`);
  }
  // An early end is the reader's wish; every other error reaches the reader through the stream it reads.
  return pipeline(body, unpack, () => undefined);
}

function decoderOf(coding: string) {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip();
  if (coding === 'br') return createBrotliDecompress();
  return coding === 'deflate' ? createInflate() : null;
}

/** Lost on the way: the same request may well get through. */
const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_SOCKET']);

/** What undici, zlib or a socket threw, as one of the ways in which a fetch ends. */
function failureOf(thrown: unknown): unknown {
  if (thrown instanceof Fault || thrown instanceof FetchFailure || !(thrown instanceof Error)) return thrown;
  const code = troubleCode(thrown);
  const words = troubleWords(code);
  if (words !== null) return new FetchFailure(words, { cause: thrown });
  if (LOST.has(code)) {
    return new Fault('PROVIDER_UNAVAILABLE', `the connection was lost (${code})`, { cause: thrown });
  }
  const isTransport = thrown instanceof errors.UndiciError || code !== '';
  return isTransport ? new FetchFailure(`no proper answer: ${thrown.message}`, { cause: thrown }) : thrown;
}

/** Longest wait that is worth an agent's time; a site could ask for a day. */
const MOST_PATIENCE_MS = 30_000;

/** The fault of an answer that asks to come back soon; null where it does not. */
export function laterFault(fetched: Pick<Fetched, 'status' | 'headers' | 'url'>, now: number): Fault | null {
  const { status, headers, url } = fetched;
  if (status !== 429 && status !== 503) return null;
  const wait = retryAfter(headers['retry-after'], now);
  if (wait !== null && wait > MOST_PATIENCE_MS) return null;
  const message = `${url.host} answers HTTP ${status}`;
  return new Fault(status === 429 ? 'PROVIDER_LIMITED' : 'PROVIDER_UNAVAILABLE', message, {
    ...(wait !== null && { retryAfterMs: wait }),
  });
}
