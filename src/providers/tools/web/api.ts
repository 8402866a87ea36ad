/**
 * Interfaces of search providers, at addresses the operator or this release chose. They may stand on this machine (SearXNG
 * mostly does), so the guard does not ask about them; in turn no redirect is followed, and nothing but their base URL is asked.
 */

import { Agent, request } from 'undici';
import type { Clock } from '../../../core/clock.ts';
import { Fault } from '../../../core/errors.ts';
import { plainLine } from '../../plain-line.ts';
import { protocolFault, type Question } from './question.ts';
import { retryAfter } from '../../../egress/egress.ts';

export interface Api {
  /** The answer's text. Rejects with PROVIDER_* faults, retryable where asking again can help, and with the signal's reason. */
  ask(question: Question, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 20_000;
const MOST_BYTES = 4_000_000;
const MOST_TOLD = 200;

export function openApi({ clock, user_agent }: { readonly clock: Clock; readonly user_agent: string }): Api {
  const agent = new Agent({ bodyTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, connect: { timeout: 10_000 } });
  const next = new Map<string, number>();
  return {
    ask: async (question, signal) => {
      const { spacing_ms = 0, url } = question;
      const now = clock.now();
      const turn = Math.max(now, next.get(url.origin) ?? now);
      if (spacing_ms > 0) next.set(url.origin, turn + spacing_ms);
      if (turn > now) await pause(clock, turn - now, signal);
      const headers = { 'user-agent': user_agent, accept: 'application/json', ...question.headers };
      return exchange(question, { agent, clock, signal, headers });
    },
    close: () => agent.destroy(),
  };
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const over = Promise.withResolvers<void>();
  const abort = (): void => over.reject(signal.reason);
  const release = clock.after(ms, over.resolve);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await over.promise;
  } finally {
    release();
    signal.removeEventListener('abort', abort);
  }
}

interface Exchanging {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
}

async function exchange(question: Question, { agent, clock, signal, headers }: Exchanging): Promise<string> {
  const { url, body, provider, key } = question;
  const sent = body === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(body) };
  const typed = body === undefined ? headers : { ...headers, 'content-type': 'application/json' };
  try {
    const answer = await request(url, { ...sent, headers: typed, dispatcher: agent, signal });
    const text = await bounded(answer.body);
    if (answer.statusCode >= 200 && answer.statusCode < 300 && text !== null) return text;
    if (text === null) throw protocolFault(question, `answers more than ${MOST_BYTES / 1_000_000} MB`);
    const wait = retryAfter(String(answer.headers['retry-after'] ?? ''), clock.now());
    throw refusal(question, { status: answer.statusCode, text, wait });
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (thrown instanceof Fault || !(thrown instanceof Error)) throw thrown;
    const why = plainLine(reasonOf(thrown), key, MOST_TOLD);
    throw new Fault('PROVIDER_UNAVAILABLE', `${provider} at ${url.origin} cannot be reached: ${why}`, {
      cause: thrown,
    });
  }
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : error.message;
}

interface Refused {
  readonly status: number;
  readonly text: string;
  readonly wait: number | null;
}

function refusal(question: Question, { status, text, wait }: Refused): Fault {
  const { provider, key_variable, key } = question;
  const message = `${provider} answers HTTP ${status}${told(text, key)}`;
  if (status === 402 || status === 432 || status === 433) return new Fault('PROVIDER_QUOTA', message);
  if (status === 401 || status === 403) {
    const hint = key_variable === null ? {} : { hint: `Check the key in ${key_variable}.` };
    return new Fault('PROVIDER_REFUSED', message, hint);
  }
  const later = wait === null ? {} : { retryAfterMs: wait };
  if (status === 429) return new Fault('PROVIDER_LIMITED', message, later);
  if (status >= 500 || status === 408) return new Fault('PROVIDER_UNAVAILABLE', message, later);
  return new Fault('PROVIDER_PROTOCOL', message, { retryable: false });
}

/** What a provider says of an error, one short line; a page of HTML says nothing. */
function told(text: string, key: string): string {
  const line = plainLine(text, key, MOST_TOLD);
  return line === '' || line.startsWith('<') ? '' : `: ${line}`;
}
