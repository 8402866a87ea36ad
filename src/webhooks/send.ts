/**
 * One POST to an address that somebody registered. The address is checked again, and the connection made to what was checked; no
 * redirect is followed, and of the answer only its status and Retry-After count.
 */

import { Agent, type Dispatcher, request } from 'undici';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import { openGuard, retryAfter, troubleCode, troubleWords } from '../egress/egress.ts';

export interface SendLimits {
  readonly connect_ms: number;
  /** From the beginning to the end of an attempt. */
  readonly overall_ms: number;
}

export const SEND_LIMITS: SendLimits = { connect_ms: 5000, overall_ms: 15_000 };

const MOST_HEADER_BYTES = 16_384;
/** Read of an answer's body, so that its connection can be used again; what is longer, or takes longer, closes it. */
const MOST_BODY_BYTES = 16_384;
const MOST_BODY_MS = 250;
/** To one host: as many as attempts go to it at once. */
const CONNECTIONS = 4;

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | null;
}

/** An attempt without an answer; the message says why, in words for whoever registered the address. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
}

export interface Sender {
  /** Rejects with ADDRESS_REFUSED, with `SendFailure` where no answer came, and with the signal's reason. */
  post(post: Post): Promise<Answer>;
  close(): Promise<void>;
}

export interface SenderParts {
  readonly clock: Clock;
  /** Hosts that may be reached although they are private. */
  readonly allow: readonly string[];
  readonly limits: SendLimits;
}

export function openSender({ clock, allow, limits }: SenderParts): Sender {
  const guard = openGuard(allow);
  const { connect_ms: timeout, overall_ms } = limits;
  const common = {
    headersTimeout: overall_ms,
    bodyTimeout: overall_ms,
    maxHeaderSize: MOST_HEADER_BYTES,
    connections: CONNECTIONS,
  };
  const checked = new Agent({ ...common, connect: { timeout, lookup: guard.lookup } });
  const allowed = new Agent({ ...common, connect: { timeout } });
  return {
    post: async ({ url, headers, body, signal: stop }) => {
      const target = guard.check(url);
      const late = new AbortController();
      const seconds = Math.round(overall_ms / 1000);
      const release = clock.after(overall_ms, () => late.abort(new SendFailure(`no answer within ${seconds} s`)));
      const signal = AbortSignal.any([stop, late.signal]);
      try {
        const dispatcher = target.allowed ? allowed : checked;
        const answer = await request(target.url, { method: 'POST', headers, body, dispatcher, signal });
        drain(answer.body, clock);
        const later = answer.headers['retry-after'];
        const status = answer.statusCode;
        return { status, retryAfterMs: retryAfter(typeof later === 'string' ? later : later?.[0], clock.now()) };
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

/** Whatever becomes of the body, the answer was given; but one that never ends must not keep its connection. */
function drain(body: Dispatcher.ResponseData['body'], clock: Clock): void {
  const keep = clock.after(MOST_BODY_MS, () => body.destroy());
  void body
    .dump({ limit: MOST_BODY_BYTES })
    .catch(() => undefined)
    .finally(keep);
}

function failureOf(thrown: unknown): unknown {
  if (thrown instanceof Fault || !(thrown instanceof Error)) return thrown;
  const code = troubleCode(thrown);
  return new SendFailure(troubleWords(code) ?? `no proper answer: ${thrown.message}`, { cause: thrown });
}
