/**
 * A batch, which only the revision of 2025-03-26 has. Its messages are served one after the other, a few at a time and the next
 * only while little of the answers lies untaken: the SDK would make all answers at once, a hundred megabytes for some kilobytes.
 */

import { setImmediate } from 'node:timers/promises';
import { classifyInboundRequest, isInitializeRequest } from '@modelcontextprotocol/server';
import { toFault } from '../../core/errors.ts';
import { idOf } from '../message-ids.ts';
import { isJson } from './body.ts';
import { refused, SERVER_ERROR } from './refusal.ts';
import { type Reader, taken } from './taken-stream.ts';

/** As long as one wait may take: those of a batch take no longer together, since its client gives it up as a whole. */
const WAITS_MS = 50_000;

/** Whether its messages are served one by one. The SDK refuses any other, all of it and before anything is done for it. */
export function isServedSingly(messages: readonly unknown[]): boolean {
  if (messages.length > 1 && messages.some((message) => isInitializeRequest(message))) return false;
  return classifyInboundRequest({ httpMethod: 'POST', body: messages }).kind === 'legacy';
}

interface Serving {
  /** Answers one message, whose wait ends with the signal. Rejects with SHUTTING_DOWN. */
  readonly answer: (message: unknown, ends: AbortSignal) => Promise<Response>;
  readonly ends: AbortSignal;
  readonly reader: Reader;
}

/** One stream of all answers; without a message that wants one, what is answered to the last of them. */
export async function answeredSingly(
  messages: readonly unknown[],
  { answer, ends: ended, reader }: Serving,
): Promise<Response> {
  const ends = AbortSignal.any([ended, waitsOver(reader)]);
  let served = 0;
  const next = async (answerTo: (message: unknown) => Promise<Response>): Promise<Response> => {
    let last = new Response(null, { status: 202 });
    while (served < messages.length && last.body === null) {
      const message = messages[served];
      served += 1;
      // Most are answered without leaving the thread: it would be held by all of them in a row, and not hear that nobody waits.
      if (served > 1) await setImmediate();
      last = await answerTo(message);
    }
    return last;
  };
  const first = await next((message) => answer(message, ends));
  // What is wrong with the first is the same for all: the headers are.
  if (first.body === null || isJson(first.headers.get('content-type'))) return first;
  // The stream has begun: what comes too late to be served is told so in it, and what is there is not lost with it.
  const toOthers = (message: unknown): Promise<Response> =>
    answer(message, ends).catch((thrown: unknown) => stopped(message, thrown));
  const others = async (): Promise<ReadableStream<Uint8Array> | null> => {
    const { body, headers } = await next(toOthers);
    if (body === null || !isJson(headers.get('content-type'))) return body;
    return new Response(`event: message\ndata: ${await new Response(body).text()}\n\n`).body;
  };
  return new Response(await taken(first.body, reader, others), first);
}

/** Aborted when what waits has waited long enough. */
function waitsOver({ clock, gone }: Reader): AbortSignal {
  const over = new AbortController();
  if (gone.aborted) return gone;
  const stop = clock.after(WAITS_MS, () => over.abort());
  gone.addEventListener('abort', stop, { once: true });
  return over.signal;
}

function stopped(message: unknown, thrown: unknown): Response {
  const fault = toFault(thrown);
  if (fault.code !== 'SHUTTING_DOWN') throw thrown;
  const id = idOf(message);
  return id === null ? new Response(null, { status: 202 }) : refused(SERVER_ERROR, fault.message, id);
}
