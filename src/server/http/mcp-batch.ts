/**
 * A batch, which only the revision of 2025-03-26 has. Its messages are served one after the other, a few at a time and the next
 * only while little of the answers lies untaken: the SDK would make all answers at once, a hundred megabytes for some kilobytes.
 */

import { classifyInboundRequest, isInitializeRequest } from '@modelcontextprotocol/server';
import { isJson } from './body.ts';
import { type Reader, taken } from './taken-stream.ts';

/** Whether its messages are served one by one. The SDK refuses any other, all of it and before anything is done for it. */
export function isServedSingly(messages: readonly unknown[]): boolean {
  if (messages.length > 1 && messages.some((message) => isInitializeRequest(message))) return false;
  return classifyInboundRequest({ httpMethod: 'POST', body: messages }).kind === 'legacy';
}

interface Serving {
  /** Answers one message. */
  readonly answer: (message: unknown) => Promise<Response>;
  readonly reader: Reader;
}

/** One stream of all answers; without a message that wants one, what is answered to the last of them. */
export async function answeredSingly(messages: readonly unknown[], { answer, reader }: Serving): Promise<Response> {
  let served = 0;
  const next = async (): Promise<Response> => {
    let last = new Response(null, { status: 202 });
    while (served < messages.length && last.body === null) {
      served += 1;
      last = await answer(messages[served - 1]);
    }
    return last;
  };
  const first = await next();
  // What is wrong with the first is the same for all: the headers are.
  if (first.body === null || isJson(first.headers.get('content-type'))) return first;
  const others = async (): Promise<ReadableStream<Uint8Array> | null> => {
    const { body, headers } = await next();
    if (body === null || !isJson(headers.get('content-type'))) return body;
    return new Response(`event: message\ndata: ${await new Response(body).text()}\n\n`).body;
  };
  return new Response(await taken(first.body, reader, others), first);
}
